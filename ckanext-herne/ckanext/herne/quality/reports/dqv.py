"""Measurements of a package's quality as RDF (W3C Data Quality Vocabulary), for the feed. Pure.

What is measured is defined under the suite's own addresses: the MQA score is counted here without asking the
network, so it is no measurement of data.europa.eu's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ckanext.herne.quality.rules import HERNE
from rdflib import PROV, RDF, RDFS, SKOS, XSD, Graph, Literal, Namespace, URIRef

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from ckanext.herne.quality.reports.verdict import InShort
    from rdflib import Node

    Triple = tuple[Node, Node, Node]

DQV = Namespace("http://www.w3.org/ns/dqv#")


@dataclass(frozen=True, slots=True)
class Metric:
    """What is measured. `see` is an address that says more, "" if none does."""

    name: str
    datatype: URIRef
    de: str
    en: str
    see: str = ""

    @property
    def uri(self) -> URIRef:
        return HERNE[f"metric-{self.name}"]


CONFORMS = Metric(
    "conforms",
    XSD.boolean,
    "Ob die Metadaten ohne Fehler den Regeln von DCAT-AP.de 3.0 entsprechen.",
    "Whether the metadata comply with the rules of DCAT-AP.de 3.0 without violations.",
)
VIOLATIONS = Metric(
    "violations",
    XSD.nonNegativeInteger,
    "Wie viele Fehler die Prüfung der Metadaten findet.",
    "How many violations the validation of the metadata finds.",
)
MQA = Metric(
    "mqa-points",
    XSD.nonNegativeInteger,
    "Punkte (von 405) nach dem European Metadata Quality Assessment, ohne die Adressen abzufragen.",
    "Points (of 405) by the European Metadata Quality Assessment, without asking the addresses.",
    "https://data.europa.eu/mqa/methodology",
)


def measurements(uri: str, in_short: InShort, checked: datetime) -> Graph:
    """The measurements of the package `uri` and what they measure, linked with dqv:hasQualityMeasurement.

    `in_short` and `checked` are those of a verdict or a stored report. Without blank nodes, in a fixed order.
    """
    graph = Graph(store="SimpleMemory", bind_namespaces="none")
    for prefix, namespace in (("dqv", DQV), ("prov", PROV), ("skos", SKOS), ("xsd", XSD)):
        graph.bind(prefix, namespace)
    conforms, violations, _warnings, _infos, points = in_short
    values = ((CONFORMS, conforms), (VIOLATIONS, violations), (MQA, points))
    for metric, value in values:
        if value is not None:
            for triple in _measurement(URIRef(uri), metric, value, checked):
                graph.add(triple)
    return graph


def _measurement(package: URIRef, metric: Metric, value: int, checked: datetime) -> Iterator[Triple]:
    joint = "-" if "#" in package else "#"
    node = URIRef(f"{package}{joint}quality-{metric.name}")
    yield package, DQV.hasQualityMeasurement, node
    yield node, RDF.type, DQV.QualityMeasurement
    yield node, DQV.computedOn, package
    yield node, DQV.isMeasurementOf, metric.uri
    yield node, DQV.value, Literal(value, datatype=metric.datatype)
    yield node, PROV.generatedAtTime, Literal(checked.isoformat(), datatype=XSD.dateTime)
    yield metric.uri, RDF.type, DQV.Metric
    yield metric.uri, SKOS.definition, Literal(metric.de, lang="de")
    yield metric.uri, SKOS.definition, Literal(metric.en, lang="en")
    yield metric.uri, DQV.expectedDataType, metric.datatype
    if metric.see:
        yield metric.uri, RDFS.seeAlso, URIRef(metric.see)
