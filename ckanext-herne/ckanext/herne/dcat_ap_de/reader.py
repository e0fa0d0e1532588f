"""From an RDF graph to a dataset dict: the mapping's table read backwards, older versions' terms included.

Values come back in the form the dict stores them (URIs of terms, ids of licences, GeoJSON). RDF has no order,
so lists come sorted. Nothing that was said gets lost: what no field of the dict can hold is listed in
`further_statements`, and each value that changed its form or its place is told as a Note.
"""

import json
from dataclasses import dataclass
from typing import Any

from ckanext.herne.dcat_ap_de import geometry
from ckanext.herne.dcat_ap_de.mapping import DATASET_SERIES, NodeClass, Property, mapping
from ckanext.herne.dcat_ap_de.problems import RejectedError
from ckanext.herne.dcat_ap_de.settling import (
    COLLECTION,
    hoist,
    join_collections,
    leave_to_members,
    settle_legislation,
    take_licence,
)
from ckanext.herne.dcat_ap_de.source import Note, Source, Statement, shown
from ckanext.herne.dcat_ap_de.through import THROUGH, stored
from ckanext.herne.dcat_ap_de.unsaid import unsaid
from ckanext.herne.dcat_ap_de.values import KINDS, stand_in
from rdflib import DCAT, DCTERMS, FOAF, RDF, BNode, Graph, Literal, Node, URIRef

__all__ = ["FURTHER", "Note", "Reading", "read", "reading"]

FURTHER = "further_statements"
SHAPE_FIELDS = {"Location": "geom", "Geometry": "geometry"}  # where a text may be a geometry itself
EMPTY: tuple[Any, ...] = (None, "", {})


@dataclass(frozen=True, slots=True)
class Reading:
    """A dataset dict, and what was done to the statements it came from."""

    dataset: dict[str, Any]
    notes: tuple[Note, ...]


def read(graph: Graph, node: Node | str, language: str = "de") -> dict[str, Any]:
    """The dict of a dataset, series, service or catalogue; texts in `language` fill the plain fields.

    `node` is its URI, or its blank node where the source gives it no name.
    """
    return reading(graph, node, language).dataset


def reading(graph: Graph, node: Node | str, language: str = "de") -> Reading:
    """As `read`, with a note for each value that changed its form or place or found no field."""
    source, node = Source(graph, language), node if isinstance(node, Node) else URIRef(node)
    name = _class_name(graph, node)
    own = {"uri": str(node)} if isinstance(node, URIRef) else {}
    leave_to_members(source, node)
    dataset = {**own, **_entity(source, node, mapping().classes[name], "")}
    package = mapping().classes[name].package
    if package not in ("", "dataset"):  # which is what CKAN takes a package for
        dataset["type"] = package
    join_collections(source, node, dataset)
    _keep_record(source, node, dataset)
    settle_legislation(dataset)
    hoist(dataset)
    take_licence(source, node, dataset)
    further = unsaid(source)
    if further:
        dataset[FURTHER] = further
    return Reading(dataset, tuple(source.notes))


def _class_name(graph: Graph, node: Node) -> str:
    kinds = set(graph.objects(node, RDF.type))
    if DATASET_SERIES in kinds or (node, DCTERMS.type, COLLECTION) in graph:
        return "DatasetSeries"
    if DCAT.DataService in kinds:
        return "DataService"
    return "Catalog" if DCAT.Catalog in kinds and DCAT.Dataset not in kinds else "Dataset"


def _entity(source: Source, node: Node, node_class: NodeClass, path: str) -> dict[str, Any]:
    source.visited[node] = path
    entity: dict[str, Any] = {}
    source.entities[node, node_class.name] = entity
    statements = source.statements(node)
    # Lines that claim certain URIs of a predicate go before the line that takes the rest.
    for prop in sorted(node_class.properties, key=lambda prop: not prop.only):
        own = [one for one in _of(prop, node_class, statements) if one.triple not in source.used]
        inverse = _inverse(source, node, prop, node_class)
        if own or inverse:
            entity |= _fields(source, prop, own + inverse, path)
    return entity


def _of(prop: Property, node_class: NodeClass, statements: dict[URIRef, list[Statement]]) -> list[Statement]:
    """What the graph says for a property: in its own term first, then in the terms of older versions."""
    terms = [prop.predicate]
    terms += [former.predicate for former in node_class.formers(prop.field) if not former.inverse]
    return [one for term in terms for one in statements.get(term, ()) if str(one.node).startswith(prop.only)]


def _inverse(source: Source, node: Node, prop: Property, node_class: NodeClass) -> list[Statement]:
    return [
        Statement((subject, former.predicate, node), former.predicate, subject)
        for former in node_class.formers(prop.field)
        if former.inverse
        for subject in source.subjects(former.predicate, node)
    ]


def _fields(source: Source, prop: Property, statements: list[Statement], path: str) -> dict[str, Any]:
    """The fields that a property's statements fill; what they do not use stays unsaid."""
    if prop.kind == "text":
        return _texts(source, prop, statements)
    pairs = [(one, value) for one in statements if (value := _value(source, prop, one, path)) not in EMPTY]
    pairs.sort(key=lambda pair: _nameless(*pair))
    if not prop.many:
        pairs = [pair for pair in pairs if pair[1] == pairs[0][1]]
    for one, _ in pairs:
        _use(source, prop, one)
    values = [value for _, value in pairs]
    if prop.kind != "node":
        values = _unique(values)
    if not values:
        return {}
    if prop.through:
        return THROUGH[prop.through].fields(values, prop)
    return {prop.field: stored(values, prop)}


