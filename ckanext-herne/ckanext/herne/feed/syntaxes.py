"""RDF texts taken apart and joined: a syntax's frame comes with the page, what stands in it is stored.

A `body` is a graph's text without its frame (prefixes, root element, context); a `document` is a frame
around bodies, joined without being parsed. `statements` writes the few triples that belong to a page alone.
The same graph gives the same text each time, if its store keeps the order of triples as a Description's does.

Bodies are abbreviated with PREFIXES only, and outlive the code that wrote them: a prefix may be added, never
changed or taken away.
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

from ckanext.herne.dcat_ap_de.mapping import mapping
from ckanext.herne.quality.reports.dqv import DQV
from rdflib import Graph, Literal, Namespace, URIRef

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    Properties = Mapping[str, Sequence[URIRef | Literal]]

HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
PREFIXES: dict[str, str] = {**mapping().prefixes, "dqv": str(DQV), "hydra": str(HYDRA)}
TURTLE_HEAD = re.compile(r"\A(@prefix [^\n]*\n)*\s*")


class Syntax(ABC):
    """A way to write RDF. `name` is the key under which bodies are stored, `library_name` rdflib's."""

    name: str
    library_name: str
    media_type: str

    @abstractmethod
    def body(self, graph: Graph) -> str:
        """The text of a graph that has PREFIXES and no blank nodes, without the frame; "" if it is empty."""

    @abstractmethod
    def document(self, bodies: Iterable[str]) -> str:
        """The frame around bodies, of which none is empty."""

    @abstractmethod
    def statements(self, subject: str, properties: Properties) -> str:
        """A body that says of `subject` what `properties` have; their keys are predicates with a prefix."""


class Turtle(Syntax):
    name = "ttl"
    library_name = "turtle"
    media_type = "text/turtle"

    def body(self, graph: Graph) -> str:
        text = TURTLE_HEAD.sub("", graph.serialize(format=self.library_name)).rstrip()
        return text and text + "\n"

    def document(self, bodies: Iterable[str]) -> str:
        return "\n".join((self._frame, *bodies))

    def statements(self, subject: str, properties: Properties) -> str:
        lines = (
            f"{predicate} " + ",\n        ".join(_term(node, mapping().short) for node in nodes)
            for predicate, nodes in properties.items()
        )
        return f"<{subject}> " + " ;\n    ".join(lines) + " .\n"

    @cached_property
    def _frame(self) -> str:
        return "".join(
            f"@prefix {prefix}: <{namespace}> .\n" for prefix, namespace in sorted(PREFIXES.items())
        )


class N3(Turtle):
    """Turtle under the name of the larger language that it is part of."""

    media_type = "text/n3"


class NTriples(Syntax):
    name = "nt"
    library_name = "nt"
    media_type = "application/n-triples"

    def body(self, graph: Graph) -> str:
        return graph.serialize(format=self.library_name)

    def document(self, bodies: Iterable[str]) -> str:
        return "".join(bodies)

    def statements(self, subject: str, properties: Properties) -> str:
        return "".join(
            f"<{subject}> <{_iri(predicate)}> {_term(node, '<{}>'.format)} .\n"
            for predicate, nodes in properties.items()
            for node in nodes
        )


class RdfXml(Syntax):
    """As plain as XML allows: one element for each node, which the oldest tools read."""

    name = "xml"
    library_name = "xml"
    media_type = "application/rdf+xml"

    def body(self, graph: Graph) -> str:
        text = graph.serialize(format=self.library_name)
        return text.partition("\n>\n")[2].removesuffix("</rdf:RDF>\n")

    def document(self, bodies: Iterable[str]) -> str:
        return "".join((self._frame, *bodies, "</rdf:RDF>\n"))

    def statements(self, subject: str, properties: Properties) -> str:
        lines = "".join(
            f"    {self._element(predicate, node)}\n"
            for predicate, nodes in properties.items()
            for node in nodes
        )
        return f"  <rdf:Description rdf:about={quoteattr(subject)}>\n{lines}  </rdf:Description>\n"

    def _element(self, predicate: str, node: URIRef | Literal) -> str:
        if isinstance(node, URIRef):
            return f"<{predicate} rdf:resource={quoteattr(node)}/>"
        datatype = f" rdf:datatype={quoteattr(node.datatype)}" if node.datatype else ""
        return f"<{predicate}{datatype}>{escape(node)}</{predicate}>"

    @cached_property
    def _frame(self) -> str:
        names = "".join(
            f"   xmlns:{prefix}={quoteattr(namespace)}\n" for prefix, namespace in sorted(PREFIXES.items())
        )
        return f'<?xml version="1.0" encoding="utf-8"?>\n<rdf:RDF\n{names}>\n'


