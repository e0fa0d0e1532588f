"""The official shapes as a judge in tests, from the shared test material, with their slips mended."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from ckanext.herne.quality.engine import Finding, default_engine
from rdflib import RDF, RDFS, SKOS, BNode, Graph, URIRef

from herne_testing.needs import SHARED

if TYPE_CHECKING:
    from rdflib import Node

FOLDER = SHARED / "conformance"


@cache
def shapes() -> Graph:
    return Graph().parse(FOLDER / "shapes" / "bundle-v30_de_spec.STRICT-fixed.ttl")


@cache
def vocabulary() -> Graph:
    """What the shapes look up: lists, subclasses, and which nodes are checksum algorithms."""
    whole, graph = Graph().parse(FOLDER / "vocab" / "vocab-offline.ttl"), Graph()
    for predicate in (SKOS.inScheme, RDFS.subClassOf):
        graph += whole.triples((None, predicate, None))
    graph += whole.triples((None, RDF.type, URIRef("http://spdx.org/rdf/terms#ChecksumAlgorithm")))
    return graph


def violations(graph: Graph) -> set[tuple[str, str]]:
    """Node ("_" if blank) and property ("" if several) of every violation the official shapes find.

    They report a value outside its list at the value; here it counts for the node and property that lead
    there.
    """
    found = default_engine().run(graph + vocabulary(), shapes())
    return {
        place for finding in found if finding.severity == "Violation" for place in _places(graph, finding)
    }


def _places(graph: Graph, finding: Finding) -> list[tuple[str, str]]:
    if finding.path == SKOS.inScheme:
        return [(_name(node), str(path)) for node, path in graph.subject_predicates(finding.focus)][:1]
    known = (finding.focus, None, None) in graph
    path = str(finding.path) if isinstance(finding.path, URIRef) else ""
    return [(_name(finding.focus), path)] if known else []


def _name(node: Node) -> str:
    return "_" if isinstance(node, BNode) else str(node)
