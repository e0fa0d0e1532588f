"""From an RDF graph to a dataset dict: the mapping's table read backwards, older versions' terms included.

Values come back in the form the dict stores them (URIs of terms, ids of licences, GeoJSON). RDF has no order,
so lists come sorted. Nothing that was said gets lost: what no field of the dict can hold is listed in
`further_statements`, and each value that changed its form or its place is told as a Note.
"""

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

from ckanext.herne.dcat_ap_de import geometry
from ckanext.herne.dcat_ap_de.mapping import NodeClass, Property, mapping
from ckanext.herne.dcat_ap_de.problems import RejectedError
from ckanext.herne.dcat_ap_de.through import HVD_REGULATION, THROUGH
from ckanext.herne.dcat_ap_de.values import KINDS
from ckanext.herne.licenses.register import licence
from rdflib import DCAT, DCTERMS, FOAF, RDF, RDFS, BNode, Graph, Literal, Namespace, Node, URIRef

VCARD = Namespace(mapping().prefixes["vcard"])
FURTHER = "further_statements"
EMPTY: tuple[Any, ...] = (None, "", {})
SERIES = URIRef(mapping().prefixes["dcat"] + "DatasetSeries")
COLLECTION = URIRef("http://dcat-ap.de/def/datasetTypes/collection")
TYPES = {"DatasetSeries": "dataset_series", "DataService": "data_service"}
# What a nameless node stands for where a mere value is expected.
STAND_INS = (VCARD["hasValue"], VCARD["value"], RDF.value, RDFS.label, DCTERMS.title)
OLD_NAMESPACES = (
    (re.compile(r"https?://(?:www\.)?dcat-ap\.de/def/dcatde/(?:[\d._]+/)?(?=[A-Za-z])"), "dcatde"),
    (re.compile(r"http://data\.europa\.eu/r5r#"), "dcatap"),
    (re.compile(r"https://schema\.org/"), "schema"),
)


@dataclass(frozen=True, slots=True)
class Note:
    """What happened to a statement.

    `kind`: `moved` (an older term), `changed` (another form), `refused` (nothing the field can hold),
    `unsaid` (no field for it). `result` is the term or the form of today.
    """

    kind: str
    node: str
    term: str
    value: str
    result: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """A dataset dict, and what was done to the statements it came from."""

    dataset: dict[str, Any]
    notes: tuple[Note, ...]


Triple = tuple[Node, Node, Node]


@dataclass
class _State:
    graph: Graph
    language: str
    used: set[Triple] = field(default_factory=set)
    visited: dict[Node, str] = field(default_factory=dict)
    entities: dict[tuple[Node, str], dict[str, Any]] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Statement:
    """A `triple` about the entity at hand: `predicate` is its term of today, `node` its other end."""

    triple: Triple
    predicate: URIRef
    node: Node

    @property
    def owner(self) -> Node:
        return self.triple[0]

    @property
    def term(self) -> str:
        return mapping().short(str(self.triple[1]))


def read(graph: Graph, node: Node | str, language: str = "de") -> dict[str, Any]:
    """The dict of a dataset, series, service or catalogue; texts in `language` fill the plain fields.

    `node` is its URI, or its blank node where the source gives it no name.
    """
    return reading(graph, node, language).dataset


def reading(graph: Graph, node: Node | str, language: str = "de") -> Reading:
    """As `read`, with a note for each value that changed its form or place or found no field."""
    state, node = _State(graph, language), node if isinstance(node, Node) else URIRef(node)
    name = _class_name(graph, node)
    own = {"uri": str(node)} if isinstance(node, URIRef) else {}
    _leave_to_members(state, node)
    dataset = {**own, **_entity(state, node, mapping().classes[name], "")}
    if name in TYPES:
        dataset["type"] = TYPES[name]
    _join_collections(state, node, dataset)
    _keep_record(state, node, dataset)
    _settle_legislation(dataset)
    _hoist(dataset)
    _take_licence(state, node, dataset)
    further = _unsaid(state)
    if further:
        dataset[FURTHER] = further
    return Reading(dataset, tuple(state.notes))


def _class_name(graph: Graph, node: Node) -> str:
    kinds = set(graph.objects(node, RDF.type))
    if SERIES in kinds or (node, DCTERMS.type, COLLECTION) in graph:
        return "DatasetSeries"
    if DCAT.DataService in kinds:
        return "DataService"
    return "Catalog" if DCAT.Catalog in kinds and DCAT.Dataset not in kinds else "Dataset"