class JsonLd(Syntax):
    name = "jsonld"
    library_name = "json-ld"
    media_type = "application/ld+json"

    def body(self, graph: Graph) -> str:
        text = graph.serialize(format=self.library_name, context=PREFIXES, auto_compact=False)
        document = json.loads(text)
        del document["@context"]
        nodes = document.get("@graph", [document])  # a lone node stands without @graph
        return ",\n".join(map(_json, _sorted(nodes)))

    def document(self, bodies: Iterable[str]) -> str:
        return f'{{"@context": {self._frame},\n"@graph": [\n' + ",\n".join(bodies) + "\n]}\n"

    def statements(self, subject: str, properties: Properties) -> str:
        return _json(
            {"@id": subject} | {key: [_value(node) for node in properties[key]] for key in properties}
        )

    @cached_property
    def _frame(self) -> str:
        return _json(dict(sorted(PREFIXES.items())))


SYNTAXES: dict[str, Syntax] = {"ttl": Turtle(), "nt": NTriples(), "xml": RdfXml(), "jsonld": JsonLd()}
# How an address ends; the media type of each differs but for the two names of RDF/XML.
ENDINGS = {**SYNTAXES, "rdf": SYNTAXES["xml"], "n3": N3()}
# What ckanext-dcat's actions take, with rdflib's names, and the ending that goes with it.
NAMES = {**{ending: ending for ending in ENDINGS}, "turtle": "ttl", "pretty-xml": "xml", "json-ld": "jsonld"}


def body(graph: Graph, syntax: str) -> str:
    """The text, without the frame, of a graph without blank nodes; the syntax is a key of SYNTAXES.

    :raises ValueError: a predicate's namespace has no prefix.
    """
    framed = Graph(store="SimpleMemory", bind_namespaces="none")
    for prefix, namespace in PREFIXES.items():
        framed.bind(prefix, namespace)
    for triple in graph:
        framed.add(triple)
    text = SYNTAXES[syntax].body(framed)
    if strange := {str(namespace) for _, namespace in framed.namespaces()} - set(PREFIXES.values()):
        raise ValueError(f"no prefix for {', '.join(sorted(strange))}; add one to feed/syntaxes.py")
    return text


def document(bodies: Iterable[str], syntax: str) -> str:
    """The bodies as one document of that syntax; empty ones leave no trace."""
    return SYNTAXES[syntax].document(text for text in bodies if text)


def statements(subject: str, properties: Properties, syntax: str) -> str:
    """A body that says of `subject` what `properties` have; their keys are predicates with a prefix."""
    return SYNTAXES[syntax].statements(subject, {key: nodes for key, nodes in properties.items() if nodes})


def _term(node: URIRef | Literal, short: Callable[[str], str]) -> str:
    """A node in N-Triples and Turtle, which quote a text as JSON does; `short` writes a datatype."""
    if isinstance(node, URIRef):
        return f"<{node}>"
    text = json.dumps(str(node), ensure_ascii=False)
    return f"{text}^^{short(node.datatype)}" if node.datatype else text


def _value(node: URIRef | Literal) -> Any:
    """A node in JSON-LD."""
    if isinstance(node, URIRef):
        return {"@id": str(node)}
    return {"@type": str(node.datatype), "@value": str(node)} if node.datatype else str(node)


def _iri(curie: str) -> str:
    prefix, _, name = curie.partition(":")
    return PREFIXES[prefix] + name


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)


def _sorted(value: Any) -> Any:
    """JSON-LD with keys and lists in a fixed order; the lists stand for sets, an `@list` never occurs."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return sorted(
            (_sorted(entry) for entry in value), key=lambda entry: json.dumps(entry, sort_keys=True)
        )
    return value