def _nameless(one: Statement, value: Any) -> str:
    """Sorts what has no name by what it says, after what has one: a blank node's id differs every time."""
    return json.dumps(value, sort_keys=True) if isinstance(one.node, BNode) else ""


def _unique(values: list[Any]) -> list[Any]:
    return [value for number, value in enumerate(values) if value not in values[:number]]


def _use(source: Source, prop: Property, one: Statement) -> None:
    source.use(one, plain=prop.kind != "node")
    today = mapping().short(str(prop.predicate))
    if one.term != today:
        source.notes.append(Note("moved", str(one.owner), one.term, shown(one.node), today))


def _value(source: Source, prop: Property, one: Statement, path: str) -> Any:
    """The value a node stands for; None if it is nothing the field can hold, which is noted."""
    if prop.kind == "node":
        return _inner(source, prop, one, path)
    kind, node = KINDS[prop.kind], source.plain(one.node)
    if isinstance(node, BNode):
        return None  # it wraps no value; what it says is listed
    value = kind.decode(node, prop)
    if value in EMPTY:
        return None
    try:
        again = kind.encode(value, prop, source.language)
    except RejectedError:
        source.tell("refused", one, str(node))
        return None
    if again != one.node:
        source.tell("changed", one, str(again))
    return value


def _texts(source: Source, prop: Property, statements: list[Statement]) -> dict[str, Any]:
    """A text in the portal's language and its translations; a single text in a foreign language is both."""
    by_language: dict[str, list[Statement]] = {}
    for one in statements:
        if isinstance(source.plain(one.node), BNode):
            continue  # it wraps no text
        tag = str(getattr(source.plain(one.node), "language", None) or source.language)
        is_own = tag.partition("-")[0].lower() == source.language
        by_language.setdefault(source.language if is_own else tag, []).append(one)
    values = {tag: _text_values(source, prop, said) for tag, said in by_language.items()}
    own = values.pop(source.language, [])
    translations = {tag: stored(texts, prop) for tag, texts in values.items()}
    if not prop.many:
        own = own or values.get(stand_in(values), [])
    fields: dict[str, Any] = {}
    if own:
        through = THROUGH.get(prop.through)
        fields = through.fields(own, prop) if through else {prop.field: stored(own, prop)}
    return fields | ({f"{prop.field}_translated": translations} if translations else {})


def _text_values(source: Source, prop: Property, statements: list[Statement]) -> list[str]:
    """The texts of one language: all of them where the field is a list, else the first."""
    pairs = [(one, str(source.plain(one.node)).strip()) for one in statements]
    kept = pairs if prop.many else [pair for pair in pairs if pair[1] == pairs[0][1]]
    for one, _ in kept:
        _use(source, prop, one)
    return list(dict.fromkeys(text for _, text in kept if text)) or [""]


def _inner(source: Source, prop: Property, one: Statement, path: str) -> dict[str, Any] | None:
    node_class, node = mapping().classes[prop.node], one.node
    if isinstance(node, Literal):
        entity = _from_literal(node_class, node)
        if entity:
            source.tell("changed", one, str(next(iter(entity.values()))))
        return entity
    here = f"{path} / {one.term}".removeprefix(" / ")
    is_own = bool(node_class.path) or not _is_part(node, one.owner)  # the writer's parts have no path
    is_named = isinstance(node, URIRef) and is_own and not node_class.unnamed
    name = {"uri": str(node)} if is_named else {}
    if is_named and node_class.literal == "label":
        source.visited.setdefault(node, here)
        return name  # such a node is known by its address alone
    known = source.entities.get((node, node_class.name))
    entity = _entity(source, node, node_class, here) if known is None else known
    if not entity and isinstance(node, BNode):
        source.used.add(one.triple)  # what it says is listed, if it says anything
    return {**name, **entity}


def _is_part(node: Node, owner: Node) -> bool:
    """Whether the writer has named a node after its owner, which makes it no name of its own."""
    return str(node).startswith(f"{str(owner).partition('#')[0]}#")


def _from_literal(node_class: NodeClass, node: Literal) -> dict[str, Any] | None:
    """What a mere text says where the specification wants a node."""
    text = str(node).strip()
    if not node_class.literal or not text:
        return None
    if node_class.name not in SHAPE_FIELDS:
        return {node_class.literal: text}
    try:
        return {SHAPE_FIELDS[node_class.name]: geometry.to_geojson(geometry.parse(text))}
    except geometry.NotAGeometryError:
        return {"text": text} if node_class.name == "Location" else None


def _keep_record(source: Source, node: Node, dataset: dict[str, Any]) -> None:
    """What the entry of the catalogue we read from says about the dataset."""
    for record in source.subjects(FOAF.primaryTopic, node):
        entry = _entity(source, record, mapping().classes["CatalogRecord"], "dcat:record")
        if isinstance(record, URIRef) and _is_part(record, node):
            entry = entry.get("source", {})  # the entry is our own: what stays is the one it came from
        elif isinstance(record, URIRef):
            entry = {"uri": str(record), **entry}
        if entry:
            dataset["catalog_record"] = entry
            return
