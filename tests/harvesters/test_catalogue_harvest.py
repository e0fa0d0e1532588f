"""Whole catalogues move into the real portal through the harvester `herne_dcat`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from ckan.cli.cli import ckan as ckan_command
from ckanext.harvest.model import HarvestSource
from ckanext.herne.dcat_ap_de import describe, reading
from ckanext.herne.harvesters.catalogues.records import records
from ckanext.herne.harvesters.operations import storing
from click.testing import CliRunner
from herne_testing import judge
from herne_testing.datasets import MAXIMAL, RELATED, SERIES, SERVICE, SETTINGS
from herne_testing.needs import SHARED
from herne_testing.runs import run
from rdflib import DCAT, DCTERMS, RDF, Graph, Literal, URIRef
from rdflib.compare import graph_diff, to_isomorphic
from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.usefixtures("site")

SAMPLES = Path(__file__).parent / "catalogues"
REAL = sorted((SHARED / "fixtures" / "real" / "dcat").glob("ckanext*.rdf"))
# What the portal says where a record is silent: its defaults, and when it got the record.
OF_THE_PORTAL = {
    DCTERMS.spatial,
    DCTERMS.language,
    DCTERMS.issued,
    DCTERMS.modified,
    URIRef("http://dcat-ap.de/def/dcatde/politicalGeocodingLevelURI"),
}
TYPES = {".ttl": "text/turtle", ".rdf": "application/rdf+xml", ".jsonld": "application/ld+json"}


class Portal:
    """An old portal: what `pages` has by path; a number is an error's status."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[str, bytes] | int] = {}
        self.url = ""

    def __call__(self, environ: Any, start_response: Any) -> Any:
        path = "/" + Request(environ).full_path.rstrip("?").split("/", 2)[2]
        page = self.pages.get(path, 404)
        answer = Response(status=page) if isinstance(page, int) else Response(page[1], mimetype=page[0])
        return answer(environ, start_response)

    def show(self, graph: Graph | bytes | int, kind: str = "text/turtle", path: str = "/catalog") -> None:
        content = graph.serialize(format="turtle", encoding="utf-8") if isinstance(graph, Graph) else graph
        self.pages[path] = content if isinstance(content, int) else (kind, content)


@pytest.fixture
def old(serve: Callable[[Any], str]) -> Portal:
    portal = Portal()
    # no two sources have the same address, also if the system gives a port twice
    portal.url = f"{serve(portal)}/{uuid4().hex}"
    return portal


@pytest.fixture
def source(site: dict[str, Any], old: Portal, request: pytest.FixtureRequest) -> Any:
    """Makes a harvest source at the old portal; everything it brought is purged after the test."""
    made: list[str] = []

    def make(config: str = "", title: str = "Altes Portal") -> HarvestSource:
        name = f"q-{abs(hash((request.node.name, len(made)))):x}"[:40]
        data = {
            "name": name,
            "title": title,
            "url": f"{old.url}/catalog{len(made) or ''}",
            "source_type": "herne_dcat",
            "frequency": "MANUAL",
            "owner_org": "stadt-herne",
            "config": config,
        }
        made.append(tk.get_action("harvest_source_create")(dict(site), data)["id"])
        return HarvestSource.get(made[-1])

    yield make
    model.Session.rollback()
    for source_id in made:
        tk.get_action("harvest_source_clear")(dict(site), {"id": source_id})
        tk.get_action("harvest_source_delete")(dict(site), {"id": source_id})


def statuses(done: dict[str, Any]) -> list[str]:
    return sorted(done["status"].values())


def graph_of(*packages: dict[str, Any]) -> Graph:
    graph = Graph()
    for package in packages:
        graph += describe(package, SETTINGS, RELATED)
    return graph


def small(number: int = 1, **said: Any) -> Graph:
    """A short catalogue of `number` datasets; `said` are further Dublin Core statements of the first."""
    graph = Graph()
    for count in range(1, number + 1):
        node = URIRef(f"https://alt.example.org/d/{count}")
        graph.add((node, RDF.type, DCAT.Dataset))
        graph.add((node, DCTERMS.title, Literal("Bäume (erfunden)", lang="de")))
        graph.add((node, DCTERMS.description, Literal(f"Teil {count}", lang="de")))
        for name, value in said.items() if count == 1 else ():
            graph.set((node, DCTERMS[name], value))
    return graph