def _entity(state: _State, node: Node, node_class: NodeClass, path: str) -> dict[str, Any]:
    state.visited[node] = path
    entity: dict[str, Any] = {}
    state.entities[node, node_class.name] = entity
    statements = _statements(state, node)
    # Lines that claim certain URIs of a predicate go before the line that takes the rest.
    for prop in sorted(node_class.properties, key=lambda prop: not prop.only):
        own = [one for one in _of(prop, node_class, statements) if one.triple not in state.used]
        inverse = _inverse(state, node, prop, node_class)
        if own or inverse:
            entity |= _fields(state, prop, own + inverse, path)
    return entity


def _statements(state: _State, node: Node) -> list[_Statement]:
    found = [
        _Statement((node, predicate, value), _canonical(str(predicate)), value)
        for predicate, value in state.graph.predicate_objects(node)
    ]
    return sorted(found, key=lambda one: (_rank(one.node, state.language), one.term))


@lru_cache(maxsize=4096)
def _canonical(predicate: str) -> URIRef:
    """The predicate in the namespace of today."""
    for pattern, prefix in OLD_NAMESPACES:
        match = pattern.match(predicate)
        if match:
            return URIRef(mapping().prefixes[prefix] + predicate[match.end() :])
    return URIRef(predicate)


def _of(prop: Property, node_class: NodeClass, statements: list[_Statement]) -> list[_Statement]:
    """What the graph says for a property: in its own term first, then in the terms of older versions."""
    terms = [prop.predicate]
    terms += [former.predicate for former in node_class.formers(prop.field) if not former.inverse]
    return [
        one
        for term in terms
        for one in statements
        if one.predicate == term and str(one.node).startswith(prop.only)
    ]


def _inverse(state: _State, node: Node, prop: Property, node_class: NodeClass) -> list[_Statement]:
    return [
        _Statement((subject, former.predicate, node), former.predicate, subject)
        for former in node_class.formers(prop.field)
        if former.inverse
        for subject in sorted(state.graph.subjects(former.predicate, node))
    ]


def _fields(state: _State, prop: Property, statements: list[_Statement], path: str) -> dict[str, Any]:
    """The fields that a property's statements fill; what they do not use stays unsaid."""
    if prop.kind == "text":
        return _texts(state, prop, statements)
    pairs = [(one, value) for one in statements if (value := _value(state, prop, one, path)) not in EMPTY]
    pairs.sort(key=lambda pair: _nameless(*pair))
    if not prop.many:
        pairs = [pair for pair in pairs if pair[1] == pairs[0][1]]
    for one, _ in pairs:
        _use(state, prop, one)
    values = [value for _, value in pairs]
    if prop.kind != "node":
        values = _unique(values)
    if not values:
        return {}
    if prop.through:
        return THROUGH[prop.through].fields(values, prop)
    return {prop.field: values if prop.many else values[0]}


def _nameless(one: _Statement, value: Any) -> str:
    """Sorts what has no name by what it says, after what has one: a blank node's id differs every time."""
    return json.dumps(value, sort_keys=True) if isinstance(one.node, BNode) else ""


def _unique(values: list[Any]) -> list[Any]:
    return [value for number, value in enumerate(values) if value not in values[:number]]


def _use(state: _State, prop: Property, one: _Statement) -> None:
    state.used.add(one.triple)
    today = mapping().short(str(prop.predicate))
    if one.term != today:
        state.notes.append(Note("moved", str(one.owner), one.term, _shown(one.node), today))


def _value(state: _State, prop: Property, one: _Statement, path: str) -> Any:
    """The value a node stands for; None if it is nothing the field can hold, which is noted."""
    if prop.kind == "node":
        return _inner(state, prop, one, path)
    kind, node = KINDS[prop.kind], _plain(state, one.node)
    value = kind.decode(node, prop)
    if value in EMPTY:
        return None
    try:
        again = kind.encode(value, prop, state.language)
    except RejectedError:
        _tell(state, "refused", one, str(node))
        return None
    if again != one.node:
        _tell(state, "changed", one, str(again))
    return value


def _tell(state: _State, kind: str, one: _Statement, result: str) -> None:
    state.notes.append(Note(kind, str(one.owner), one.term, _shown(one.node), result))


def _plain(state: _State, node: Node) -> Node:
    """The value that a nameless node wraps, else the node itself."""
    if isinstance(node, BNode):
        for predicate in STAND_INS:
            for value in sorted(state.graph.objects(node, predicate), key=_key):
                state.used.add((node, predicate, value))
                state.visited.setdefault(node, "")
                return value
    return node


