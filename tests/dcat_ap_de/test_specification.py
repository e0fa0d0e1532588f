"""DCAT-AP.de 3.0 property by property: each is written and read, or led to its successor.

specification.csv holds the facts of the specification's class tables (release 3.0, 14 classes, 147
properties): it is typed off from there and not from our mapping.
"""

import csv
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from ckanext.herne.dcat_ap_de import Settings, describe, description, read, record_description
from ckanext.herne.dcat_ap_de.mapping import Former, NodeClass, Property, mapping
from ckanext.herne.dcat_ap_de.writer import catalogue_description
from herne_testing.datasets import MAXIMAL, RELATED, SERIES, SERVICE, SITE, minimal
from rdflib import DCTERMS, RDF, Graph, Literal, URIRef


class Line(NamedTuple):
    """One property of one class as the specification has it."""

    name: str
    term: str
    range: str
    obligation: str
    cardinality: str
    state: str


LINES = [
    Line(*row)
    for row in list(csv.reader(Path(__file__).with_name("specification.csv").open(encoding="utf-8")))[1:]
]
CURRENT = [line for line in LINES if not line.state]
DEPRECATED = [line for line in LINES if line.state]
OTHER_CATALOGUE = {"title": "Teilkatalog", "description": "Ein Teil.", "publisher": MAXIMAL["publisher"]}
CATALOGUE = Settings(
    site_url=SITE,
    issued="2024-01-01",
    modified="2024-06-01T08:00:00+00:00",
    more={
        "rights": "Ohne Gewähr.",
        "catalog": [{"uri": f"{SITE}/k1", **OTHER_CATALOGUE}],
        "has_part": [{"uri": f"{SITE}/k2", **OTHER_CATALOGUE}],
        "is_part_of": {"uri": f"{SITE}/k3", **OTHER_CATALOGUE},
        "applicable_legislation": ["http://data.europa.eu/eli/dir/2019/1024/oj"],
        "creator": [{"name": "Open-Data-Stelle"}],
    },
)
LINKS = {
    "dataset": [MAXIMAL["uri"], SERIES["uri"]],
    "service": [SERVICE["uri"]],
    "record": [f"{MAXIMAL['uri']}#record"],
}


def class_named(name: str) -> NodeClass:
    return next(one for one in mapping().classes.values() if one.types[0].endswith(f"{name}"))


def uri_of(term: str) -> URIRef:
    prefix, _, name = term.partition(":")
    return URIRef(mapping().prefixes[prefix] + name)


def mapped(line: Line) -> Property | Former:
    """The mapping's line for a property of the specification."""
    node_class = class_named(line.name)
    if line.state:
        return next(one for one in node_class.former if one.deprecated and one.predicate == uri_of(line.term))
    return next(
        one
        for one in node_class.properties
        if one.predicate == uri_of(line.term) and not one.described_in and not one.borrowed
    )


@pytest.fixture(scope="module")
def everything() -> Graph:
    """A catalogue in which every property occurs."""
    graph = catalogue_description(CATALOGUE, LINKS).graph + record_description(MAXIMAL, CATALOGUE).graph
    for package in (MAXIMAL, SERIES, SERVICE):
        graph += describe(package, CATALOGUE, RELATED)
    return graph


def ids(lines: list[Line]) -> list[str]:
    return [f"{line.name} {line.term}" for line in lines]


def test_the_specification_has_147_properties_in_14_classes() -> None:
    assert (len(LINES), len({line.name for line in LINES})) == (147, 14)


@pytest.mark.parametrize("line", LINES, ids=ids(LINES))
def test_the_mapping_counts_as_the_specification_does(line: Line) -> None:
    prop = mapped(line)
    assert (prop.obligation, prop.cardinality) == (line.obligation, line.cardinality)
    assert prop.de


def test_the_mapping_claims_nothing_that_the_specification_does_not_say() -> None:
    claimed = {
        (node_class.types[0].rpartition("#")[2].rpartition("/")[2], mapping().short(str(prop.predicate)))
        for node_class in mapping().classes.values()
        if not node_class.described_in
        for prop in node_class.properties
        if not prop.described_in and not prop.borrowed
    }
    assert claimed == {(line.name, line.term) for line in CURRENT}


