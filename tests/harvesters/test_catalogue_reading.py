"""What a record of another portal says is in the new graph, or told: no statement is lost on the way in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ckanext.herne.dcat_ap_de import Settings, describe, reading, record_description
from ckanext.herne.harvesters.catalogues import refusals
from ckanext.herne.harvesters.catalogues.collect import catalogue
from ckanext.herne.harvesters.catalogues.records import records, undescribed
from ckanext.herne.harvesters.operations.errors import SourceError
from ckanext.herne.licenses.register import licence
from herne_testing.datasets import MAXIMAL, RELATED, SERIES, SERVICE, SETTINGS
from herne_testing.needs import SHARED
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import DCAT, DCTERMS, RDF, BNode, Graph, Literal, Namespace, Node, URIRef

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ckanext.herne.harvesters.operations.http import Http

SAMPLES = Path(__file__).parent / "catalogues"
REAL = sorted((SHARED / "fixtures" / "real" / "dcat").glob("ckanext*.rdf"))
SOURCE = "https://alt.example.org/katalog"
# ckanext-dcat's and other portals' own words, and classes, which say nothing about the data
OUR_OWN = (RDF.type,)


def closure(graph: Graph, node: Node) -> Iterator[tuple[Node, Node, Node]]:
    """All statements about a record and about the nodes that it alone is made of."""
    todo, seen = [node], set[Node]()
    while todo:
        subject = todo.pop()
        if subject in seen:
            continue
        seen.add(subject)
        for predicate, value in graph.predicate_objects(subject):
            yield subject, predicate, value
            if isinstance(value, BNode) or predicate == DCAT.distribution:
                todo.append(value)


def untold(graph: Graph, node: Node) -> list[tuple[Node, Node, Node]]:
    """The statements about a record that are neither written again, nor told by a note, nor listed."""
    said = reading(graph, node)
    others = {record.guid: reading(graph, record.node).dataset for record in records(graph, SOURCE)}
    again = describe(said.dataset, SETTINGS, others)
    again += record_description(said.dataset, SETTINGS).graph
    # a text without a language gets the portal's, so texts are compared without it
    written = {(predicate, plain(value)) for _, predicate, value in again}
    values = {text for _, text in written}
    stored = json.dumps(said.dataset)
    told = {note.value for note in said.notes}
    listed = {entry["value"] for entry in said.dataset.get("further_statements", [])}
    return [
        triple
        for triple in closure(graph, node)
        if not isinstance(triple[2], BNode)
        and triple[1] not in OUR_OWN
        and (triple[1], plain(triple[2])) not in written
        and str(triple[2]) not in told | listed
        and not (isinstance(triple[2], URIRef) and f'"{triple[2]}"' in stored)
        and not (isinstance(triple[0], BNode) and plain(triple[2]) in values)  # only wrapped a value
        and not _is_licence(triple, values)
    ]


def plain(value: Node) -> str:
    """A value without the blanks around it and with one kind of line end."""
    return "\n".join(str(value).split("\r\n")).strip()


def _is_licence(triple: tuple[Node, Node, Node], written: set[str]) -> bool:
    """A licence of the whole dataset is said by its distributions."""
    known = licence(str(triple[2])) if triple[1] == DCTERMS.license else None
    return known is not None and known.uri in written


@pytest.mark.parametrize("name", ["version_1.ttl", "version_2.rdf", "version_3.jsonld"])
def test_no_statement_of_a_sample_is_lost(name: str, http: Http) -> None:
    found = catalogue(str(SAMPLES / name), http).graph
    present = records(found, SOURCE)
    assert present
    for record in present:
        assert untold(found, record.node) == []


@pytest.mark.needs("shared")
@pytest.mark.parametrize("path", REAL, ids=[path.stem for path in REAL])
def test_no_statement_of_a_real_record_is_lost(path: Path, http: Http) -> None:
    found = catalogue(str(path), http).graph
    for record in records(found, SOURCE):
        assert untold(found, record.node) == []


EX = Namespace("https://alt.example.org/def#")
TERMS = [
    DCTERMS.title, DCTERMS.description, DCTERMS.publisher, DCTERMS.spatial, DCTERMS.temporal, DCTERMS.issued,
    DCTERMS.license, DCTERMS.identifier, DCAT.theme, DCAT.keyword, DCAT.contactPoint,
    DCTERMS.accrualPeriodicity, DCTERMS.provenance, DCTERMS.hasVersion, EX.colour,
]  # fmt: skip
TEXTS = st.sampled_from(["rot", "2020-01-01", "https://alt.example.org/x", "-5", "Grün & Blau"])
LEAF = st.one_of(
    TEXTS.map(Literal),
    st.builds(Literal, TEXTS, lang=st.sampled_from(["de", "en", "tr"])),
    st.sampled_from(["https://alt.example.org/y", "urn:x:1"]).map(URIRef),
)
INNER = st.lists(st.tuples(st.sampled_from(TERMS), LEAF), max_size=3)
STATEMENTS = st.lists(st.tuples(st.sampled_from(TERMS), st.one_of(LEAF, INNER)), max_size=8)


@settings(max_examples=200, deadline=None)
@given(STATEMENTS)
def test_no_statement_whatsoever_is_lost(statements: list[tuple[URIRef, Any]]) -> None:
    graph, node = Graph(), URIRef("https://alt.example.org/d")
    graph.add((node, RDF.type, DCAT.Dataset))
    for predicate, value in statements:
        inner = BNode() if isinstance(value, list) else value
        graph.add((node, predicate, inner))
        for deeper, leaf in value if isinstance(value, list) else ():
            graph.add((inner, deeper, leaf))
    assert untold(graph, node) == []


def test_nodes_that_lead_to_each_other_end() -> None:
    graph, node, one, other = Graph(), URIRef("https://alt.example.org/d"), BNode(), BNode()
    for triple in [
        (node, RDF.type, DCAT.Dataset),
        (node, DCTERMS.title, Literal("Kreis")),
        (node, DCTERMS.relation, one),
        (one, DCTERMS.relation, other),
        (other, DCTERMS.relation, one),
        (one, DCTERMS.spatial, one),
        (node, DCTERMS.source, node),
        (one, DCAT.distribution, node),
    ]:
        graph.add(triple)
    assert reading(graph, node).dataset["title"] == "Kreis"


def test_records_are_datasets_series_and_services_wherever_they_are_listed() -> None:
    graph = Graph()
    for package in (MAXIMAL, SERIES, SERVICE):
        graph += describe(package, SETTINGS, RELATED)
    for uri in (SERIES["uri"], SERVICE["uri"]):
        graph.remove((URIRef(uri), RDF.type, DCAT.Dataset))
    found = {record.guid for record in records(graph, SOURCE)}
    assert {MAXIMAL["uri"], SERIES["uri"], SERVICE["uri"]} <= found
    assert not any("/resource/" in guid for guid in found)


NAMELESS = """
@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
[] a dcat:Dataset ; dct:title "Eins" ; dct:identifier "nr-1" .
[] a dcat:Dataset ; dct:title "Zwei" .
<https://alt.example.org/k> a dcat:Catalog ; dcat:dataset <https://alt.example.org/fehlt> .
"""


def test_nameless_records_are_known_again() -> None:
    runs = [
        [record.guid for record in records(Graph().parse(data=NAMELESS, format="turtle"), SOURCE)]
        for _ in range(2)
    ]
    assert runs[0] == runs[1]
    assert len(runs[0]) == 2
    assert f"{SOURCE}#nr-1" in runs[0]
    graph = Graph().parse(data=NAMELESS, format="turtle")
    assert undescribed(graph) == ["https://alt.example.org/fehlt"]


def refusing(**bad: Any) -> Any:
    """Checks that refuse the values given, wherever a field of that name holds them, and want a title."""

    def check(dataset: dict[str, Any]) -> dict[str, Any]:
        errors: dict[str, Any] = {} if dataset.get("title") else {"title": ["Missing value"]}
        for field, value in bad.items():
            held = dataset.get(field)
            if held == value or (isinstance(held, list) and value in held):
                errors[field] = [f"not {value}"]
        resources = [
            {field: [f"not {value}"] for field, value in bad.items() if resource.get(field) == value}
            | ({} if resource.get("url") else {"url": ["Missing value"]})
            for resource in dataset.get("resources", [])
        ]
        return errors | ({"resources": resources} if any(resources) else {})

    return check


def test_a_refused_value_moves_to_the_further_statements() -> None:
    dataset = {"uri": "u", "title": "T", "theme": ["a", "b"], "resources": [{"url": "x", "size": "viel"}]}
    kept, notes = refusals.acceptable(dataset, refusing(theme="b", size="viel"))
    assert kept["theme"] == ["a"]
    assert kept["resources"] == [{"url": "x"}]
    assert kept["further_statements"] == [
        {"property": "dcat:theme", "value": "b"},
        {"property": "dcat:distribution / dcat:byteSize", "value": "viel"},
    ]
    assert [(note.kind, note.value, note.result) for note in notes] == [
        ("refused", "b", "not b"),
        ("refused", "viel", "not viel"),
    ]
    assert dataset["theme"] == ["a", "b"]


def test_an_entry_that_lacks_something_goes_whole_and_the_others_stay() -> None:
    dataset = {"title": "T", "resources": [{"name": "ohne"}, {"name": "mit", "url": "x"}]}
    kept, _notes = refusals.acceptable(dataset, refusing())
    assert kept["resources"] == [{"name": "mit", "url": "x"}]
    assert kept["further_statements"] == [{"property": "dcat:distribution / dct:title", "value": "ohne"}]


@pytest.mark.parametrize("dataset", [{"notes": "n"}, {"title": "", "resources": []}])
def test_a_mandatory_field_without_value_is_an_error_that_names_it(dataset: dict[str, Any]) -> None:
    with pytest.raises(refusals.MissingError) as found:
        refusals.acceptable(dataset, refusing())
    assert (found.value.field, found.value.term) == ("title", "dct:title")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html><body>Wartung<br></body></html>", "RDF"),
        (b"@prefix dcat: <http://www.w3.org/ns/dcat#> . <a> a dcat:Dataset ; dct", "RDF"),
        (b'{"@context": "https://example.org/context.jsonld"}', "Kontext"),
        (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "Entit"),
    ],
)
def test_a_broken_document_is_an_error_with_source_and_remedy(
    content: bytes, words: str, tmp_path: Path, http: Http, site: Any
) -> None:
    path = tmp_path / "katalog"
    path.write_bytes(content)
    with pytest.raises(SourceError) as found:
        catalogue(str(path), http)
    assert str(path) in str(found.value)
    assert words in str(found.value)
    assert found.value.remedy


def test_the_mapping_reads_what_it_writes_under_another_address() -> None:
    """A portal that moves keeps the addresses of its records."""
    old = Settings(site_url="https://alt.example.org")
    own = {**MAXIMAL, "uri": "", "resources": [{"id": "r1", "url": "https://alt.example.org/a.csv"}]}
    graph = describe(own, old)
    (record,) = [
        one for one in records(graph, SOURCE) if "/dataset/" in one.guid and one.title == MAXIMAL["title"]
    ]
    said = reading(graph, record.node).dataset
    again = describe({**said, "id": "neu"}, Settings(site_url="https://neu.example.org"))
    assert record.node in set(again.subjects())
    assert said["resources"][0]["uri"].startswith(f"{record.guid}/resource/")