def stored(source: HarvestSource) -> list[dict[str, Any]]:
    query = {"fq": f"harvest_source_id:{source.id}", "rows": 1000, "sort": "name asc"}
    found = tk.get_action("package_search")({"ignore_auth": True}, query)["results"]
    return [storing.shown(package["id"]) or {} for package in found]


def activities(package_id: str) -> list[str]:
    data = {"id": package_id, "include_hidden_activity": True, "limit": 100}
    return [entry["id"] for entry in tk.get_action("package_activity_list")({"ignore_auth": True}, data)]


def test_a_catalogue_of_our_own_comes_back_as_the_same_graph(source: Any, old: Portal) -> None:
    before = graph_of(MAXIMAL, SERIES, SERVICE)
    old.show(before)
    made = source()
    done = run(made)
    assert done["errors"] == []
    packages = {package["uri"]: package for package in stored(made)}
    assert {package["type"] for package in packages.values()} == {"dataset", "dataset_series", "data_service"}
    assert packages[MAXIMAL["uri"]]["identifier"] == MAXIMAL["identifier"]
    assert packages[MAXIMAL["uri"]]["alternate_identifier"] == MAXIMAL["alternate_identifier"]
    assert {r["uri"] for r in packages[MAXIMAL["uri"]]["resources"]} == {
        r["uri"] for r in MAXIMAL["resources"]
    }
    after = Graph()
    for package in packages.values():
        after += describe(package, SETTINGS, {**RELATED, **packages})
    _both, gone, new = graph_diff(to_isomorphic(before), to_isomorphic(after))
    assert set(gone) == set()
    assert set(new.predicates()) <= OF_THE_PORTAL


@pytest.mark.parametrize("name", ["version_1.ttl", "version_2.rdf", "version_3.jsonld"])
def test_each_version_comes_in_with_its_identifiers(name: str, source: Any, old: Portal) -> None:
    old.show((SAMPLES / name).read_bytes(), TYPES[Path(name).suffix])
    made = source()
    done = run(made)
    assert done["errors"] == []
    assert set(statuses(done)) == {"added"}
    packages = {package["uri"]: package for package in stored(made)}
    expected = {
        "version_1.ttl": {"https://alt.example.org/dataset/5d6b1c9e-3f0a-4b57-9d0e-000000000001": "dataset"},
        "version_2.rdf": {
            "https://alt.example.org/haushalt": "dataset_series",
            "https://alt.example.org/haushalt-2021": "dataset",
        },
        "version_3.jsonld": {
            "https://alt.example.org/pegel": "dataset_series",
            "https://alt.example.org/pegel-2024": "dataset",
            "https://alt.example.org/api": "data_service",
        },
    }[name]
    assert {uri: package["type"] for uri, package in packages.items()} == expected
    assert {entry["name"] for package in packages.values() for entry in package["publisher"]} == {
        "Stadt Muster (erfunden)"
    }
    again = run(made)
    assert (set(statuses(again)), again["errors"]) == ({"not modified"}, [])


def test_what_an_old_ckan_numbered_keeps_its_numbers(source: Any, old: Portal) -> None:
    old.show((SAMPLES / "version_1.ttl").read_bytes())
    made = source()
    run(made)
    (package,) = stored(made)
    assert package["id"] == "5d6b1c9e-3f0a-4b57-9d0e-000000000001"
    assert package["resources"][0]["id"] == "5d6b1c9e-3f0a-4b57-9d0e-00000000000a"
    assert package["identifier"] == "brunnen-1"
    assert package["alternate_identifier"] == ["DOI:10.5072/brunnen"]
    assert package["license_id"] == "dl-de/by-2.0"
    assert package["organization"]["name"] == "stadt-herne"
    kept = {(entry["property"], entry["value"]) for entry in package["further_statements"]}
    assert ("https://alt.example.org/def#farbe", "blau") in kept
    assert ("dcat:distribution / dct:title", "Ohne Adresse") in kept
    assert [tag["name"] for tag in package["tags"]] == ["brunnen öffentlich", "wasser"]