@pytest.mark.parametrize("line", CURRENT, ids=ids(CURRENT))
def test_a_property_is_written(line: Line, everything: Graph) -> None:
    kind = class_named(line.name).types[0]
    assert any((subject, RDF.type, kind) in everything for subject in everything.subjects(uri_of(line.term)))


@pytest.mark.parametrize("line", CURRENT, ids=ids(CURRENT))
def test_a_property_is_read(line: Line, everything: Graph) -> None:
    """Without its statements the dict lacks something: so each of them was read."""
    predicate, kind = uri_of(line.term), class_named(line.name).types[0]
    without = Graph()
    for subject, said, value in everything:
        if said != predicate or (subject, RDF.type, kind) not in everything:
            without.add((subject, said, value))
    roots = (SITE, MAXIMAL["uri"], SERIES["uri"], SERVICE["uri"])
    assert any(fields(everything, root) != fields(without, root) for root in roots)


def fields(graph: Graph, root: str) -> dict[str, Any]:
    return {key: value for key, value in read(graph, root).items() if key != "further_statements"}


OLD = "https://alt.example.org/d"
OLDER = {
    "dcatde:politicalGeocodingURI": "http://dcat-ap.de/def/politicalGeocoding/stateKey/05",
    "dcatde:geocodingDescription": "Emscherzone",
    "owl:versionInfo": "1.4",
    "dcatde:legalBasis": "Informationsfreiheitsgesetz NRW",
    "dcatde:qualityProcessURI": "https://alt.example.org/pruefung",
    "dct:hasVersion": "https://alt.example.org/d2",
    "dcatde:originator": "Amt für Urheberschaft",
    "dcatde:maintainer": "Amt für Pflege",
}


def node(text: str) -> URIRef | Literal:
    return URIRef(text) if text.startswith("http") else Literal(text)


def old_record(*said: tuple[str, URIRef | Literal]) -> Graph:
    graph = Graph()
    graph.add((URIRef(OLD), RDF.type, uri_of("dcat:Dataset")))
    graph.add((URIRef(OLD), DCTERMS.title, Literal("Alt", lang="de")))
    for term, value in said:
        graph.add((URIRef(OLD), uri_of(term), value))
    return graph


@pytest.mark.parametrize("line", DEPRECATED, ids=ids(DEPRECATED))
def test_a_deprecated_property_is_read_and_written_as_its_successor(line: Line) -> None:
    if line.term == "dct:isVersionOf":
        graph = old_record()
        graph.add((URIRef("https://alt.example.org/d2"), DCTERMS.isVersionOf, URIRef(OLD)))
        text = "https://alt.example.org/d2"
    else:
        text = OLDER[line.term]
        graph = old_record((line.term, node(text)))
    dataset = read(graph, OLD)
    field = mapped(line).field
    assert text in str(dataset[field])
    assert "further_statements" not in dataset
    other = minimal(uri="https://alt.example.org/d2")
    again = describe(dataset, Settings(site_url=SITE), {other["uri"]: other})
    successor = next(prop for prop in class_named("Dataset").properties if prop.field == field)
    assert list(again.objects(URIRef(OLD), successor.predicate))
    assert text in again.serialize(format="nt")


def test_no_deprecated_property_is_ever_written(everything: Graph) -> None:
    written = set(everything.predicates())
    current = {prop.predicate for one in mapping().classes.values() for prop in one.properties}
    former = {line.predicate for one in mapping().classes.values() for line in one.former}
    assert not written & (former - current)


REMOVED = [
    ("dcatde:plannedAvailability", "http://dcat-ap.de/def/plannedAvailability/available", "availability"),
    ("foaf:landingPage", "https://alt.example.org/seite", "url"),
]


@pytest.mark.parametrize(("term", "text", "field"), REMOVED)
def test_a_removed_property_is_read(term: str, text: str, field: str) -> None:
    dataset = read(old_record((term, node(text))), OLD)
    assert dataset[field]
    assert "further_statements" not in dataset
    again = describe(dataset, Settings(site_url=SITE))
    assert uri_of(term) not in set(again.predicates())