def _texts(state: _State, prop: Property, statements: list[_Statement]) -> dict[str, Any]:
    """A text in the portal's language and its translations; a single text in a foreign language is both."""
    by_language: dict[str, list[_Statement]] = {}
    for one in statements:
        tag = str(getattr(_plain(state, one.node), "language", None) or state.language)
        is_own = tag.partition("-")[0].lower() == state.language
        by_language.setdefault(state.language if is_own else tag, []).append(one)
    values = {tag: _text_values(state, prop, said) for tag, said in by_language.items()}
    own = values.pop(state.language, [])
    translations = {tag: texts if prop.many else texts[0] for tag, texts in values.items()}
    if not own and translations and not prop.many:
        own = [translations.get("en") or next(iter(translations.values()))]
    fields: dict[str, Any] = {}
    if own:
        through = THROUGH.get(prop.through)
        fields = through.fields(own, prop) if through else {prop.field: own if prop.many else own[0]}
    return fields | ({f"{prop.field}_translated": translations} if translations else {})


def _text_values(state: _State, prop: Property, statements: list[_Statement]) -> list[str]:
    """The texts of one language: all of them where the field is a list, else the first."""
    pairs = [(one, str(_plain(state, one.node)).strip()) for one in statements]
    kept = pairs if prop.many else [pair for pair in pairs if pair[1] == pairs[0][1]]
    for one, _ in kept:
        _use(state, prop, one)
    return list(dict.fromkeys(text for _, text in kept if text)) or [""]


def _inner(state: _State, prop: Property, one: _Statement, path: str) -> dict[str, Any] | None:
    node_class, node = mapping().classes[prop.node], one.node
    if isinstance(node, Literal):
        return _from_literal(node_class, node)
    here = f"{path} / {one.term}".removeprefix(" / ")
    is_named = isinstance(node, URIRef) and not _is_part(node, one.owner) and not node_class.unnamed
    name = {"uri": str(node)} if is_named else {}
    if is_named and node_class.literal == "label":
        state.visited.setdefault(node, here)
        return name  # such a node is known by its address alone
    known = state.entities.get((node, node_class.name))
    entity = _entity(state, node, node_class, here) if known is None else known
    if not entity and isinstance(node, BNode):
        state.used.add(one.triple)  # what it says is listed, if it says anything
    return {**name, **entity}


def _is_part(node: Node, owner: Node) -> bool:
    """Whether the writer has named a node after its owner, which makes it no name of its own."""
    return str(node).startswith(f"{str(owner).partition('#')[0]}#")


def _from_literal(node_class: NodeClass, node: Literal) -> dict[str, Any] | None:
    """What a mere text says where the specification wants a node."""
    text = str(node).strip()
    if not node_class.literal or not text:
        return None
    if node_class.name == "Location":
        try:
            return {"geom": geometry.to_geojson(geometry.parse(text))}
        except geometry.NotAGeometryError:
            return {"text": text}
    if node_class.name == "Geometry":
        try:
            return {"geometry": geometry.to_geojson(geometry.parse(text))}
        except geometry.NotAGeometryError:
            return None
    return {node_class.literal: text}


def _rank(node: Node, language: str) -> tuple[int, list[tuple[int, str]], tuple[str, str, str]]:
    """The preferred language first, then untagged; then by text with numbers counted as numbers."""
    foreign = 0
    if isinstance(node, Literal):
        foreign = 0 if node.language == language else 1 if not node.language else 2
    parts = re.split(r"(\d+)", str(node))
    return foreign, [(len(part) if part.isdigit() else 0, part) for part in parts], _key(node)


def _key(node: Node) -> tuple[str, str, str]:
    """Orders any nodes; their own order knows no comparison of a date with a text."""
    return str(node), str(getattr(node, "language", "")), str(getattr(node, "datatype", ""))


def _leave_to_members(state: _State, node: Node) -> None:
    """A collection of version 2.0 names its members; a series is named by them."""
    if (node, DCTERMS.type, COLLECTION) not in state.graph:
        return
    members = sorted(state.graph.objects(node, DCTERMS.hasVersion), key=_key)
    said = [(DCTERMS.type, COLLECTION), *((DCTERMS.hasVersion, member) for member in members)]
    for predicate, value in said:
        state.used.add((node, predicate, value))
        term = mapping().short(str(predicate))
        state.notes.append(Note("moved", str(node), term, str(value), "dcat:DatasetSeries"))


def _join_collections(state: _State, node: Node, dataset: dict[str, Any]) -> None:
    """The collections of version 2.0 that name this dataset become its series."""
    collections = [
        str(other)
        for other in sorted(state.graph.subjects(DCTERMS.hasVersion, node), key=_key)
        if (other, DCTERMS.type, COLLECTION) in state.graph
    ]
    if collections:
        dataset["in_series"] = _unique([*dataset.get("in_series", []), *collections])


