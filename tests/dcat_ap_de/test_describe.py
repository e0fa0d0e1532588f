"""Describing: what the specification and GovData's harvester ask of a dataset's graph."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ckanext.herne.dcat_ap_de import (
    Problem,
    describe,
    description,
    record_description,
)
from ckanext.herne.dcat_ap_de.writer import catalogue_description
from herne_testing.datasets import (
    BBOX,
    DE,
    EU,
    MAXIMAL,
    RELATED,
    SERIES,
    SERVICE,
    SETTINGS,
    SITE,
    maximal,
    minimal,
    resource,
)
from herne_testing.judge import verdict_on
from rdflib import DCAT, DCTERMS, FOAF, RDF, XSD, BNode, Graph, Literal, Namespace, Node, URIRef

DCATAP = Namespace("http://data.europa.eu/r5r/")
DCATDE = Namespace(f"{DE}/dcatde/")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
LOCN = Namespace("http://www.w3.org/ns/locn#")
SKOS = Namespace("http://www.w3.org/2004/02/skos/core#")
ME = URIRef(f"{SITE}/dataset/{minimal()['id']}")
MY_RESOURCE = URIRef(f"{ME}/resource/00000000-0000-4000-8000-00000000000a")
HERNE = URIRef(f"{DE}/politicalGeocoding/districtKey/05916")
WKT = URIRef("http://www.opengis.net/ont/geosparql#wktLiteral")


def keys(problems: tuple[Problem, ...]) -> list[tuple[str, str]]:
    return [(problem.key, problem.field) for problem in problems]


@pytest.mark.needs("shared")
@pytest.mark.parametrize(
    ("package", "flags", "link"),
    [
        (minimal(), (), "dataset"),
        (maximal(), ("--hvd",), "dataset"),
        (SERIES, ("--hvd",), "dataset"),
        (SERVICE, ("--hvd",), "service"),
    ],
    ids=["minimal", "maximal", "series", "service"],
)
def test_the_official_shapes_find_nothing(
    package: dict[str, Any], flags: tuple[str, ...], link: str, tmp_path: Path
) -> None:
    described, record = description(package, SETTINGS, RELATED), record_description(package, SETTINGS)
    links = {link: [str(described.uri)], "record": [str(record.uri)]}
    whole = describe(package, SETTINGS, RELATED)
    graph = whole + record.graph + catalogue_description(SETTINGS, links).graph
    _, output = verdict_on(graph, tmp_path, "--strict", "--warnings", *flags)
    assert ", 0 violations, 0 warnings, 0 infos" in output
    assert described.problems == ()


@pytest.mark.needs("shared")
def test_the_judge_finds_what_is_missing(tmp_path: Path) -> None:
    graph = describe(minimal(), SETTINGS)
    graph.remove((ME, DCTERMS.publisher, None))
    assert verdict_on(graph, tmp_path, "--strict")[0] == 1


def test_there_are_no_blank_nodes() -> None:
    graph = describe(maximal(), SETTINGS)
    assert not [term for triple in graph for term in triple if isinstance(term, BNode)]


def test_every_node_with_facts_is_reached_from_the_dataset() -> None:
    graph = describe(maximal(), SETTINGS, RELATED)
    reached: set[Node] = set()
    todo: list[Node] = [URIRef(MAXIMAL["uri"])]
    while todo:
        node = todo.pop()
        if node not in reached:
            reached.add(node)
            todo += list(graph.objects(node))
    assert set(graph.subjects()) <= reached


def test_texts_carry_their_language_and_names_do_not() -> None:
    graph = describe(maximal(), SETTINGS)
    me = URIRef(MAXIMAL["uri"])
    assert set(graph.objects(me, DCTERMS.title)) == {
        Literal("Radverkehr an Dauerzählstellen", lang="de"),
        Literal("Bicycle traffic at permanent counting stations", lang="en"),
    }
    assert set(graph.objects(me, DCTERMS.description)) == {
        Literal(MAXIMAL["notes"], lang="de"),
        Literal("Hourly values of all stations.", lang="en"),
        Literal("Uurwaarden van alle tellers.", lang="nl"),
    }
    assert set(graph.objects(me, DCAT.keyword)) == {
        Literal("fahrrad", lang="de"),
        Literal("verkehr", lang="de"),
        Literal("bicycle", lang="en"),
        Literal("traffic", lang="en"),
    }
    assert graph.value(URIRef("https://www.herne.de"), FOAF.name) == Literal("Stadt Herne")


def test_a_silent_dataset_speaks_with_the_portals_voice() -> None:
    graph = describe(minimal(), SETTINGS)
    publisher = URIRef("https://www.herne.de")
    assert list(graph.objects(ME, DCTERMS.publisher)) == [publisher]
    assert (publisher, RDF.type, FOAF.Agent) in graph
    assert list(graph.objects(ME, DCATDE.contributorID)) == [URIRef(f"{DE}/contributors/openNRW")]
    assert list(graph.objects(ME, DCTERMS.identifier)) == [Literal(str(ME))]
    (contact,) = graph.objects(ME, DCAT.contactPoint)
    assert (contact, RDF.type, VCARD.Kind) in graph
    assert list(graph.objects(contact, VCARD.hasEmail)) == [URIRef("mailto:opendata@herne.de")]


def test_ckans_own_times_are_utc() -> None:
    graph = describe(minimal(), SETTINGS)
    modified = graph.value(ME, DCTERMS.modified)
    assert isinstance(modified, Literal)
    assert (str(modified), modified.datatype) == ("2024-05-02T10:00:00.123456+00:00", XSD.dateTime)


@pytest.mark.parametrize(
    ("text", "written", "datatype"),
    [
        ("2024", "2024", XSD.gYear),
        ("2024-02", "2024-02", XSD.gYearMonth),
        ("2024-02-29", "2024-02-29", XSD.date),
        ("2024-02-29T12:00", "2024-02-29T12:00:00", XSD.dateTime),
        ("2024-02-29 12:00:00.5Z", "2024-02-29T12:00:00.500000+00:00", XSD.dateTime),
        (" 2024-02-29T12:00:00+02:00 ", "2024-02-29T12:00:00+02:00", XSD.dateTime),
    ],
)
def test_dates_are_typed(text: str, written: str, datatype: URIRef) -> None:
    value = describe(minimal(issued=text), SETTINGS).value(ME, DCTERMS.issued)
    assert isinstance(value, Literal)
    assert (str(value), value.datatype) == (written, datatype)


@pytest.mark.parametrize(
    "text",
    [
        "gestern",
        "31.02.2024",
        "2024-02-30",
        "2024-13",
        "0000",
        "2024-01-01T25:00",
        "1;2",
        "99999-01-01",
        "x" * 99,
    ],
)
def test_a_date_that_is_none_gives_way_and_is_told(text: str) -> None:
    described = description(minimal(modified=text), SETTINGS)
    assert keys(described.problems) == [("not_a_date", "modified")]
    assert str(described.graph.value(ME, DCTERMS.modified)).startswith("2024-05-02")
    assert text[:20] in described.problems[0].message("de")


def test_a_resource_inherits_the_datasets_licence_or_has_its_own() -> None:
    licensed = minimal(
        license_id="dl-de/by-2.0",
        resources=[resource(id="a"), resource(id="b", license_id="cc-zero"), resource(id="c", license_id="")],
    )
    graph = describe(licensed, SETTINGS)
    found = {str(node)[-1]: str(uri) for node, uri in graph.subject_objects(DCTERMS.license)}
    by = f"{DE}/licenses/dl-by-de/2.0"
    assert found == {"a": by, "b": f"{DE}/licenses/cc-zero", "c": by}


def test_without_any_licence_the_portals_default_holds() -> None:
    graph = describe(minimal(license_id=None), SETTINGS)
    assert str(graph.value(MY_RESOURCE, DCTERMS.license)) == f"{DE}/licenses/dl-zero-de/2.0"


@pytest.mark.parametrize(
    ("licence", "key", "uri"),
    [
        ("meine-lizenz", "unknown_licence", None),
        ("https://example.org/lizenz", "foreign_licence", "https://example.org/lizenz"),
        ("other-closed", "closed_licence", f"{DE}/licenses/other-closed"),
    ],
)
def test_a_doubtful_licence_is_never_dropped_silently(licence: str, key: str, uri: str | None) -> None:
    described = description(minimal(resources=[resource(license_id=licence)]), SETTINGS)
    assert keys(described.problems) == [(key, "license_id")]
    value = described.graph.value(MY_RESOURCE, DCTERMS.license)
    assert (str(value) if value else None) == uri


@pytest.mark.parametrize(
    ("fields", "access", "download"),
    [
        ({"url": "https://x.org/a.csv"}, "https://x.org/a.csv", "https://x.org/a.csv"),
        ({"url": "https://x.org/a.tar.gz?v=1"}, "https://x.org/a.tar.gz?v=1", "https://x.org/a.tar.gz?v=1"),
        ({"url": "https://x.org/seite"}, "https://x.org/seite", None),
        ({"url": "https://x.org/seite.html"}, "https://x.org/seite.html", None),
        ({"url": "https://x.org/f", "url_type": "upload"}, "https://x.org/f", "https://x.org/f"),
        (
            {"url": "https://x.org/s", "download_url": "https://x.org/f.zip"},
            "https://x.org/s",
            "https://x.org/f.zip",
        ),
        (
            {"url": "_datastore_only_resource", "datastore_active": True, "id": "r"},
            f"{ME}/resource/r",
            f"{SITE}/datastore/dump/r",
        ),
        ({"url": ""}, str(MY_RESOURCE), None),
    ],
)
def test_where_a_resource_is_found(fields: dict[str, Any], access: str, download: str | None) -> None:
    graph = describe(minimal(resources=[resource(**fields)]), SETTINGS)
    assert [str(url) for url in graph.objects(None, DCAT.accessURL)] == [access]
    assert [str(url) for url in graph.objects(None, DCAT.downloadURL)] == ([download] if download else [])


@pytest.mark.parametrize(
    ("fields", "code", "media"),
    [
        ({"format": "csv"}, "CSV", "text/csv"),
        ({"format": "GeoJSON"}, "GEOJSON", "application/geo+json"),
        ({"format": "WMS"}, "WMS_SRVC", "application/vnd.ogc.wms_xml"),
        ({"format": "", "mimetype": "application/pdf"}, "PDF", "application/pdf"),
        ({"format": None, "url": "https://x.org/a.xlsx"}, "XLSX", None),
        ({"format": "SHP"}, "SHP", "application/vnd.shp"),
    ],
)
def test_formats_become_file_types(fields: dict[str, Any], code: str, media: str | None) -> None:
    graph = describe(minimal(resources=[resource(**fields)]), SETTINGS)
    file_type = URIRef(f"{EU}/file-type/{code}")
    assert list(graph.objects(None, DCTERMS["format"])) == [file_type]
    assert (file_type, RDF.type, DCTERMS.MediaTypeOrExtent) in graph
    if media:
        assert [str(uri).split("/", 5)[-1] for uri in graph.objects(None, DCAT.mediaType)] == [media]


def test_an_unknown_format_is_told_and_the_file_name_helps() -> None:
    described = description(
        minimal(resources=[resource(format="Tabelle", url="https://x.org/a.csv")]), SETTINGS
    )
    assert keys(described.problems) == [("unknown_term", "format")]
    assert (None, DCTERMS["format"], URIRef(f"{EU}/file-type/CSV")) in described.graph


def test_an_unknown_term_names_its_neighbour() -> None:
    (problem,) = description(minimal(theme=["Verkeer", "ENVI"]), SETTINGS).problems
    assert "Verkehr" in problem.message("de")
    assert "Verkehr" in problem.message("en")


@pytest.mark.parametrize("spelling", ["TRAN", "verkehr", "Transport", f"{EU}/data-theme/TRAN"])
def test_terms_are_understood_in_any_spelling(spelling: str) -> None:
    graph = describe(minimal(theme=spelling), SETTINGS)
    assert list(graph.objects(ME, DCAT.theme)) == [URIRef(f"{EU}/data-theme/TRAN")]


def test_a_shared_place_says_the_same_whoever_names_it() -> None:
    elsewhere = '{"type":"Polygon","coordinates":[[[7.0,51.0],[8.0,51.0],[8.0,52.0],[7.0,51.0]]]}'
    ways = [
        {"uri": str(HERNE)},
        {"uri": str(HERNE), "bbox": BBOX},
        {"uri": str(HERNE), "bbox": elsewhere, "text": "Mein Herne"},
    ]
    described = [
        describe(minimal(id=f"d{n}", spatial_coverage=[way]), SETTINGS) for n, way in enumerate(ways)
    ]
    said = [set(graph.predicate_objects(HERNE)) for graph in described]
    assert said[0] == said[1] == said[2]
    merged = described[0] + described[1] + described[2]
    assert len(set(merged.objects(HERNE, DCAT.bbox))) == 1
    own = URIRef(f"{SITE}/dataset/d2#spatial-coverage-2")
    assert (own, SKOS.exactMatch, HERNE) in merged
    assert (own, SKOS.prefLabel, Literal("Mein Herne", lang="de")) in merged
    assert len(set(merged.objects(own, DCAT.bbox))) == 1


@pytest.mark.parametrize(
    "value",
    [
        BBOX,
        "7.123447,51.503117,7.296311,51.573406",
        "POLYGON ((7.296311 51.503117, 7.296311 51.573406, 7.123447 51.573406, 7.123447 51.503117, "
        "7.296311 51.503117))",
        "<http://www.opengis.net/def/crs/EPSG/0/4326> POLYGON ((51.503117 7.296311, 51.573406 7.296311, "
        "51.573406 7.123447, 51.503117 7.123447, 51.503117 7.296311))",
    ],
)
def test_geometries_become_wkt_literals(value: str) -> None:
    graph = describe(minimal(spatial_coverage=[{"bbox": value}]), SETTINGS)
    (literal,) = graph.objects(None, DCAT.bbox)
    assert isinstance(literal, Literal)
    assert literal.datatype == WKT
    assert str(literal).startswith("POLYGON ((7.296311 51.503117,")


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("irgendwo", "no_geometry"),
        ('{"type":"Polygon"}', "no_geometry"),
        ("[" * 5000, "no_geometry"),
        ("POINT (371234 5711234)", "no_degrees"),
        ("POINT EMPTY", "no_geometry"),
        ("7,51", "no_geometry"),
    ],
)
def test_what_is_no_geometry_is_told(value: str, key: str) -> None:
    described = description(minimal(spatial_coverage=[{"text": "Hier", "bbox": value}]), SETTINGS)
    assert keys(described.problems) == [(key, "bbox")]
    assert (None, SKOS.prefLabel, Literal("Hier", lang="de")) in described.graph


def test_a_geometry_is_a_node_never_a_literal() -> None:
    graph = describe(maximal(), SETTINGS)
    geometries = list(graph.objects(None, LOCN.geometry))
    assert geometries
    assert all(isinstance(node, URIRef) and (node, RDF.type, LOCN.Geometry) in graph for node in geometries)


def test_an_hvd_names_its_regulation_on_dataset_and_resources() -> None:
    graph = describe(minimal(hvd_category=["Mobilität"]), SETTINGS)
    regulation = URIRef("http://data.europa.eu/eli/reg_impl/2023/138/oj")
    assert {ME, MY_RESOURCE} == set(graph.subjects(DCATAP.applicableLegislation, regulation))


@pytest.mark.parametrize(
    ("field", "value", "key"),
    [
        ("publisher", [{"email": "a@b.de"}], "incomplete"),
        ("publisher", ["Stadt Herne"], "not_an_entry"),
        ("contact", [{"name": "x", "url": "https://a.de", "email": "keine"}], "not_an_email"),
        ("contact", [{"name": "x", "url": "https://a.de", "telephone": "ruf an"}], "not_a_telephone"),
        ("contact", [{"name": "x"}], "incomplete"),
        ("title_translated", {"auf Englisch": "x"}, "not_a_language"),
        ("title_translated", ["x"], "not_an_entry"),
        ("temporal_resolution", "stündlich", "not_a_duration"),
        ("spatial_resolution_in_meters", "grob", "not_a_measure"),
        ("in_series", ["https://anderswo.example.org/reihe"], "not_described"),
        ("url", "www.herne.de", "not_a_uri"),
        ("url", "javascript:alert(1)", "not_a_uri"),
        ("language", ["klingonisch"], "unknown_term"),
        ("title", {"de": "x"}, "not_a_text"),
    ],
)
def test_what_cannot_be_said_is_told(field: str, value: Any, key: str) -> None:
    described = description(minimal(**{field: value}), SETTINGS)
    assert {problem.key for problem in described.problems} == {key}
    assert described.graph.value(ME, DCTERMS.publisher) == URIRef("https://www.herne.de")
    assert all(problem.message("de") and problem.message("en") for problem in described.problems)


def test_two_publishers_are_not_silently_one() -> None:
    graph = describe(minimal(publisher=[{"name": "A"}, {"name": "B"}]), SETTINGS)
    assert len(set(graph.objects(ME, DCTERMS.publisher))) == 2


def test_control_characters_never_reach_a_feed() -> None:
    graph = describe(minimal(title="a\x00\x0b\ud800\ufffeb", notes="c\r\nd"), SETTINGS)
    assert graph.value(ME, DCTERMS.title) == Literal("ab", lang="de")
    assert graph.value(ME, DCTERMS.description) == Literal("c\nd", lang="de")
    for form in ("xml", "turtle", "json-ld", "nt"):
        assert Graph().parse(data=graph.serialize(format=form), format=form).isomorphic(graph)


def test_a_draft_without_id_can_be_described() -> None:
    described = description({"title": "Entwurf", "resources": [{"url": "https://x.org/a.csv"}]}, SETTINGS)
    assert str(described.uri) == f"{SITE}/dataset/entwurf"
    assert (described.uri, DCAT.distribution, URIRef(f"{SITE}/dataset/entwurf/resource/1")) in described.graph


def test_a_harvested_dataset_keeps_its_uris() -> None:
    foreign = minimal(
        uri="https://alt.example.org/d/1", resources=[resource(uri="https://alt.example.org/r/1")]
    )
    described = description(foreign, SETTINGS)
    assert str(described.uri) == "https://alt.example.org/d/1"
    assert list(described.graph.objects(described.uri, DCAT.distribution)) == [
        URIRef("https://alt.example.org/r/1")
    ]


def test_a_demo_says_so_in_the_catalogue() -> None:
    graph = catalogue_description(SETTINGS.__class__(site_url=SITE, demo=True), {}).graph
    assert "erfundene Daten" in str(graph.value(URIRef(SITE), DCTERMS.title))
    assert "erfunden" in str(graph.value(URIRef(SITE), DCTERMS.description))


def test_an_empty_catalogue_is_whole() -> None:
    graph = catalogue_description(SETTINGS, {}).graph
    catalogue = URIRef(SITE)
    stated = {"title", "description", "publisher", "language", "license", "spatial", "issued", "modified"}
    assert all(graph.value(catalogue, DCTERMS[name]) for name in stated)
    assert graph.value(catalogue, FOAF.homepage) == URIRef(f"{SITE}/")
    assert not list(graph.objects(catalogue, DCAT.dataset))


BYTES = """
import sys
from herne_testing.datasets import MAXIMAL, RELATED, SETTINGS
from ckanext.herne.dcat_ap_de import describe
from ckanext.herne.feed.syntaxes import SYNTAXES, body
for syntax in SYNTAXES:
    sys.stdout.write(body(describe(MAXIMAL, SETTINGS, RELATED), syntax))
"""


def test_the_same_dataset_gives_the_same_bytes_in_every_process() -> None:
    support = str(Path(__file__).parents[1] / "support")
    outputs = {
        subprocess.run(
            [sys.executable, "-c", BYTES],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": support},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(outputs) == 1
    assert len(outputs.pop()) > 10_000
