"""`ckan herne validate` on a portal's own datasets: all that are public, an organization's, a single one."""

import json
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from ckan.plugins import toolkit
from ckan.tests import factories, helpers
from ckanext.herne.quality import portal as room
from ckanext.herne.quality.cli import validate
from ckanext.herne.quality.reports import subjects
from ckanext.herne.quality.reports.refresh import refresh
from click.testing import CliRunner, Result

pytestmark = pytest.mark.usefixtures("portal", "stock")
FILE = {"url": "https://example.org/a.csv", "format": "CSV", "name": "A"}


@pytest.fixture(scope="module")
def stock(portal: Any) -> Iterator[dict[str, dict[str, Any]]]:
    """Two public datasets, of which one names no resource, and a private one."""
    user = factories.Sysadmin()
    factories.Organization(name="museum", image_url="")
    given = {
        "good": {"title": "Gut", "resources": [FILE]},
        "empty": {"title": "Leer", "owner_org": "museum", "resources": []},
        "secret": {"title": "Geheim", "private": True, "resources": [FILE]},
    }
    context = {"user": user["name"]}
    made = {
        name: helpers.call_action("package_create", dict(context), notes="Probe.", **fields)
        for name, fields in given.items()
    }
    yield made
    for dataset in made.values():
        helpers.call_action("dataset_purge", dict(context), id=dataset["id"])


def run(*arguments: str) -> tuple[Result, dict[str, Any]]:
    done = CliRunner().invoke(validate, ["--format", "json", *arguments])
    return done, json.loads(done.stdout) if done.stdout else {}


def titles(report: dict[str, Any]) -> set[str]:
    return {result["title"] for result in report["results"] if result["severity"] == "Violation"}


def test_all_are_the_public_ones() -> None:
    done, report = run("--all")
    assert done.exit_code == 1
    assert report["datasets"] == 2
    assert titles(report) == {"Leer"}
    assert "Geheim" not in done.stdout
    assert "dieses Portal" in done.stderr


def test_an_organization_by_name() -> None:
    done, report = run("--organization", "museum")
    assert done.exit_code == 1
    assert (report["datasets"], titles(report)) == (1, {"Leer"})
    done, report = run("--organization", "stadt-herne")
    assert (done.exit_code, report["datasets"]) == (0, 1)


def test_one_dataset_by_id_or_name_also_private(stock: dict[str, dict[str, Any]]) -> None:
    for key in ("id", "name"):
        done, report = run("--dataset", stock["secret"][key])
        assert (done.exit_code, report["datasets"]) == (0, 1)
    done, report = run("--dataset", stock["good"]["id"], "--dataset", stock["empty"]["id"])
    assert (done.exit_code, report["datasets"], titles(report)) == (1, 2, {"Leer"})


@pytest.mark.parametrize("option", ["--dataset", "--organization"])
def test_what_is_not_there_is_named(option: str) -> None:
    done, _ = run(option, "nobody")
    assert done.exit_code == 2
    assert "nobody" in done.stderr


def test_junit_has_a_case_for_each_dataset_and_the_catalogue() -> None:
    done = CliRunner().invoke(validate, ["--all", "--format", "junit"])
    suite = ET.fromstring(done.stdout)
    cases = {case.get("name"): case for case in suite.iter("testcase")}
    assert {"Gut", "Leer"} < cases.keys()
    assert (suite.get("tests"), suite.get("failures")) == ("3", "1")
    assert "keine Ressource" in cases["Leer"].find("failure").get("message")
    assert cases["Gut"].find("failure") is None


def test_a_member_of_a_series_is_judged_as_its_stored_report_says(stock: dict[str, dict[str, Any]]) -> None:
    """Described without the series, the reference to it would lead nowhere."""
    context = {"user": toolkit.get_action("get_site_user")({"ignore_auth": True}, {})["name"]}
    series = helpers.call_action(
        "package_create", dict(context), type="dataset_series", title="Reihe", notes="Probe."
    )
    changed = {"in_series": [series["id"]], "theme": []}
    helpers.call_action("package_patch", dict(context), id=stock["good"]["id"], **changed)
    refresh(stock["good"]["id"])
    stored = helpers.call_action("herne_dataset_report", dict(context), id=stock["good"]["id"])
    for arguments in (["--dataset", "gut"], ["--organization", "stadt-herne"], ["--all"]):
        _, report = run(*arguments)
        own = [result for result in report["results"] if result["record"] == stored["uri"]]
        assert own == stored["results"], arguments
        assert not any(result["field"] == "in_series" for result in own)
    _, report = run("--dataset", "gut")
    assert {result["record"] for result in report["results"]} == {stored["uri"]}
    helpers.call_action("package_patch", dict(context), id=stock["good"]["id"], in_series=[])
    helpers.call_action("dataset_purge", dict(context), id=series["id"])


def test_packages_are_described_one_at_a_time(
    stock: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A portal of ten thousand datasets is never in memory as a whole: batches of ids, graph by graph."""
    monkeypatch.setattr(subjects, "BATCH", 1)
    described: list[str] = []
    subject = room.subject

    def watched(package: dict[str, Any], *rest: Any) -> Any:
        described.append(package["title"])
        return subject(package, *rest)

    monkeypatch.setattr(room, "subject", watched)
    holdings = room.everything()
    assert holdings.count == 3
    assert next(holdings.subjects)
    assert described == []
    assert next(holdings.subjects)
    assert len(described) == 1
    assert len(list(holdings.subjects)) == 1
    assert sorted(described) == ["Gut", "Leer"]


def test_shapes_lie_below_the_file_storage_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(toolkit.config, "ckan.storage_path", "/var/store")
    assert str(room.shapes_directory()) == "/var/store/herne/shapes"
    monkeypatch.setitem(toolkit.config, "ckanext.herne.shapes_directory", "/srv/shapes")
    assert str(room.shapes_directory()) == "/srv/shapes"