def test_a_second_run_changes_nothing_and_a_third_only_what_changed(source: Any, old: Portal) -> None:
    graph = graph_of(MAXIMAL, SERIES)
    old.show(graph)
    made = source()
    run(made)
    before = {package["uri"]: package for package in stored(made)}
    trail = {uri: activities(package["id"]) for uri, package in before.items()}
    again = run(made)
    assert set(statuses(again)) == {"not modified"}
    assert {package["uri"]: package for package in stored(made)} == before
    assert {uri: activities(package["id"]) for uri, package in before.items()} == trail
    graph.set((URIRef(MAXIMAL["uri"]), DCTERMS.identifier, Literal("neu")))
    old.show(graph)
    third = run(made)
    assert third["status"][MAXIMAL["uri"]] == "updated"
    assert third["status"][SERIES["uri"]] == "not modified"
    after = {package["uri"]: package for package in stored(made)}[MAXIMAL["uri"]]
    assert (after["id"], after["name"]) == (before[MAXIMAL["uri"]]["id"], before[MAXIMAL["uri"]]["name"])
    assert after["identifier"] == "neu"
    old_ids = {r["uri"]: r["id"] for r in before[MAXIMAL["uri"]]["resources"]}
    assert {r["uri"]: r["id"] for r in after["resources"]} == old_ids


def test_names_do_not_collide(source: Any, old: Portal) -> None:
    old.show(small(3))
    made = source()
    assert run(made)["errors"] == []
    assert sorted(package["name"] for package in stored(made)) == [
        "baeume-erfunden",
        "baeume-erfunden-2",
        "baeume-erfunden-3",
    ]


def test_a_record_without_a_licence_gets_no_open_one(source: Any, old: Portal) -> None:
    old.show(small())
    made = source()
    done = run(made)
    assert [package["license_id"] for package in stored(made)] == ["other-closed"]
    report = tk.get_action("herne_harvest_report")({"ignore_auth": True}, {"id": done["job_id"]})
    added = {note["term"]: note for note in report["records"][0]["notes"] if note["kind"] == "added"}
    assert "other-closed" in added["dct:license"]["text"]
    assert added["dct:publisher"]["value"] == "https://www.herne.de"  # every default of ours is told


def test_a_silent_record_tells_the_publisher_it_is_stored_with(
    source: Any, old: Portal, site: dict[str, Any]
) -> None:
    """The source's organization may be a publisher itself: then the report must not name the city."""
    company = "https://www.stadtwerke.example.org"
    tk.get_action("organization_patch")(dict(site), {"id": "stadt-herne", "uri": company})
    try:
        old.show(small())
        made = source()
        done = run(made)
        (package,) = stored(made)
        report = tk.get_action("herne_harvest_report")({"ignore_auth": True}, {"id": done["job_id"]})
        added = {note["term"]: note for note in report["records"][0]["notes"] if note["kind"] == "added"}
        assert [entry["uri"] for entry in package["publisher"]] == [company]
        assert added["dct:publisher"]["value"] == company
    finally:
        tk.get_action("organization_patch")(dict(site), {"id": "stadt-herne", "uri": ""})


def test_a_source_may_say_which_licence_its_records_have(source: Any, old: Portal) -> None:
    old.show(small())
    made = source(json.dumps({"license": "cc-zero"}))
    run(made)
    assert [package["license_id"] for package in stored(made)] == ["cc-zero"]


def test_what_a_field_refuses_does_not_cost_the_record(source: Any, old: Portal) -> None:
    graph = small(accrualPeriodicity=Literal("ab und zu"))
    node = URIRef("https://alt.example.org/d/1")
    graph.add((node, DCTERMS.issued, Literal("gestern")))
    graph.add((node, DCAT.keyword, Literal("x" * 300)))
    old.show(graph)
    made = source()
    done = run(made)
    assert done["errors"] == []
    (package,) = stored(made)
    kept = {entry["value"] for entry in package["further_statements"]}
    assert {"ab und zu", "gestern", "x" * 300} <= kept
    report = tk.get_action("herne_harvest_report")({"ignore_auth": True}, {"id": done["job_id"]})
    assert report["counts"]["refused"] >= 3


