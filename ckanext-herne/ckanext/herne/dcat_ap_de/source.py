"""A graph while it is read: what has been used of it, what was seen, what there is to tell.

The reader asks it about nodes and marks the statements it uses; `unsaid` lists the rest.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ckanext.herne.dcat_ap_de.mapping import mapping
from rdflib import DCTERMS, RDF, RDFS, BNode, Graph, Literal, Namespace, Node, URIRef

Triple = tuple[Node, Node, Node]

VCARD = Namespace(mapping().prefixes["vcard"])
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
class Statement:
    """A `triple` of the graph: `predicate` is its term of today, `node` its other end."""

    triple: Triple
    predicate: URIRef
    node: Node

    @property
    def owner(self) -> Node:
        return self.triple[0]

    @property
    def term(self) -> str:
        """The term that the graph uses, with a prefix."""
        return mapping().short(str(self.triple[1]))


@dataclass
class Source:
    """The graph, and what became of it so far.

    `visited` has each node that was read with the path of terms that led to it, `entities` what was read of
    it as which class.
    """

    graph: Graph
    language: str
    used: set[Triple] = field(default_factory=set)
    visited: dict[Node, str] = field(default_factory=dict)
    entities: dict[tuple[Node, str], dict[str, Any]] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)

    def statements(self, node: Node) -> dict[URIRef, list[Statement]]:
        """What the graph says about a node, by the terms of today; best first."""
        found: dict[URIRef, list[Statement]] = {}
        for predicate, value in self.graph.predicate_objects(node):
            term = canonical(str(predicate))
            found.setdefault(term, []).append(Statement((node, predicate, value), term, value))
        for statements in found.values():
            statements.sort(key=lambda one: (rank(one.node, self.language), one.term))
        return found

    def subjects(self, predicate: URIRef, node: Node) -> list[Node]:
        """Who says `predicate` of the node, in a fixed order."""
        return sorted(self.graph.subjects(predicate, node), key=order)

    def objects(self, node: Node, predicate: URIRef) -> list[Node]:
        """What the node says with `predicate`, in a fixed order."""
        return sorted(self.graph.objects(node, predicate), key=order)

    def plain(self, node: Node) -> Node:
        """The value that a nameless node wraps, else the node itself."""
        wrapping = self._wrapping(node)
        return wrapping[2] if wrapping else node

    def use(self, one: Statement, *, plain: bool) -> None:
        """Marks a statement as read; with `plain` also the one by which a nameless node wraps the value."""
        self.used.add(one.triple)
        wrapping = self._wrapping(one.node) if plain else None
        if wrapping:
            self.used.add(wrapping)
            path = f"{self.visited.get(one.owner, '')} / {one.term}".removeprefix(" / ")
            self.visited.setdefault(one.node, path)

    def _wrapping(self, node: Node) -> Triple | None:
        wraps = STAND_INS if isinstance(node, BNode) else ()
        found = ((node, predicate, value) for predicate in wraps for value in self.objects(node, predicate))
        return next(found, None)

    def tell(self, kind: str, one: Statement, result: str) -> None:
        """Adds a note about a statement."""
        self.notes.append(Note(kind, str(one.owner), one.term, shown(one.node), result))


@lru_cache(maxsize=4096)
def canonical(predicate: str) -> URIRef:
    """The predicate in the namespace of today."""
    for pattern, prefix in OLD_NAMESPACES:
        match = pattern.match(predicate)
        if match:
            return URIRef(mapping().prefixes[prefix] + predicate[match.end() :])
    return URIRef(predicate)


def rank(node: Node, language: str) -> tuple[int, list[tuple[int, str]], tuple[str, str, str]]:
    """The preferred language first, then untagged; then by text with numbers counted as numbers."""
    foreign = 0
    if isinstance(node, Literal):
        foreign = 0 if node.language == language else 1 if not node.language else 2
    parts = re.split(r"(\d+)", str(node))
    return foreign, [(len(part) if part.isdigit() else 0, part) for part in parts], order(node)


def order(node: Node) -> tuple[str, str, str]:
    """Orders any nodes; their own order knows no comparison of a date with a text."""
    return str(node), str(getattr(node, "language", "")), str(getattr(node, "datatype", ""))


def shown(node: Node) -> str:
    """A node as people read it: a blank node's id says nothing and differs every time."""
    return "(namenlos)" if isinstance(node, BNode) else str(node)
