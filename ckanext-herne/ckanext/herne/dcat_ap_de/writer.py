"""From a dataset dict to an RDF graph: walks the mapping's table, one property after the other.

Pure: the same dict and settings give the same graph, in the same order of triples. What cannot be said in RDF
is left out and told as a Problem; nothing here raises because of a value. It knows neither CKAN nor HTTP.
"""

from dataclasses import dataclass, field
from typing import Any

from ckanext.herne.dcat_ap_de.fields import Scope, other_values, own_values
from ckanext.herne.dcat_ap_de.iri import iri
from ckanext.herne.dcat_ap_de.mapping import NodeClass, Property, mapping
from ckanext.herne.dcat_ap_de.problems import Problem, RejectedError
from ckanext.herne.dcat_ap_de.settings import Settings
from ckanext.herne.dcat_ap_de.values import KINDS
from ckanext.herne.licenses.register import licence
from rdflib import RDF, Graph, Literal, Node, URIRef

Triple = tuple[Node, Node, Node]


@dataclass(frozen=True)
class Description:
    """A described dataset or catalogue: its node, its triples in order, and what could not be said."""

    uri: URIRef
    triples: tuple[Triple, ...]
    problems: tuple[Problem, ...]

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
    triples: list[Triple] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def describe(dataset: dict[str, Any], settings: Settings) -> Graph:
    """The graph of a dataset as `package_show` gives it: whole in itself, without blank nodes."""
    return description(dataset, settings).graph


def description(dataset: dict[str, Any], settings: Settings) -> Description:
    """As `describe`, with the dataset's node and the problems."""
    return _described(dataset, "Dataset", dataset_uri(dataset, settings), settings)


def describe_catalogue(settings: Settings, datasets: tuple[str, ...] = ()) -> Graph:
    """The graph of the catalogue itself with links to the datasets whose URIs are given."""
    catalogue = catalogue_description(settings)
    graph = catalogue.graph
    link = URIRef(mapping().prefixes["dcat"] + "dataset")
    for uri in datasets:
        graph.add((catalogue.uri, link, URIRef(uri)))
    return graph


def catalogue_description(settings: Settings, uri: str = "") -> Description:
    """The catalogue under `uri` (the portal's address if not given), with the problems."""
    return _described(settings.catalogue, "Catalog", uri or settings.base, settings)


def dataset_uri(dataset: dict[str, Any], settings: Settings) -> str:
    """The dataset's own URI if it came with one, else `{base}/dataset/{id}` (the name for a draft)."""
    own = iri(str(dataset.get("uri") or ""))
    key = dataset.get("id") or dataset.get("name") or "entwurf"
    return own or iri(f"{settings.base}/dataset/{key}") or f"urn:dataset:{key}"


def _described(entity: dict[str, Any], name: str, uri: str, settings: Settings) -> Description:
    writing = _Writing(settings, {uri: name})
    _write(writing, Scope(entity, entity, uri, settings), mapping().classes[name])
    return Description(URIRef(uri), tuple(writing.triples), tuple(writing.problems))


def _write(writing: _Writing, scope: Scope, node_class: NodeClass) -> None:
    subject = URIRef(scope.uri)
    writing.triples += [(subject, RDF.type, kind) for kind in node_class.types]
    for prop in node_class.properties:
        for node in _nodes(writing, scope, prop):
            writing.triples.append((subject, prop.predicate, node))
            if prop.type:
                writing.triples.append((node, RDF.type, prop.type))


def _nodes(writing: _Writing, scope: Scope, prop: Property) -> list[Node]:
    """The nodes of a property: from the field itself, else from the first of `otherwise` that gives any."""
    stated = own_values(scope, prop)
    nodes = _understood(writing, scope, prop, stated)
    if nodes or (stated and prop.strict):
        return nodes
    for source in prop.otherwise:
        nodes = _understood(writing, scope, prop, other_values(scope, source))
        if nodes:
            return nodes
    return []


def _understood(writing: _Writing, scope: Scope, prop: Property, values: list[Any]) -> list[Node]:
    found: list[Node] = []
    for number, value in enumerate(values, start=1):
        try:
            node = _node(writing, scope, prop, value, number)
        except RejectedError as rejected:
            _note(writing, scope, prop, value, rejected)
            continue
        if node is not None and node not in found:
            found.append(node)
    return found


def _node(writing: _Writing, scope: Scope, prop: Property, value: Any, number: int) -> Node | None:
    if prop.kind == "node":
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
    uri = _node_uri(scope, node_class, value, number)
    if _is_taken(writing, uri, prop.node):
        _note(writing, scope, prop, uri, RejectedError("taken_uri"))
        uri = _node_uri(scope, node_class, {**value, "uri": ""}, number)
    inner = Scope(value, scope.dataset, uri, scope.settings)
    trial = _Writing(writing.settings, writing.classes)
    _write(trial, inner, node_class)
    writing.problems += trial.problems
    said = {predicate for subject, predicate, _ in trial.triples if str(subject) == inner.uri} - {RDF.type}
    if not said and inner.uri.startswith(scope.uri + "#"):
        return None
    missing = [
        one.field
        for one in node_class.properties
        if one.obligation == "mandatory" and one.predicate not in said
    ]
    if missing and node_class.fragment:
        raise RejectedError("incomplete", ", ".join(missing))
    writing.triples += trial.triples
    writing.classes[uri] = prop.node
    return URIRef(uri)


def _is_taken(writing: _Writing, uri: str, name: str) -> bool:
    """Whether something else has the URI already: two agents may be one, two distributions may not."""
    known = writing.classes.get(uri)
    return known is not None and (known != name or name == "Distribution")


def _node_uri(scope: Scope, node_class: NodeClass, value: dict[str, Any], number: int) -> str:
    own = iri(str(value.get("uri") or ""))
    if own:
        return own
    if not node_class.fragment:
        return iri(f"{_site_uri(scope)}/resource/{value.get('id') or number}") or f"{scope.uri}#{number}"
    joint = "-" if "#" in scope.uri else "#"
    return f"{scope.uri}{joint}{node_class.fragment}-{number}"


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
