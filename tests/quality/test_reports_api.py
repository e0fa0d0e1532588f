"""The API of quality reports: what it says about stored packages, drafts and the catalogue, and to whom."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from ckan import model
from ckan.tests import factories, helpers
from ckanext.herne.quality.reports import actions, refresh, store
from herne_testing.browser import Browser
from rdflib import RDF, SH, Graph, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("portal")
FILE = {"url": "https://example.org/a.csv", "format": "CSV", "name": "A"}
DRAFT = {"title": "Entwurf", "notes": "Probe.", "resources": [FILE]}


class World:
    """Two organizations with an editor each, a sysadmin, and a stranger."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.stranger = Browser(app)
        self.admin = Browser(app, factories.SysadminWithToken(image_url="")["token"])
        self.a, self.b = (self.organization(name) for name in ("amt-a", "amt-b"))

    def organization(self, name: str) -> Browser:
        user = factories.UserWithToken(image_url="")
        members = [{"name": user["name"], "capacity": "editor"}]
        factories.Organization(name=name, title=name.upper(), image_url="", users=members)
        return Browser(self.app, user["token"])

    def dataset(self, **fields: Any) -> dict[str, Any]:
        given = copy.deepcopy({**DRAFT, "title": "Datensatz", "owner_org": "amt-b", **fields})
        dataset: dict[str, Any] = self.admin.call("package_create", **given)
        refresh.refresh(dataset["id"])
        return dataset


@pytest.fixture(scope="module")
def people(portal: Any) -> World:
    return World(portal)


@pytest.fixture
def world(people: World, quality_alone: None) -> Iterator[World]:
    yield people
    model.Session.rollback()
    for package in model.Session.query(model.Package).filter_by(state="active").all():
        people.admin.call("dataset_purge", id=package.id)


def draft(**fields: Any) -> dict[str, Any]:
    return copy.deepcopy({**DRAFT, **fields})


def rules(report: dict[str, Any], severity: str = "Violation") -> set[str]:
    return {result["field"] for result in report["results"] if result["severity"] == severity}


def test_a_stored_dataset_is_validated_without_being_stored(world: World) -> None:
    dataset = world.dataset(resources=[])
    before = store.find(dataset["id"])
    report = world.stranger.call("herne_dataset_validate", id=dataset["name"])
    assert not report["conforms"]
    assert report["violations"] == len([r for r in report["results"] if r["severity"] == "Violation"]) == 1
    assert rules(report) == {"resources"}
    assert report["uri"] == f"http://herne.test/dataset/{dataset['id']}"
    assert report["mqa"]["possible"] == 405
    assert "errors" not in report
    assert store.find(dataset["id"]) == before


def test_reading_needs_no_post(world: World) -> None:
    dataset = world.dataset()
    for action in ("herne_dataset_validate", "herne_dataset_report"):
        answer = world.stranger.get(f"/api/3/action/{action}?id={dataset['id']}", status=200).json
        assert answer["result"]["conforms"]
    assert world.stranger.get("/api/3/action/herne_catalogue_report", status=200).json["success"]


def test_the_stored_report_has_its_history(world: World) -> None:
    dataset = world.dataset()
    world.admin.call("package_patch", id=dataset["id"], resources=[])
    assert world.stranger.call("herne_dataset_report", id=dataset["id"])["is_outdated"]
    refresh.refresh(dataset["id"])
    report = world.stranger.call("herne_dataset_report", id=dataset["id"])
    assert [entry["conforms"] for entry in report["history"]] == [True, False]
    assert not report["conforms"]
    assert not report["is_outdated"]
    assert report["engine"]
    assert report["shapes"] == ["herne"]
    assert report["checked"].endswith("+00:00")
    now = world.stranger.call("herne_dataset_validate", id=dataset["id"])
    assert report["results"] == now["results"]
    assert report["mqa"] == now["mqa"]


def test_without_a_report_the_remedy_is_said(world: World) -> None:
    dataset = world.admin.call("package_create", **draft())
    error = world.stranger.call("herne_dataset_report", ok=False, id=dataset["id"])
    assert error["__type"] == "Not Found Error"
    assert "ckan herne reports refresh" in error["message"]


@pytest.mark.parametrize("action", ["herne_dataset_validate", "herne_dataset_report"])
def test_turtle_is_a_validation_report(world: World, action: str) -> None:
    dataset = world.dataset(resources=[])
    turtle = world.stranger.call(action, id=dataset["id"], format="turtle")
    graph = Graph().parse(data=turtle, format="turtle")
    (report,) = graph.subjects(RDF.type, SH.ValidationReport)
    assert graph.value(report, SH.conforms) == Literal(False)
    stored = store.find(dataset["id"])
    assert stored
    assert len(list(graph.objects(report, SH.result))) == len(stored.report.results)


