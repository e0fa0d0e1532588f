"""Graphs as bytes: the same graph gives the same bytes in every syntax.

Expects graphs whose store keeps the order of triples, as a Description makes them. Two of rdflib's own
serialisers order by hash, which differs from run to run: RDF/XML is written by its plain one instead, JSON-LD
is sorted afterwards.
"""

import json
from typing import Any

from rdflib import Graph

FORMATS = {
    "ttl": "turtle",
    "turtle": "turtle",
    "rdf": "xml",
    "xml": "xml",
    "pretty-xml": "xml",
    "n3": "n3",
    "nt": "nt",
    "jsonld": "json-ld",
    "json-ld": "json-ld",
}


def serialised(graph: Graph, syntax: str) -> str:
    """The graph in a syntax that is a key of FORMATS.

    :raises KeyError: there is no such syntax.
    """
    name = FORMATS[syntax]
    if name != "json-ld":
        return graph.serialize(format=name)
    document = json.loads(graph.serialize(format=name, context=_used_prefixes(graph), auto_compact=False))
    return json.dumps(_sorted(document), ensure_ascii=False, indent=1) + "\n"


def _used_prefixes(graph: Graph) -> dict[str, str]:
    """The prefixes of which a term occurs, with their namespaces."""
    terms = {str(term) for triple in graph for term in triple[1:]}
    return {
        prefix: str(namespace)
        for prefix, namespace in graph.namespaces()
        if any(term.startswith(str(namespace)) for term in terms)
    }


def _sorted(value: Any) -> Any:
    """JSON-LD with keys and lists in a fixed order; the lists stand for sets, an `@list` never occurs."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return sorted(
            (_sorted(entry) for entry in value), key=lambda entry: json.dumps(entry, sort_keys=True)
        )
    return value
