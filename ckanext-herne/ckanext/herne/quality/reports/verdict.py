"""What validation and the European score say about one package, from its graph alone. Pure.

A package is described together with others that it refers to; a verdict is about the package itself and
leaves what is wrong with the others to their own.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from ckanext.herne.quality import mqa, tables
from ckanext.herne.quality.engine import Engine, default_engine
from ckanext.herne.quality.rules import code_list
from ckanext.herne.quality.validation import datasets_in, validate
from rdflib import BNode, Graph, Literal, Node, URIRef

if TYPE_CHECKING:
    from collections.abc import Collection

    from ckanext.herne.quality.report import Report, Result


InShort = tuple[bool, int, int, int, int | None]  # conforms, violations, warnings, infos, MQA points


@dataclass(frozen=True, slots=True)
class Verdict:
    """The report on the package `uri`, its score (None for a service), and by which shapes it was judged."""

    uri: str
    report: Report
    score: mqa.Score | None
    shapes_version: str

    @property
    def in_short(self) -> InShort:
        """What makes one verdict differ from another."""
        return in_short(self.report, self.score.points if self.score else None)


def judge(graph: Graph, uri: str, related: Collection[str] = (), engine: Engine | None = None) -> Verdict:
    """The verdict on the package `uri`; `related` are the URIs of other packages that `graph` describes."""
    report = own_part(validate(graph, engine or default_engine()), graph, uri, related)
    score = mqa.score(graph, URIRef(uri), conforms=report.conforms)
    return Verdict(uri, report, score, shapes_version())


def own_part(whole: Report, graph: Graph, uri: str, related: Collection[str]) -> Report:
    """What the report on `graph` says about the package `uri`, and not about the `related` ones in there."""
    package = URIRef(uri)
    own = _own_nodes(graph, package, {URIRef(other) for other in related} - {package})
    records = tuple(record for record in whole.records if record.uri == uri)
    title = records[0].title if records else uri
    results = sorted(
        replace(result, record=uri, title=title) for result in whole.results if _is_about(result, own)
    )
    datasets = len(datasets_in(graph) & {package})
    return replace(whole, results=tuple(results), records=records, datasets=datasets)


def in_short(report: Report, points: int | None) -> InShort:
    """Conformity, counts by severity, and points."""
    violations, warnings, infos = (report.count(severity) for severity in ("Violation", "Warning", "Info"))
    return report.conforms, violations, warnings, infos, points


def fingerprint(graph: Graph) -> str:
    """A text that differs between graphs that say different things."""
    lines = sorted(" ".join(node.n3() for node in triple) for triple in graph)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


@cache
def shapes_version() -> str:
    """A short text that differs between shapes, or code lists, that may judge differently."""
    content = tables.everything()
    names = sorted(
        set(re.findall(r'herne:codeList "(\w+)"', content))
    )  # parsing would take ten times as long
    lists = [f"{name}: {' '.join(sorted(code_list(name)))}" for name in names]
    return hashlib.sha256("\n".join([content, *lists]).encode()).hexdigest()[:12]


def _own_nodes(graph: Graph, package: Node, others: Collection[Node]) -> set[str]:
    """The package and every node that its description leads to, up to other packages."""
    found, todo = {package}, [package]
    while todo:
        for node in graph.objects(todo.pop()):
            if not isinstance(node, Literal) and node not in found and node not in others:
                found.add(node)
                todo.append(node)
    return {"_" if isinstance(node, BNode) else str(node) for node in found}


def _is_about(result: Result, own: set[str]) -> bool:
    return result.focus in own
