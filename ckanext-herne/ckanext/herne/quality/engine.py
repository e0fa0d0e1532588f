"""SHACL engines behind one small door: a data graph and shapes go in, rows of findings come out.

An engine only finds; what a finding means to a steward is the report's matter. pySHACL is the reference.
No engine fetches anything: `owl:imports` is not followed, nothing is inferred.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import pyshacl
from rdflib import RDF, SH, Graph, Node


@dataclass(frozen=True, slots=True)
class Finding:
    """One sh:ValidationResult; `path` is None for rules about a node, `value` where a value is missing."""

    shape: Node
    focus: Node
    path: Node | None
    value: Node | None


class Engine(Protocol):
    """What runs shapes over data."""

    name: str

    def run(self, data: Graph, shapes: Graph) -> Iterable[Finding]:
        """All findings, in any order. Neither graph is changed."""


class PySHACL:
    """The reference engine."""

    name = "pySHACL"

    def run(self, data: Graph, shapes: Graph) -> Iterable[Finding]:
        data = data if data.store.context_aware else Graph() + data  # pySHACL clones into contexts
        _, results, _ = pyshacl.validate(data, shacl_graph=shapes, do_owl_imports=False, inference="none")
        for result in results.subjects(RDF.type, SH.ValidationResult):
            yield Finding(
                shape=results.value(result, SH.sourceShape),
                focus=results.value(result, SH.focusNode),
                path=results.value(result, SH.resultPath),
                value=results.value(result, SH.value),
            )
