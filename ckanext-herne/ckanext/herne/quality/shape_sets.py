"""Which shapes there are to validate with, and what a finding of each of them means to a steward.

`herne` are the suite's own, whose rules carry their messages and remedies; `official` are GovData's, whose
findings borrow field and remedy from the suite's rule about the same property.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from ckanext.herne.quality import official
from ckanext.herne.quality.engine import Finding
from ckanext.herne.quality.rules import Rule, rules, shapes
from rdflib import RDF, SH, Graph, Node, URIRef

Explain = Callable[[Finding, Graph], Rule]


@dataclass(frozen=True, slots=True)
class ShapeSet:
    """Shapes, the statements about values that they need beside the data, and what their findings mean."""

    name: str
    shapes: Graph
    context: Graph
    explain: Explain


@cache
def own() -> ShapeSet:
    """The suite's own shapes."""
    return ShapeSet("herne", shapes(), Graph(), lambda finding, _data: rules()[finding.shape])


def official_set(directory: Path) -> ShapeSet:
    """The official shapes as installed in `directory`.

    :raises SourceError: they are not installed.
    """
    name = f"official: {official.release()[0]}"
    return ShapeSet(name, official.shapes(directory), official.context(), explain_official)


def explain_official(finding: Finding, data: Graph) -> Rule:
    """The finding as a rule: its own words, and field and remedy of ours about this property of this class.

    A value outside its list is reported at the value; the property is the one that leads there.
    """
    owner: Node = finding.focus
    path: Node | None = finding.path if isinstance(finding.path, URIRef) else None
    if (owner, RDF.type, None) not in data:
        owner, path = next(data.subject_predicates(owner), (owner, path))
    keys = [(kind, path) for kind in data.objects(owner, RDF.type)]
    near = next((_by_property()[key] for key in keys if key in _by_property()), _UNKNOWN)
    name = finding.shape if isinstance(finding.shape, URIRef) else finding.component
    return replace(
        near,
        name=str(name),
        severity=finding.severity,
        path=str(path or ""),
        message_de=_said(finding, "de"),
        message_en=_said(finding, "en"),
    )


def _said(finding: Finding, language: str) -> str:
    """The shape's message in a language, else in the one it has."""
    fitting = [message for message in finding.messages if message.language == language]
    return str(next(iter([*fitting, *finding.messages]), finding.component))


@cache
def _by_property() -> dict[tuple[Node, Node | None], Rule]:
    """The suite's rules by class and property; a property's first rule says what the value has to be."""
    graph = shapes()
    found: dict[tuple[Node, Node | None], Rule] = {}
    for shape, target in graph.subject_objects(SH.targetClass):
        for rule in sorted(graph.objects(shape, SH.property), key=str, reverse=True):
            found[target, graph.value(rule, SH.path)] = rules()[rule]
    return found


_UNKNOWN = Rule(
    name="",
    severity="",
    field="",
    path="",
    message_de="",
    message_en="",
    remedy_de="Sehen Sie in der Spezifikation DCAT-AP.de 3.0 nach, was dort erlaubt ist.",
    remedy_en="See the specification DCAT-AP.de 3.0 for what is allowed there.",
)