VERSION_1 = """
@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix adms: <http://www.w3.org/ns/adms#> . @prefix spdx: <http://spdx.org/rdf/terms#> .
@prefix schema: <http://schema.org/> . @prefix dcatde: <http://dcat-ap.de/def/dcatde/1_0/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix locn: <http://www.w3.org/ns/locn#> . @prefix vcard: <http://www.w3.org/2006/vcard/ns#> .
<https://alt.example.org/d> a dcat:Dataset ; dct:title "Brunnen" ; dct:description "Alle Brunnen" ;
    dct:publisher [ a foaf:Organization ; foaf:name "Stadt Herne" ] ;
    dcat:contactPoint [ a vcard:Organization ; vcard:fn "Amt" ;
        vcard:hasEmail [ vcard:hasValue <mailto:a@herne.de> ] ] ;
    dcatde:contributorID <http://dcat-ap.de/def/contributors/openNRW> ;
    dcatde:originator [ a foaf:Organization ; foaf:name "Vermessung" ] ;
    dct:temporal [ a dct:PeriodOfTime ; schema:startDate "2010-01-01"^^xsd:date ;
        schema:endDate "2011-12-31"^^xsd:date ] ;
    dct:spatial [ a dct:Location ; locn:geometry "POINT (7.2 51.5)" ] ;
    dct:language <http://publications.europa.eu/mdr/authority/language/DEU> ;
    dcat:distribution [ a dcat:Distribution ; dcat:accessURL <https://alt.example.org/brunnen.csv> ;
        dct:license <https://www.govdata.de/dl-de/by-2-0> ; dcatde:plannedAvailability
            <http://dcat-ap.de/def/plannedAvailability/stable> ; dcat:byteSize "12.0"^^xsd:decimal ;
        adms:status <http://purl.org/adms/status/Completed> ;
        spdx:checksum [ a spdx:Checksum ;
            spdx:checksumValue "d41d8cd98f00b204e9800998ecf8427e"^^xsd:hexBinary ;
            spdx:algorithm <http://dcat-ap.de/def/hashAlgorithms/md/5> ] ] .
"""


def test_a_record_of_the_first_version_comes_in_whole() -> None:
    dataset = read(Graph().parse(data=VERSION_1, format="turtle"), OLD)
    assert "further_statements" not in dataset
    assert dataset["contact"] == [{"name": "Amt", "email": "a@herne.de"}]
    assert dataset["originator"] == [{"name": "Vermessung"}]
    assert dataset["temporal_coverage"] == [{"start": "2010-01-01", "end": "2011-12-31"}]
    assert dataset["spatial_coverage"] == [{"geom": '{"type":"Point","coordinates":[7.2,51.5]}'}]
    (file,) = dataset["resources"]
    assert file["size"] == 12
    assert file["availability"].endswith("planned-availability/STABLE")
    assert file["status"].endswith("distribution-status/COMPLETED")
    assert file["hash_algorithm"] == "http://spdx.org/rdf/terms#checksumAlgorithm_md5"
    assert dataset["license_id"] == "dl-de/by-2.0"
    assert description(dataset, Settings(site_url=SITE)).problems == ()


COLLECTION = """
@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
<https://alt.example.org/sammlung> a dcat:Dataset ; dct:title "Haushalte" ;
    dct:type <http://dcat-ap.de/def/datasetTypes/collection> ;
    dct:hasVersion <https://alt.example.org/h1>, <https://alt.example.org/h2> .
<https://alt.example.org/h1> a dcat:Dataset ; dct:title "Haushalt 1" .
<https://alt.example.org/h2> a dcat:Dataset ; dct:title "Haushalt 2" .
"""


def test_a_collection_of_version_2_becomes_a_series() -> None:
    graph = Graph().parse(data=COLLECTION, format="turtle")
    series = read(graph, "https://alt.example.org/sammlung")
    assert series == {
        "uri": "https://alt.example.org/sammlung",
        "title": "Haushalte",
        "type": "dataset_series",
    }
    for member in ("h1", "h2"):
        found = read(graph, f"https://alt.example.org/{member}")
        assert found["in_series"] == ["https://alt.example.org/sammlung"]
