"""From a dataset dict to an RDF graph: walks the mapping's table, one property after the other.

Pure: the same dict, settings and related packages give the same graph, in the same order of triples. What
cannot be said in RDF is left out and told as a Problem; nothing here raises because of a value. It knows
neither CKAN nor HTTP.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ckanext.herne.dcat_ap_de.fields import Scope, as_list, other_values
from ckanext.herne.dcat_ap_de.iri import iri
from ckanext.herne.dcat_ap_de.mapping import NodeClass, Property, mapping
from ckanext.herne.dcat_ap_de.problems import Problem, RejectedError
from ckanext.herne.dcat_ap_de.settings import Settings
from ckanext.herne.dcat_ap_de.through import own_values
from ckanext.herne.dcat_ap_de.values import KINDS, clean, stand_in
from ckanext.herne.licenses.register import licence
from rdflib import DCTERMS, RDF, RDFS, Graph, Literal, Node, URIRef

Triple = tuple[Node, Node, Node]
Package = dict[str, Any]

APPLICATION_PROFILE = "https://www.dcat-ap.de/def/dcatde/3.0/spec/"
LANGUAGE_TAG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{1,8})*", re.IGNORECASE)


@dataclass(frozen=True)
class Description:
    """A described package or catalogue: its node, its triples in order, and what could not be said.

    `refers` are the URIs of the packages that have to be described beside it.
    """

    uri: URIRef
    triples: tuple[Triple, ...]
    problems: tuple[Problem, ...] = ()
    refers: tuple[str, ...] = ()

    @property
    def graph(self) -> Graph:
        """The triples as a new graph of the caller's own, in a store that keeps their order."""
        return self.add_to(Graph(store="SimpleMemory", bind_namespaces="none"))

    def add_to(self, graph: Graph) -> Graph:
        """Adds triples and prefixes to `graph` and returns it."""
        for prefix, namespace in mapping().prefixes.items():
            graph.bind(prefix, namespace)
        for triple in self.triples:
            graph.add(triple)
        return graph


@dataclass
class _Writing:
    """The triples of one description in the making; `classes` names the class of each node so far."""

    settings: Settings
    classes: dict[str, str]
    related: Mapping[str, Package]
    triples: list[Triple] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    refers: list[str] = field(default_factory=list)


def describe(dataset: Package, settings: Settings, related: Mapping[str, Package] | None = None) -> Graph:
    """The graph of a dataset, series or service as `package_show` gives it: whole, without blank nodes.

    `related` are the other packages of the portal, by URI, that it may refer to. Those it does refer to are
    described beside it, because the official shapes want the class of what is referred to in the same graph.
    A reference to any other package becomes dct:relation, which asks for no class.
    """
    return with_others(description(dataset, settings, related), settings, related or {})


def with_others(main: Description, settings: Settings, related: Mapping[str, Package]) -> Graph:
    """The graph of a description with the packages that it refers to beside it."""
    graph = main.graph
    for uri in main.refers:
        beside_description(related[uri], settings).add_to(graph)
    return graph


def description(
    dataset: Package, settings: Settings, related: Mapping[str, Package] | None = None
) -> Description:
    """The dataset alone, as in `describe`; those it refers to are left to the caller."""
    uri = dataset_uri(dataset, settings)
    return _described(dataset, mapping().classes[class_of(dataset)], uri, settings, related or {})


def beside_description(package: Package, settings: Settings) -> Description:
    """A package where another one refers to it: without files and references, which its own page has.

    Its type is the one that no harvester takes for a dataset of the page it stands on; a crawl that finds
    every page finds every dataset once.
    """
    whole = mapping().classes[class_of(package)]
    told = tuple(prop for prop in whole.properties if not prop.refers and prop.node != "Distribution")
    kind = whole.beside or whole.types[0]
    node_class = replace(whole, properties=told, types=(kind,))
    described = _described(package, node_class, dataset_uri(package, settings), settings, {})
    is_own_type = kind not in whole.types
    classes = tuple((kind, RDFS.subClassOf, general) for general in whole.types if is_own_type)
    return replace(described, triples=described.triples + classes)


def catalogue_description(settings: Settings, links: Mapping[str, list[str]], uri: str = "") -> Description:
    """The catalogue under `uri` (the portal's address if not given) with links to what it lists.

    `links` has URIs under the mapping's fields `dataset`, `service` and `record`.
    """
    entity = {**settings.catalogue, **links}
    return _described(entity, mapping().classes["Catalog"], uri or settings.base, settings, {})