@pytest.mark.parametrize(
    "action", ["herne_dataset_validate", "herne_dataset_report", "herne_catalogue_report"]
)
def test_other_formats_are_refused_by_field(world: World, action: str) -> None:
    error = world.stranger.call(action, ok=False, id="x", format="pdf")
    assert "turtle" in error["format"][0]


@pytest.mark.parametrize("action", ["herne_dataset_validate", "herne_dataset_report"])
def test_only_who_sees_a_dataset_sees_its_report(world: World, action: str) -> None:
    secret = world.dataset(private=True, title="Geheimsache")
    assert world.b.call(action, id=secret["id"])["conforms"]
    for other in (world.a, world.stranger):
        error = other.call(action, ok=False, id=secret["id"])
        assert error["__type"] == "Authorization Error"
        assert "Geheimsache" not in str(error)


@pytest.mark.parametrize("action", ["herne_dataset_validate", "herne_dataset_report"])
def test_what_is_not_there_is_not_found(world: World, action: str) -> None:
    assert world.stranger.call(action, ok=False, id="nobody")["__type"] == "Not Found Error"
    assert "id" in world.stranger.call(action, ok=False)
    package = model.Package(name="quelle", type="harvest", state="active")
    model.Session.add(package)
    model.Session.commit()
    # a harvest source is for its editors
    assert world.stranger.call(action, ok=False, id="quelle")["__type"] == "Authorization Error"


def test_drafts_are_completed_as_on_saving_and_not_stored(world: World) -> None:
    before = model.Session.query(model.Package).count()
    report = world.b.call("herne_dataset_validate", dataset=draft())
    assert report["conforms"]
    assert report["errors"] == {}
    assert report["mqa"]["points"] > 0
    assert not rules(report, "Warning") & {"publisher", "contact", "license_id", "contributor_id"}
    assert model.Session.query(model.Package).count() == before
    assert world.b.call("package_create", owner_org="amt-b", **draft())["name"] == "entwurf"


def test_a_draft_is_judged_as_the_saved_dataset_will_be(world: World) -> None:
    fields = draft(
        theme=["TRAN"], tags=[{"name": "rad"}], temporal_coverage=[{"start": "2024"}], language="de"
    )
    before = world.b.call("herne_dataset_validate", dataset=fields)
    dataset = world.b.call("package_create", **fields)
    after = world.b.call("herne_dataset_validate", id=dataset["id"])
    assert before["errors"] == {}
    assert before["conforms"] == after["conforms"]
    for severity in ("Warning", "Info"):
        assert rules(before, severity) == rules(after, severity)
    assert before["mqa"]["points"] == after["mqa"]["points"]


def test_an_unfinished_draft_has_a_report_and_errors_by_field(world: World) -> None:
    report = world.b.call(
        "herne_dataset_validate", dataset={"notes": "Noch ohne Titel.", "issued": "gestern"}
    )
    assert {"title", "resources"} <= rules(report)
    assert report["errors"].keys() >= {"title", "issued"}
    for result in report["results"]:
        assert result["message_de"]
        assert result["message_en"]
        assert result["remedy_de"]
        assert result["remedy_en"]


def test_a_changed_draft_of_a_stored_dataset(world: World) -> None:
    dataset = world.dataset()
    changed = {**dataset, "resources": []}
    report = world.b.call("herne_dataset_validate", dataset=changed)
    assert rules(report) == {"resources"}
    assert report["uri"] == f"http://herne.test/dataset/{dataset['id']}"
    assert report["errors"] == {}
    assert len(world.b.call("package_show", id=dataset["id"])["resources"]) == 1


def test_drafts_of_series_and_services(world: World) -> None:
    series = world.b.call(
        "herne_dataset_validate", dataset={"type": "dataset_series", "title": "R", "notes": "N"}
    )
    assert series["errors"] == {}
    assert series["conforms"]
    service = {"type": "data_service", "title": "D", "notes": "N", "endpoint_url": ["https://example.org/d"]}
    report = world.b.call("herne_dataset_validate", dataset=service)
    assert (report["errors"], report["mqa"]) == ({}, None)


def test_who_may_validate_drafts(world: World) -> None:
    assert world.b.call("herne_dataset_validate", dataset=draft(owner_org="amt-b"))["conforms"]
    nobody = Browser(world.app, factories.UserWithToken(image_url="")["token"])
    foreign = world.dataset()
    refused = [
        (world.stranger, draft()),
        (nobody, draft()),
        (world.a, draft(owner_org="amt-b")),
        (world.a, {**foreign, "title": "Gekapert"}),
        (world.stranger, {"id": foreign["id"]}),
    ]
    for person, sent in refused:
        error = person.call("herne_dataset_validate", ok=False, dataset=sent)
        assert error["__type"] == "Authorization Error"


