"""Measurements of quality as DQV: what they say, and that they fit into the feed."""

from datetime import UTC, datetime

import pytest
from ckanext.herne.dcat_ap_de import dataset_uri, describe
from ckanext.herne.quality import validate
from ckanext.herne.quality.reports.dqv import CONFORMS, DQV, MQA, VIOLATIONS, measurements
from ckanext.herne.quality.reports.verdict import judge
from herne_testing.datasets import RELATED, SETTINGS, maximal, minimal
from rdflib import PROV, RDF, XSD, BNode, Literal, URIRef

URI = "https://opendata.example.org/dataset/1"
CHECKED = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_measurements_say_what_was_measured_when_and_on_what() -> None:
    graph = measurements(URI, (False, 3, 5, 0, 120), CHECKED)
    found = {}
    for node in graph.objects(URIRef(URI), DQV.hasQualityMeasurement):
        assert (node, RDF.type, DQV.QualityMeasurement) in graph
        assert graph.value(node, DQV.computedOn) == URIRef(URI)
        time = Literal("2026-11-23T12:00:00+00:00", datatype=XSD.dateTime)
        assert graph.value(node, PROV.generatedAtTime) == time
        found[graph.value(node, DQV.isMeasurementOf)] = graph.value(node, DQV.value)
    assert found == {
        CONFORMS.uri: Literal(False),
        VIOLATIONS.uri: Literal(3, datatype=XSD.nonNegativeInteger),
        MQA.uri: Literal(120, datatype=XSD.nonNegativeInteger),
    }
    for metric in found:
        assert (metric, RDF.type, DQV.Metric) in graph


def test_a_service_has_no_score() -> None:
    graph = measurements(URI, (True, 0, 0, 0, None), CHECKED)
    assert len(list(graph.objects(URIRef(URI), DQV.hasQualityMeasurement))) == 2


def test_the_same_report_gives_the_same_triples_in_the_same_order() -> None:
    one, two = (list(measurements(URI, (True, 0, 1, 2, 3), CHECKED)) for _ in range(2))
    assert one == two
    assert not any(isinstance(node, BNode) for triple in one for node in triple)


@pytest.mark.parametrize("dataset", [minimal(), maximal()], ids=["minimal", "maximal"])
def test_measurements_leave_the_verdict_as_it_is(dataset: dict[str, object]) -> None:
    graph, uri = describe(dataset, SETTINGS, RELATED), dataset_uri(dataset, SETTINGS)
    verdict = judge(graph, uri, RELATED)
    before = validate(graph)
    after = validate(graph + measurements(uri, verdict.in_short, CHECKED))
    assert before.results == after.results