def record_description(dataset: Package, settings: Settings) -> Description:
    """The catalogue's entry about a dataset (dcat:CatalogRecord): when its metadata changed, by which rules.

    What the entry of the catalogue it was harvested from said (`catalog_record`) stands under dct:source.
    """
    topic = dataset_uri(dataset, settings)
    upstream = dataset.get("catalog_record")
    record = {
        **{key: dataset.get(key) for key in ("metadata_created", "metadata_modified")},
        "dataset_modified": dataset.get("modified"),
        "primary_topic": topic,
        "conforms_to": [APPLICATION_PROFILE],
        "language": list(settings.languages),
        "source": upstream if isinstance(upstream, dict) else None,
    }
    joint = "-" if "#" in topic else "#"
    node_class = mapping().classes["CatalogRecord"]
    return _described(record, node_class, f"{topic}{joint}record", settings, {})


def class_of(dataset: Package) -> str:
    """The mapping's class for a package by its type."""
    node_class = mapping().packages.get(str(dataset.get("type")))
    return node_class.name if node_class else "Dataset"


def dataset_uri(dataset: Package, settings: Settings) -> str:
    """The dataset's own URI if it came with one, else `{base}/dataset/{id}` (the name for a draft)."""
    own = iri(str(dataset.get("uri") or ""))
    key = dataset.get("id") or dataset.get("name") or "entwurf"
    return own or iri(f"{settings.base}/dataset/{key}") or f"urn:dataset:{key}"


def references(dataset: Package) -> list[str]:
    """The URIs of packages that a package names where a description of them is wanted beside its own."""
    named = [
        uri
        for prop in mapping().classes[class_of(dataset)].properties
        if prop.refers
        for uri in as_list(dataset.get(prop.field))
    ]
    of_files = [
        service
        for resource in as_list(dataset.get("resources"))
        if isinstance(resource, dict)
        for service in as_list(resource.get("access_services"))
    ]
    return list(dict.fromkeys(uri for uri in (*named, *of_files) if isinstance(uri, str)))


def _described(
    entity: Package, node_class: NodeClass, uri: str, settings: Settings, related: Mapping[str, Package]
) -> Description:
    writing = _Writing(settings, {uri: node_class.name}, related)
    _write(writing, Scope(entity, entity, uri, uri, settings), node_class, node_class.types)
    return Description(URIRef(uri), tuple(writing.triples), tuple(writing.problems), tuple(writing.refers))


def _write(writing: _Writing, scope: Scope, node_class: NodeClass, types: tuple[URIRef, ...]) -> None:
    subject = URIRef(scope.uri)
    writing.triples += [(subject, RDF.type, kind) for kind in types]
    for prop in node_class.properties:
        for node in _nodes(writing, scope, prop):
            predicate = _allowed(writing, scope, prop, node) if prop.refers else prop.predicate
            writing.triples.append((subject, predicate, node))
            if prop.type:
                writing.triples.append((node, RDF.type, prop.type))


def _allowed(writing: _Writing, scope: Scope, prop: Property, node: Node) -> URIRef:
    """The predicate for a reference to a package, which has to be described beside."""
    if _is_referable(writing, str(node), prop.refers):
        return prop.predicate
    _note(writing, scope, prop, str(node), RejectedError("not_described"))
    return DCTERMS.relation


def _is_referable(writing: _Writing, uri: str, name: str) -> bool:
    """Whether a node of that class has the URI, or a related package that is described beside from now on."""
    if uri in writing.classes:
        return writing.classes[uri] == name
    package = writing.related.get(uri)
    if package is None or class_of(package) != name:
        return False
    writing.classes[uri] = name
    writing.refers.append(uri)
    return True


def _nodes(writing: _Writing, scope: Scope, prop: Property) -> list[Node]:
    """The nodes of a property: from the field itself, else from the first of `otherwise` that gives any."""
    stated = own_values(scope, prop)
    nodes = _understood(writing, scope, prop, stated)
    if prop.kind == "text":
        nodes = _with_translations(writing, scope, prop, nodes)
    if nodes or (stated and prop.strict) or (prop.borrowed and not scope.is_whole):
        return nodes
    for source in prop.otherwise:
        is_guess = not source.startswith(("dataset:", "settings:"))
        nodes = _understood(writing, scope, prop, other_values(scope, source), is_guess=is_guess)
        if nodes:
            return nodes
    return []


def _with_translations(writing: _Writing, scope: Scope, prop: Property, nodes: list[Node]) -> list[Node]:
    """The texts in all languages. A single text that only repeats the translation that stands in for it
    is no text of its own: so does a record come in that is written in other languages alone."""
    stated = scope.entity.get(f"{prop.field}_translated")
    if not stated:
        return nodes
    if not isinstance(stated, dict):
        _note(writing, scope, prop, stated, RejectedError("not_an_entry"))
        return nodes
    translated: list[Literal] = []
    for language, value in stated.items():
        if language != writing.settings.language or not nodes:
            translated += _translations(writing, scope, prop, str(language), value)
    texts = {str(node.language): str(node) for node in translated}
    repeated = None if prop.many else texts.get(stand_in(texts))
    return [*(node for node in nodes if str(node) != repeated), *translated]


