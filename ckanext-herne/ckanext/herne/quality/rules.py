"""The suite's own SHACL shapes, with the code lists of the vocabularies put in.

The rules stand in the tables and in conventions.ttl of the folder `shapes`, the lists they name in the
vocabularies and the licence register. This module joins them and can tell a rule's field and remedy. It runs
nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from ckanext.herne.dcat_ap_de.vocabulary import vocabulary
from ckanext.herne.licenses.register import licences
from ckanext.herne.quality import tables
from rdflib import SH, BNode, Graph, Namespace, Node, URIRef
from rdflib.collection import Collection

HERNE = Namespace("https://opendata.herne.de/def/quality#")


@dataclass(frozen=True, slots=True)
class Rule:
    """What a steward reads about a rule. `name` is its local name, `field` the form's field or "", `path` the
    property it is about or ""."""

    name: str
    severity: str
    field: str
    path: str
    message_de: str
    message_en: str
    remedy_de: str
    remedy_en: str


@cache
def shapes() -> Graph:
    """The shapes ready to run. The graph is shared: nobody may change it."""
    graph = Graph().parse(data=tables.everything(), format="turtle")
    for shape, name in list(graph.subject_objects(HERNE.codeList)):
        members = BNode()
        Collection(graph, members, [URIRef(uri) for uri in code_list(str(name))])
        graph.add((shape, SH["in"], members))
    return graph


def code_list(name: str) -> Iterable[str]:
    """The URIs a shape means by `herne:codeList`.

    :raises ValueError: no vocabulary has this name.
    """
    match name:
        case "licences":
            return [licence.uri for licence in licences()]
        case "attribution_licences":
            return [licence.uri for licence in licences() if licence.attribution]
        case "open_licences":
            return [licence.uri for licence in licences() if licence.open]
    return [term.uri for term in vocabulary(name).terms]


@cache
def rules() -> dict[Node, Rule]:
    """All rules by the URI of their shape."""
    graph = shapes()
    named = (shape for shape in graph.subjects(HERNE.remedy, unique=True) if isinstance(shape, URIRef))
    return {shape: _rule(graph, shape) for shape in named}


def _rule(graph: Graph, shape: URIRef) -> Rule:
    return Rule(
        name=shape.removeprefix(str(HERNE)),
        severity=str(graph.value(shape, SH.severity)).rpartition("#")[2],
        field=str(graph.value(shape, HERNE.field) or ""),
        path=_path(graph, shape),
        message_de=_in_language(graph, shape, SH.message, "de"),
        message_en=_in_language(graph, shape, SH.message, "en"),
        remedy_de=_in_language(graph, shape, HERNE.remedy, "de"),
        remedy_en=_in_language(graph, shape, HERNE.remedy, "en"),
    )


def _path(graph: Graph, shape: URIRef) -> str:
    paths = [graph.value(shape, predicate) for predicate in (HERNE.path, SH.path)]
    return next((str(path) for path in paths if isinstance(path, URIRef)), "")


def _in_language(graph: Graph, shape: Node, predicate: URIRef, language: str) -> str:
    texts = (text for text in graph.objects(shape, predicate) if getattr(text, "language", "") == language)
    return str(next(texts, ""))