def test_a_broken_record_costs_no_other(source: Any, old: Portal) -> None:
    graph = small(3)
    graph.remove((URIRef("https://alt.example.org/d/2"), DCTERMS.description, None))
    old.show(graph)
    made = source()
    done = run(made)
    assert [package["uri"][-1] for package in stored(made)] == ["1", "3"]
    (error,) = done["errors"]
    for words in (old.url, "https://alt.example.org/d/2", "notes", "dct:description"):
        assert words in error
    graph.add((URIRef("https://alt.example.org/d/2"), DCTERMS.description, Literal("Nun doch")))
    old.show(graph)
    assert sorted(statuses(run(made))) == ["added", "not modified", "not modified"]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"", "text/turtle"),
        (b"<html><body>Wartung<br></body></html>", "text/html"),
        (b"<!DOCTYPE html><html><body>Wartung</body></html>", "text/html"),
        (b"@prefix dcat: <http://www.w3.org/ns/dcat#> . <a> a dcat:Dataset ; ", "text/turtle"),
        (b'{"@context": {}, "@graph": [', "application/ld+json"),
        (b"@prefix dcat: <http://www.w3.org/ns/dcat#> . <a> a dcat:Catalog .", "text/turtle"),
        (404, ""),
    ],
    ids=["empty", "html", "html that parses", "cut off", "half JSON", "no records", "missing"],
)
def test_an_empty_or_broken_answer_deletes_nothing(
    answer: bytes | int, kind: str, source: Any, old: Portal
) -> None:
    old.show(small(2))
    made = source()
    run(made)
    before = stored(made)
    old.show(answer, kind)
    done = run(made)
    assert len(done["errors"]) == 1
    assert old.url in done["errors"][0]
    assert statuses(done) == []
    assert stored(made) == before
    old.show(small(2))
    assert statuses(run(made)) == ["not modified", "not modified"]


