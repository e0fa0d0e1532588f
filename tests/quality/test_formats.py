"""Reports on metadata that is badly wrong: addresses that are none, control characters, markup."""

import json
import logging
from collections.abc import Iterator
from xml.etree import ElementTree as ET

import pytest
from ckanext.herne.quality import Report, validate
from ckanext.herne.quality.cli import validate as command
from ckanext.herne.quality.engine import PySHACL, Turbo, default_engine
from ckanext.herne.quality.formats import FORMATS
from ckanext.herne.quality.report import merged
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rdflib import DCAT, DCTERMS, RDF, SH, Graph, Literal, URIRef

ODD = [
    "https://x.org/a b",
    "https://x.org/[a]",
    "kein Bezeichner",
    "https://x.org/<script>",
    "https://x.org/ä\u202e",
]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """rdflib warns of every such address."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


def about(uri: str, title: str) -> Report:
    graph = Graph()
    graph.add((URIRef(uri), RDF.type, DCAT.Dataset))
    graph.add((URIRef(uri), DCTERMS.title, Literal(title)))
    graph.add((URIRef(uri), DCAT.theme, URIRef(uri)))
    return validate(graph)


@pytest.mark.parametrize("uri", ODD)
def test_an_odd_address_is_reported_in_every_format(uri: str) -> None:
    report = about(uri, "Titel")
    assert not report.conforms
    assert {row["focus"] for row in json.loads(FORMATS["json"](report, "de"))["results"]} == {uri}
    graph = Graph().parse(data=FORMATS["turtle"](report, "de"), format="turtle")
    assert len(list(graph.subjects(RDF.type, SH.ValidationResult))) == len(report.results)
    assert ET.fromstring(FORMATS["junit"](report, "de")).get("failures") == "1"
    assert uri in FORMATS["text"](report, "de")


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text())
def test_any_title_survives_every_format(title: str) -> None:
    report = about("https://x.org/a", title)
    for name, write in FORMATS.items():
        text = write(report, "de").encode("utf-8", "replace")
        if name == "junit":
            ET.fromstring(text)
        if name == "json":
            json.loads(text)
        if name == "turtle":
            Graph().parse(data=text, format="turtle")


def test_the_fast_engine_is_the_default() -> None:
    assert default_engine().name == "pyshacl-turbo"
    assert validate(Graph()).engine == "pyshacl-turbo"


def test_without_its_wheel_the_reference_takes_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ckanext.herne.quality.engine.find_spec", lambda _name: None)
    assert default_engine().name == "pySHACL"
    done = CliRunner().invoke(command, ["--engine", "turbo", "any.ttl"])
    assert done.exit_code == 2
    assert "pyshacl-turbo" in done.stderr


def test_reports_merge_and_repeat_nothing() -> None:
    first, second = about("https://x.org/a", "A"), about("https://x.org/b", "B")
    both = merged(iter([second, first, first]))
    assert both.results == tuple(sorted({*first.results, *second.results}))
    assert [record.title for record in both.records] == ["A", "B"]
    assert both.datasets == 3
    assert merged([]).conforms


def test_both_engines_agree_on_odd_addresses() -> None:
    for uri in ODD:
        graph = Graph()
        graph.add((URIRef(uri), RDF.type, DCAT.Dataset))
        assert validate(graph, Turbo()).results == validate(graph, PySHACL()).results