def test_a_draft_tells_nothing_about_what_its_author_may_not_see(world: World) -> None:
    series = world.dataset(type="dataset_series", title="Geheime Reihe", private=True, resources=[])
    for name in (series["id"], series["name"], f"http://herne.test/dataset/{series['id']}"):
        report = world.a.call("herne_dataset_validate", dataset=draft(private=True, in_series=[name]))
        assert "Geheime Reihe" not in str(report)
        assert "in_series" in report["errors"]


def test_large_drafts_and_what_is_none_are_refused(world: World) -> None:
    deep: list[Any] = []
    for _ in range(100):
        deep = [deep]
    for sent in ("ein Text", [], draft(notes="x" * 1_000_001), draft(extras=deep)):
        error = world.b.call("herne_dataset_validate", ok=False, dataset=sent)
        assert error["dataset"]
    assert world.b.call("herne_dataset_validate", ok=False, dataset=draft(type="showcase"))["type"]
    assert world.b.call("herne_dataset_validate", ok=False, dataset=draft(id=["x"]))["id"]


@pytest.mark.parametrize(
    "field", ["title", "theme", "contact", "resources", "temporal_coverage", "in_series"]
)
@pytest.mark.parametrize("value", [7, "x", ["x"], [["x"]], {"x": "y"}, [{"x": "y"}], [None], ""])
def test_bad_values_get_an_answer(world: World, field: str, value: Any) -> None:
    headers = world.b.headers
    sent = {"dataset": draft(**{field: value})}
    answer = world.app.post("/api/3/action/herne_dataset_validate", json=sent, headers=headers).json
    assert answer["success"] or answer["error"]["__type"] == "Validation Error"


def test_drafts_per_minute_are_limited(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "DRAFTS_PER_MINUTE", 2)
    monkeypatch.setattr(actions.time, "time", lambda: 1_000_000_000.0)
    for _ in range(2):
        world.b.call("herne_dataset_validate", dataset=draft())
    error = world.b.call("herne_dataset_validate", ok=False, dataset=draft())
    assert "2" in error["message"]
    assert world.a.call("herne_dataset_validate", dataset=draft())


def test_numbers_over_the_public_packages(world: World) -> None:
    world.dataset(title="Gut")
    world.dataset(title="Leer", resources=[])
    world.dataset(title="Leer zwei", resources=[], owner_org="amt-a")
    world.dataset(title="Geheim", private=True, resources=[])
    world.admin.call("package_create", **draft(title="Noch ohne Bericht", owner_org="amt-a"))
    report = world.stranger.call("herne_catalogue_report")
    assert (report["packages"], report["reported"], report["conforming"]) == (4, 3, 1)
    assert report["by_severity"]["Violation"] == 2
    assert 0 < report["mqa_average"] < 405
    first = report["rules"][0]
    assert (first["severity"], first["packages"], first["results"], first["field"]) == (
        "Violation",
        2,
        2,
        "resources",
    )
    assert first["message_de"]
    assert first["remedy_en"]
    counts = [rule["packages"] for rule in report["rules"] if rule["severity"] == "Warning"]
    assert counts == sorted(counts, reverse=True)
    numbers = {row["name"]: (row["packages"], row["conforming"]) for row in report["organizations"]}
    assert numbers == {"amt-a": (2, 0), "amt-b": (2, 1)}


def test_numbers_of_one_organization(world: World) -> None:
    world.dataset(title="Gut")
    world.dataset(title="Leer", resources=[], owner_org="amt-a")
    report = world.stranger.call("herne_catalogue_report", organization="amt-a")
    assert report["organization"]["title"] == "AMT-A"
    assert (report["packages"], report["conforming"]) == (1, 0)
    assert [row["name"] for row in report["organizations"]] == ["amt-a"]
    error = world.stranger.call("herne_catalogue_report", ok=False, organization="nobody")
    assert error["__type"] == "Not Found Error"


def test_an_empty_catalogue_has_numbers_too(world: World) -> None:
    report = world.stranger.call("herne_catalogue_report")
    assert (report["packages"], report["mqa_average"], report["rules"]) == (0, None, [])


def test_the_catalogue_as_turtle(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for title in ("Eins", "Zwei"):
        world.dataset(title=title, resources=[])
    graph = Graph().parse(
        data=world.stranger.call("herne_catalogue_report", format="turtle"), format="turtle"
    )
    (report,) = graph.subjects(RDF.type, SH.ValidationReport)
    assert len({str(focus) for focus in graph.objects(None, SH.focusNode)}) >= 2
    assert graph.value(report, SH.conforms) == Literal(False)
    monkeypatch.setattr(actions, "RESULTS_AS_TURTLE", 1)
    assert "format" in world.stranger.call("herne_catalogue_report", ok=False, format="turtle")


def test_the_portal_itself_may_ask_for_any_report(world: World) -> None:
    dataset = world.dataset(private=True)
    for action in ("herne_dataset_report", "herne_dataset_validate"):
        assert helpers.call_action(action, {"ignore_auth": True}, id=dataset["id"])["conforms"]