def _translations(
    writing: _Writing, scope: Scope, prop: Property, language: str, value: Any
) -> list[Literal]:
    if not LANGUAGE_TAG.fullmatch(language):
        _note(writing, scope, prop, f"{language}: {value}", RejectedError("not_a_language"))
        return []
    try:
        texts = [clean(text) for text in as_list(value)]
    except RejectedError as rejected:
        _note(writing, scope, prop, f"{language}: {value}", rejected)
        return []
    return [Literal(text, lang=language) for text in dict.fromkeys(texts) if text]


def _understood(
    writing: _Writing, scope: Scope, prop: Property, values: list[Any], *, is_guess: bool = False
) -> list[Node]:
    """The nodes of the values that can be said; the others are told unless nobody stated them here."""
    found: dict[Node, None] = {}
    for number, value in enumerate(values, start=1):
        try:
            node = _node(writing, scope, prop, value, number)
        except RejectedError as rejected:
            if not is_guess:
                _note(writing, scope, prop, value, rejected)
            continue
        if node is not None:
            found[node] = None
    return list(found)


def _node(writing: _Writing, scope: Scope, prop: Property, value: Any, number: int) -> Node | None:
    if prop.kind == "node":
        if isinstance(value, str) and _is_referable(writing, value, prop.node):
            return URIRef(value)
        return _entity(writing, scope, prop, value, number)
    node = KINDS[prop.kind].encode(value, prop, scope.settings.language)
    if prop.kind == "licence":
        _doubt_licence(writing, scope, prop, str(value))
    return None if isinstance(node, Literal) and not str(node) else node


def _entity(writing: _Writing, scope: Scope, prop: Property, value: Any, number: int) -> Node | None:
    """Writes a node with properties of its own, if it says anything and lacks nothing mandatory."""
    node_class = mapping().classes[prop.node]
    if not isinstance(value, dict):
        raise RejectedError("not_an_entry")
    uri = _node_uri(scope, prop, value, number)
    if _is_taken(writing, uri, prop.node):
        _note(writing, scope, prop, uri, RejectedError("taken_uri"))
        uri = _node_uri(scope, prop, {**value, "uri": ""}, number)
    # on trial: if the node turns out incomplete, nothing of it was described, nor what it refers to
    trial = _Writing(writing.settings, dict(writing.classes), writing.related)
    inner = replace(scope, entity=value, uri=uri)
    _write(trial, inner, node_class, node_class.types)
    writing.problems += trial.problems
    said = {predicate for subject, predicate, _ in trial.triples if str(subject) == uri} - {RDF.type}
    if not said and uri.startswith(scope.uri + "#"):
        return None
    _complain_if_incomplete(node_class, said)
    writing.triples += trial.triples
    writing.refers += trial.refers
    writing.classes |= trial.classes
    if said:
        writing.classes[uri] = prop.node
    return URIRef(uri)


def _complain_if_incomplete(node_class: NodeClass, said: set[Node]) -> None:
    missing = [
        prop.field
        for prop in node_class.properties
        if prop.obligation == "mandatory" and prop.predicate not in said
    ]
    choice = [prop for prop in node_class.properties if prop.field in node_class.any_of]
    if choice and not any(prop.predicate in said for prop in choice):
        missing.append(" / ".join(node_class.any_of))
    if missing and not node_class.path:
        raise RejectedError("incomplete", ", ".join(missing))


def _is_taken(writing: _Writing, uri: str, name: str) -> bool:
    """Whether something else has the URI already: two agents may be one, two distributions may not."""
    known = writing.classes.get(uri)
    return known is not None and (known != name or name == "Distribution")


def _node_uri(scope: Scope, prop: Property, value: dict[str, Any], number: int) -> str:
    node_class = mapping().classes[prop.node]
    own = iri(str(value.get("uri") or ""))
    if own and not node_class.unnamed:
        return own
    joint = "-" if "#" in scope.uri else "#"
    part = f"{scope.uri}{joint}{prop.field.replace('_', '-')}-{number}"
    if not node_class.path:
        return part
    return iri(f"{_site_uri(scope)}/{node_class.path}/{value.get('id') or number}") or part


def _site_uri(scope: Scope) -> str:
    return dataset_uri({**scope.dataset, "uri": ""}, scope.settings)


def _doubt_licence(writing: _Writing, scope: Scope, prop: Property, text: str) -> None:
    known = licence(text)
    if known is None:
        _note(writing, scope, prop, text, RejectedError("foreign_licence"))
    elif not known.open:
        _note(writing, scope, prop, text, RejectedError("closed_licence"))


def _note(writing: _Writing, scope: Scope, prop: Property, value: Any, why: RejectedError) -> None:
    shown = ", ".join(map(str, value.values())) if isinstance(value, dict) else str(value)
    writing.problems.append(Problem(why.key, scope.uri, prop.field, shown, why.near))