def test_a_server_error_deletes_nothing(source: Any, old: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(tk.config, "ckanext.herne.harvest.attempts", 1)
    old.show(small(2))
    made = source()
    run(made)
    old.show(500)
    done = run(made)
    assert "500" in done["errors"][0]
    assert len(stored(made)) == 2


PAGED = """
@prefix hydra: <http://www.w3.org/ns/hydra/core#> .
<{here}> a hydra:PagedCollection ; hydra:totalItems {total} ; hydra:next <{next}> .
"""


def paged(graph: Graph, here: str, following: str, total: int) -> Graph:
    text = PAGED.format(here=here, next=following, total=total)
    return graph + Graph().parse(data=text, format="turtle")


def test_pages_are_one_catalogue_and_a_missing_page_is_no_catalogue(
    source: Any, old: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = small(4)
    parts = [Graph(), Graph()]
    for triple in whole:
        parts[int(str(triple[0])[-1]) % 2].add(triple)
    first, second = f"{old.url}/catalog", f"{old.url}/catalog?page=2"
    old.show(paged(parts[0], first, second, 4))
    old.show(paged(parts[1], second, first, 4), path="/catalog?page=2")  # leads back: must end all the same
    made = source()
    assert statuses(run(made)) == ["added"] * 4
    old.show(404, path="/catalog?page=2")
    done = run(made)
    assert "404" in done["errors"][0]
    assert len(stored(made)) == 4
    old.show(paged(parts[0], first, first, 4))
    done = run(made)
    assert len(done["errors"]) == 1
    assert len(stored(made)) == 4


def test_what_vanishes_is_deleted_and_what_returns_is_the_same_again(source: Any, old: Portal) -> None:
    old.show(small(3))
    made = source('{"deletable_share": 0.5, "grace_days": 0}')
    run(made)
    ids = {package["uri"]: package["id"] for package in stored(made)}
    old.show(small(2))
    assert statuses(run(made)) == ["deleted", "not modified", "not modified"]
    assert len(stored(made)) == 2
    old.show(small(3))
    run(made)
    assert {package["uri"]: package["id"] for package in stored(made)} == ids


def test_half_a_catalogue_is_not_believed(source: Any, old: Portal) -> None:
    old.show(small(24))
    made = source()
    run(made)
    old.show(small(5))
    done = run(made)
    assert "19" in done["errors"][0]
    assert len(stored(made)) == 24


def test_a_record_comes_from_one_source_only(source: Any, old: Portal) -> None:
    old.show(small())
    old.show(small(), path="/catalog1")
    first, second = source(title="Erste Quelle"), source(title="Zweite Quelle")
    run(first)
    done = run(second)
    assert "Erste Quelle" in done["plan"]["held"][0]["problem"]
    assert len(stored(first)) == 1


def test_the_jobs_page_tells_what_happened(source: Any, old: Portal, portal: Any, site: Any) -> None:
    old.show((SAMPLES / "version_1.ttl").read_bytes())
    made = source()
    done = run(made)
    token = tk.get_action("api_token_create")(dict(site), {"user": site["user"], "name": "test"})["token"]
    page = portal.get(f"/harvest/{made.id}/job/{done['job_id']}", headers={"Authorization": token})
    assert page.status_code == 200
    for words in ("plannedAvailability", "dcatap:availability", "Trinkbrunnen (erfunden)"):
        assert words in page.body
    with pytest.raises(tk.NotAuthorized):
        tk.get_action("herne_harvest_report")({"user": ""}, {"id": done["job_id"]})


@pytest.mark.parametrize("config", ['{"licence": "x"}', '{"license": "unbekannt"}', '{"deletable_share": 2}'])
def test_a_wrong_configuration_is_refused(config: str, source: Any) -> None:
    with pytest.raises(tk.ValidationError):
        source(config)


@pytest.mark.needs("shared")
@pytest.mark.parametrize("path", REAL, ids=[path.stem for path in REAL])
def test_real_files_come_in_and_leave_without_official_violations(
    path: Path, source: Any, old: Portal, tmp_path: Path
) -> None:
    old.show(path.read_bytes(), "application/rdf+xml")
    made = source()
    done = run(made)
    assert done["errors"] == []
    packages = {package["uri"]: package for package in stored(made)}
    after = Graph()
    for package in packages.values():
        after += describe(package, SETTINGS, packages)
    status, text = judge.verdict_on(after, tmp_path)
    assert status == 0, text


@pytest.mark.parametrize("name", ["version_1.ttl", "version_2.rdf", "version_3.jsonld"])
def test_the_command_shows_and_stores_nothing(name: str, site: Any) -> None:
    count = model.Session.query(model.Package).count()
    done = command("herne", "read", str(SAMPLES / name), "--format", "json")
    assert done.exit_code == 0, done.output
    for record in json.loads(done.output):
        assert record["fine"]
        assert not any(result["severity"] == "Violation" for result in record["after"])
    assert model.Session.query(model.Package).count() == count


def test_the_command_tells_in_words_and_by_its_status(site: Any, tmp_path: Path) -> None:
    uri = "https://alt.example.org/haushalt-2021"
    done = command("herne", "read", str(SAMPLES / "version_2.rdf"), "--dataset", uri)
    assert done.exit_code == 0
    assert f"<{uri}>" in done.output
    assert "haushalt/2021" in done.output
    assert command("herne", "read", str(SAMPLES / "version_2.rdf"), "--dataset", "urn:nichts").exit_code == 2
    assert command("herne", "read", str(tmp_path / "fehlt.ttl")).exit_code == 2
    graph = small()
    graph.remove((None, DCTERMS.title, None))
    graph.serialize(tmp_path / "ohne.ttl", format="turtle")
    done = command("herne", "read", str(tmp_path / "ohne.ttl"))
    assert done.exit_code == 1
    assert "title" in done.output


def command(*arguments: str) -> Any:
    return CliRunner().invoke(ckan_command, ["-c", "test.ini", *arguments])


def test_reading_a_record_takes_as_many_looks_whatever_the_size_of_its_catalogue(
    site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted, not timed: statements the graph is asked for, per record."""
    asked = 0
    triples = Graph.triples

    def counted(self: Graph, pattern: Any) -> Iterator[Any]:
        nonlocal asked
        for found in triples(self, pattern):
            asked += 1
            yield found

    monkeypatch.setattr(Graph, "triples", counted)
    per_record = []
    for number in (100, 1000):
        graph, asked = small(number), 0
        found = records(graph, "https://alt.example.org")
        for record in found:
            reading(graph, record.node)
        assert len(found) == number
        per_record.append(asked / number)
    assert per_record[0] > 1
    assert per_record[1] < per_record[0] * 1.1
