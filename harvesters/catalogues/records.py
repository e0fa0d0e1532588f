"""Which nodes of a graph are records of a catalogue, and by what they are known from one run to the next."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from ckanext.herne.dcat_ap_de.mapping import DATASET_SERIES
from rdflib import DCAT, DCTERMS, FOAF, RDF, SKOS, BNode, Graph, Literal, Node, URIRef

KINDS = (DCAT.Dataset, DATASET_SERIES, DCAT.DataService)
LISTINGS = (DCAT.dataset, DCAT.service)
PARTS = (DCAT.accessService, URIRef(f"{DCTERMS}accessService"))  # the latter in an example of version 2.0
IDENTIFIERS = (DCTERMS.identifier, URIRef("http://www.w3.org/ns/adms#identifier"))


@dataclass(frozen=True)
class Record:
    """A dataset, series or service. `guid` stays the same as long as the source means the same record."""

    node: Node
    guid: str
    title: str


def records(graph: Graph, source: str) -> list[Record]:
    """The records in the order of their guids; `source` sets apart those that have no name of their own.

    A record is what a catalogue lists, and any other described dataset, series or service unless it is part
    of a record: a service that a distribution describes, or a dataset that is mentioned by its URI only.
    """
    nodes = {node for kind in KINDS for node in graph.subjects(RDF.type, kind)}
    nodes |= {node for listing in LISTINGS for node in graph.objects(None, listing)}
    found = [
        Record(node, guid(graph, node, source), title(graph, node))
        for node in nodes
        if not isinstance(node, Literal) and _is_record(graph, node)
    ]
    return sorted(found, key=lambda record: (record.guid, record.title))


def undescribed(graph: Graph) -> list[str]:
    """URIs that a catalogue lists although nothing is said about them."""
    listed = {node for listing in LISTINGS for node in graph.objects(None, listing)}
    return sorted(
        str(node) for node in listed if isinstance(node, URIRef) and not any(graph.predicates(node))
    )


def _is_record(graph: Graph, node: Node) -> bool:
    kinds = set(graph.objects(node, RDF.type))
    if DCAT.Catalog in kinds and not kinds & set(KINDS):
        return False
    if any((None, listing, node) in graph for listing in LISTINGS):
        return any(graph.predicates(node))
    if kinds & set(KINDS) == {DCAT.DataService} and any((None, part, node) in graph for part in PARTS):
        return False
    mentions = (
        predicate for _, predicate in graph.subject_predicates(node) if predicate != FOAF.primaryTopic
    )
    return bool(title(graph, node)) or next(mentions, None) is None


def guid(graph: Graph, node: Node, source: str) -> str:
    """The URI; for a nameless record its identifier, else what it says about itself in words."""
    if isinstance(node, URIRef):
        return str(node)
    for predicate in IDENTIFIERS:
        values = (_plain(graph, value) for value in graph.objects(node, predicate))
        if known := sorted(filter(None, values)):
            return f"{source}#{known[0]}"
    said = sorted(f"{p} {o}" for p, o in graph.predicate_objects(node) if isinstance(o, Literal | URIRef))
    return f"{source}#{hashlib.sha256(chr(10).join(said).encode()).hexdigest()[:32]}"


def _plain(graph: Graph, value: Node) -> str:
    if isinstance(value, BNode):
        value = graph.value(value, SKOS.notation) or Literal("")
    return str(value).strip()


def title(graph: Graph, node: Node) -> str:
    """A title to speak of the record by, German first."""
    titles = sorted(graph.objects(node, DCTERMS.title), key=lambda t: (getattr(t, "language", "") != "de", t))
    return str(titles[0]) if titles else ""