def _keep_record(state: _State, node: Node, dataset: dict[str, Any]) -> None:
    """What the entry of the catalogue we read from says about the dataset."""
    for record in sorted(state.graph.subjects(FOAF.primaryTopic, node), key=_key):
        entry = _entity(state, record, mapping().classes["CatalogRecord"], "dcat:record")
        if isinstance(record, URIRef) and _is_part(record, node):
            entry = entry.get("source", {})  # the entry is our own: what stays is the one it came from
        elif isinstance(record, URIRef):
            entry = {"uri": str(record), **entry}
        if entry:
            dataset["catalog_record"] = entry
            return


def _settle_legislation(dataset: dict[str, Any]) -> None:
    """The regulation behind a high-value dataset follows from its category: the writer adds it again."""
    resources = [*dataset.get("resources", []), *dataset.get("sample", [])]
    services = [service for entry in resources for service in entry.get("access_services", [])]
    categorised = [entry for entry in (dataset, *services) if entry.get("hvd_category")]
    for entry in (*categorised, *(resources if dataset.get("hvd_category") else ())):
        others = [law for law in entry.pop("applicable_legislation", []) if law != HVD_REGULATION]
        if others:
            entry["applicable_legislation"] = others


def _hoist(dataset: dict[str, Any]) -> None:
    """What most distributions share and a dataset can state for all (`otherwise: dataset:...`) goes up.

    Only where every distribution says something: a silent one must not inherit what it never said. A field
    that is also a statement about the dataset itself is never made up.
    """
    resources = dataset.get("resources", [])
    own = {prop.field for prop in mapping().classes["Dataset"].properties}
    for prop in mapping().classes["Distribution"].properties:
        values = [resource.get(prop.field) for resource in resources]
        if f"dataset:{prop.field}" not in prop.otherwise or not values or None in values:
            continue
        if prop.field not in own:
            dataset[prop.field] = Counter(values).most_common(1)[0][0]
        for resource in resources:
            if resource[prop.field] == dataset.get(prop.field):
                del resource[prop.field]


def _take_licence(state: _State, node: Node, dataset: dict[str, Any]) -> None:
    """A licence that a record states for the dataset holds for the distributions that name none."""
    for value in sorted(state.graph.objects(node, DCTERMS.license), key=_key):
        known = licence(str(_plain(state, value)))
        if known and dataset.setdefault("license_id", known.id) == known.id:
            state.used.add((node, DCTERMS.license, value))


def _unsaid(state: _State) -> list[dict[str, str]]:
    """The statements about what was read that no field holds, as a path of terms and a value."""
    found: list[dict[str, str]] = []
    for node, path in list(state.visited.items()):
        for predicate, value in _about(state, node):
            if (node, predicate, value) not in state.used and not _is_known_type(predicate, value):
                term = f"{path} / {mapping().short(str(predicate))}".removeprefix(" / ")
                _list_unsaid(state, node, term, value, found, {node})
    return found


def _about(state: _State, node: Node) -> list[tuple[Node, Node]]:
    pairs = state.graph.predicate_objects(node)
    return sorted(pairs, key=lambda pair: (str(pair[0]), _key(pair[1])))


def _is_known_type(predicate: Node, value: Node) -> bool:
    """Whether a statement only repeats a class that our own descriptions give."""
    return predicate == RDF.type and value in _types()


@cache
def _types() -> frozenset[Node]:
    classes = mapping().classes.values()
    of_values = [prop.type for node_class in classes for prop in node_class.properties if prop.type]
    return frozenset([RDFS.Resource, *of_values, *(kind for one in classes for kind in one.types)])


def _list_unsaid(
    state: _State, owner: Node, term: str, value: Node, found: list[dict[str, str]], above: set[Node]
) -> None:
    inner = _about(state, value) if isinstance(value, BNode) and value not in state.visited else []
    if inner and value not in above:
        for predicate, part in inner:
            deeper = f"{term} / {mapping().short(str(predicate))}"
            _list_unsaid(state, owner, deeper, part, found, above | {value})
        return
    tag = {"language": value.language} if isinstance(value, Literal) and value.language else {}
    entry = {"property": term, "value": _shown(value), **tag}
    if entry not in found:
        found.append(entry)
        state.notes.append(Note("unsaid", str(owner), term, _shown(value)))


def _shown(node: Node) -> str:
    return "(namenlos)" if isinstance(node, BNode) else str(node)
