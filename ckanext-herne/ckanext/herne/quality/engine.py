"""SHACL engines behind one small door: a data graph and shapes go in, rows of findings come out.

An engine only finds; what a finding means to a steward is the report's matter. pySHACL is the reference;
pyshacl-turbo (the same semantics, compiled) is the fast one and the default where its wheel is installed.
No engine fetches anything: `owl:imports` is not followed, nothing is inferred.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol

import pyshacl
from rdflib import SH, Graph, Literal, Node


@dataclass(frozen=True, slots=True)
class Finding:
    """One sh:ValidationResult; `path` is None for rules about a node, `value` where a value is missing.

    `severity` is Violation, Warning or Info; `messages` are the shape's own, `component` the URI of the
    constraint that failed.
    """

    shape: Node
    focus: Node
    path: Node | None
    value: Node | None
    severity: str
    component: Node | None
    messages: tuple[Literal, ...]


class Engine(Protocol):
    """What runs shapes over data."""

    name: str

    def run(self, data: Graph, shapes: Graph) -> Iterable[Finding]:
        """All findings, in any order. Neither graph is changed; `shapes` must not change between calls."""


class PySHACL:
    """The reference engine."""

    name = "pySHACL"

    def run(self, data: Graph, shapes: Graph) -> Iterable[Finding]:
        data = data if data.store.context_aware else Graph() + data  # pySHACL clones into contexts
        _, results, _ = pyshacl.validate(data, shacl_graph=shapes, do_owl_imports=False, inference="none")
        return _findings(results)


class Turbo:
    """The fast engine. Shapes are compiled once per process.

    Its parser refuses IRIs that rdflib lets pass, such as `https://x.org/[a]`. Such data are rare and wrong,
    and must get a report, not a crash: the reference engine judges them.
    """

    name = "pyshacl-turbo"

    def run(self, data: Graph, shapes: Graph) -> Iterable[Finding]:
        try:
            _, results, _ = _compiled(shapes).validate(data)
        except ValueError:
            return PySHACL().run(data, shapes)
        return _findings(results)


ENGINES: dict[str, type[Engine]] = {"turbo": Turbo, "pyshacl": PySHACL}


def default_engine() -> Engine:
    """The fast engine if it is installed, else the reference."""
    return Turbo() if turbo_installed() else PySHACL()


def turbo_installed() -> bool:
    """Is the wheel of the fast engine there?"""
    return find_spec("pyshacl_turbo") is not None


@lru_cache(maxsize=4)
def _compiled(shapes: Graph) -> Any:
    return import_module("pyshacl_turbo").compile_shapes(shapes)


def _findings(results: Graph) -> Iterator[Finding]:
    for result in results.objects(None, SH.result):  # not sh:detail, which explains a result by further ones
        messages = results.objects(result, SH.resultMessage)
        yield Finding(
            shape=next(results.objects(result, SH.sourceShape)),
            focus=next(results.objects(result, SH.focusNode)),
            path=results.value(result, SH.resultPath),
            value=results.value(result, SH.value),
            severity=str(results.value(result, SH.resultSeverity)).rpartition("#")[2],
            component=results.value(result, SH.sourceConstraintComponent),
            messages=tuple(sorted(message for message in messages if isinstance(message, Literal))),
        )
