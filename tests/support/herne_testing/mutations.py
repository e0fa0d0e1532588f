"""The good catalogue of tests/quality/good.ttl, and the ways of mutations.txt to spoil it.

A mutation names the rule that has to notice; what it does is written in Turtle, in the words of the files.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rdflib import RDF, Graph

FOLDER = Path(__file__).parents[2] / "quality"
SITE = "https://opendata.example.org"
ME = f"{SITE}/dataset/0b0e7c1e-0000-4000-8000-000000000002"
NODES = {
    "catalogue": SITE,
    "part": f"{SITE}/part",
    "record": f"{SITE}/record/1",
    "me": ME,
    "file": f"{ME}/resource/a",
    "web": f"{ME}/resource/b",
    "source": f"{SITE}/dataset/source",
    "other": f"{SITE}/dataset/source/resource/a",
    "series": f"{SITE}/series/alone",
    "service": f"{SITE}/service/wfs",
    "publisher": "https://www.herne.de",
    "contact": f"{ME}#contact-1",
    "individual": f"{ME}#contact-2",
    "period": f"{ME}#period-1",
    "later": f"{ME}#period-2",
    "instant": f"{ME}#instant-3",
    "place": f"{ME}#place-3",
    "identifier": f"{ME}#identifier-1",
    "attribution": f"{ME}#attribution-1",
    "relation": f"{ME}#relation-1",
    "checksum": f"{ME}/resource/a#checksum-1",
    "thing": "https://example.org/x",
}
SEVERITIES = {"V": "Violation", "W": "Warning", "I": "Info"}


@dataclass(frozen=True)
class Mutation:
    """`done` breaks `rule`, which has `severity`, and, if it cannot be helped, `others`."""

    rule: str
    severity: str
    done: str
    others: frozenset[str]

    def spoil(self, graph: Graph) -> None:
        for step in self.done.split(" ; "):
            sign, words = step[0], step[2:].split(" ", 2)
            if sign in "=-":
                subject, predicate = _term(words[0]), _term(words[1])
                graph.remove((subject, predicate, _term(words[2]) if sign == "-" and words[2:] else None))
            if sign in "+=":
                graph.parse(data=f"{_prefixes()}{' '.join(words)} .", format="turtle")


def good() -> Graph:
    """A fresh copy of the good catalogue."""
    return Graph() + _good()


@cache
def _good() -> Graph:
    return Graph().parse(FOLDER / "good.ttl")


@cache
def mutations() -> dict[str, Mutation]:
    """All mutations by their line."""
    lines = (FOLDER / "mutations.txt").read_text("utf-8").splitlines()
    return {line: _mutation(line) for line in lines if line and not line.startswith("#")}


def _mutation(line: str) -> Mutation:
    rule, severity, done, *others = line.split(" | ")
    return Mutation(rule, SEVERITIES[severity], done, frozenset(", ".join(others).split(", ")) - {""})


@cache
def _prefixes() -> str:
    declared = [
        line for line in (FOLDER / "good.ttl").read_text("utf-8").splitlines() if line.startswith("@prefix")
    ]
    return "\n".join([*declared, *(f"@prefix {name}: <{uri}> ." for name, uri in NODES.items()), ""])


def _term(word: str) -> object:
    if word == "a":
        return RDF.type
    return next(Graph().parse(data=f"{_prefixes()}<x:x> <x:x> {word} .", format="turtle").objects())
