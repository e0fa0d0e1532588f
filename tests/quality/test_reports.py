"""Stored reports: refreshed when called for or by the command, gone with the data.

That a save has its report written is the feed's part: tests/feed/test_publish.py. It is not at work here.
"""

from __future__ import annotations

import copy
import gc
import sys
import threading
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import helpers
from ckanext.herne.quality.reports import refresh, store, subjects, verdict
from ckanext.herne.quality.reports.cli import reports
from ckanext.herne.quality.reports.model import history_table, report_table
from ckanext.herne.quality.reports.refresh import Outcome
from click.testing import CliRunner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.usefixtures("portal", "tidy")
CKAN = Path(sys.executable).with_name("ckan")
FILE = {"url": "https://example.org/a.csv", "format": "CSV", "name": "A"}
SERIES = {"type": "dataset_series", "title": "Reihe"}


@pytest.fixture
def tidy(quality_alone: None) -> Iterator[None]:
    """The portal holds nothing of other tests."""
    yield
    model.Session.rollback()
    for package in model.Session.query(model.Package).filter_by(state="active").all():
        helpers.call_action("dataset_purge", admin(), id=package.id)


def admin() -> dict[str, Any]:
    return {"user": tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"], "ignore_auth": True}


def create(**fields: Any) -> dict[str, Any]:
    given = {"title": "Gut", "notes": "Probe.", "resources": [FILE], **fields}
    if given.get("type"):
        del given["resources"]
    return helpers.call_action("package_create", admin(), **copy.deepcopy(given))


def change(dataset: dict[str, Any], **fields: Any) -> None:
    helpers.call_action("package_patch", admin(), id=dataset["id"], **copy.deepcopy(fields))


def found(dataset: dict[str, Any]) -> store.Stored:
    model.Session.rollback()
    stored = store.find(dataset["id"])
    assert stored is not None
    return stored


def run(*arguments: str) -> Any:
    return CliRunner().invoke(reports, ["refresh", *arguments])


def test_other_packages_have_no_reports() -> None:
    package = model.Package(name="quelle", type="harvest", state="active")
    model.Session.add(package)
    model.Session.commit()
    assert refresh.refresh(package.id) is Outcome.GONE
    assert refresh.refresh("no such package") is Outcome.GONE
    assert list(store.packages(only_due=False)) == []


def test_series_and_services_have_reports_too() -> None:
    series = create(**SERIES)
    service = create(type="data_service", title="Dienst", endpoint_url=["https://example.org/dienst"])
    for package in (series, service):
        assert refresh.refresh(package["id"]) is Outcome.WRITTEN
        assert found(package).report.records[0].title == package["title"]
    assert found(service).mqa is None


def test_a_report_is_about_its_own_package_alone() -> None:
    series = create(**SERIES)
    dataset = create(in_series=[series["id"]])
    refresh.refresh(dataset["id"])
    refresh.refresh(series["id"])
    uris = {f"http://herne.test/dataset/{package['id']}": package for package in (series, dataset)}
    for package in (series, dataset):
        stored = found(package)
        assert {result.record for result in stored.report.results} <= {stored.uri}
        others = uris.keys() - {stored.uri}
        assert not any(result.focus.startswith(other) for result in stored.report.results for other in others)


def test_what_is_the_same_is_not_written_again() -> None:
    dataset = create()
    assert refresh.refresh(dataset["id"]) is Outcome.WRITTEN
    before = found(dataset)
    assert refresh.refresh(dataset["id"]) is Outcome.SAME
    assert found(dataset) == before
    change(dataset, notes="Geändert.")
    assert found(dataset).is_outdated
    assert refresh.refresh(dataset["id"]) is Outcome.WRITTEN
    assert not found(dataset).is_outdated
    assert found(dataset).checked > before.checked


def test_a_save_that_changes_nothing_in_rdf_only_moves_the_time() -> None:
    dataset = create(modified="2024-05-02", issued="2024-05-01")
    refresh.refresh(dataset["id"])
    before = found(dataset)
    change(dataset, author="Niemand")
    assert found(dataset).is_outdated
    assert refresh.refresh(dataset["id"]) is Outcome.SAME
    after = found(dataset)
    assert not after.is_outdated
    assert after.checked == before.checked


def test_history_has_a_row_per_change_of_the_verdict_and_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "HISTORY", 3)
    dataset = create()
    refresh.refresh(dataset["id"])
    change(dataset, notes="Andere Worte, dasselbe Urteil.")
    refresh.refresh(dataset["id"])
    assert [entry["conforms"] for entry in store.history(dataset["id"])] == [True]
    for files in ([], [FILE], [], [FILE]):
        change(dataset, resources=files)
        refresh.refresh(dataset["id"])
    assert [entry["conforms"] for entry in store.history(dataset["id"])] == [True, False, True]
    times = [entry["at"] for entry in store.history(dataset["id"])]
    assert times == sorted(times)


def test_reports_go_with_the_dataset() -> None:
    dataset, other = create(), create(title="Anderer")
    for package in (dataset, other):
        refresh.refresh(package["id"])
    helpers.call_action("dataset_purge", admin(), id=dataset["id"])
    for table in (report_table, history_table):
        rows = model.Session.execute(sa.select(table.c.package_id)).scalars().all()
        assert set(rows) == {other["id"]}


def test_the_command_writes_what_is_missing_or_old(monkeypatch: pytest.MonkeyPatch) -> None:
    datasets = [create(title=f"Nummer {number}") for number in range(3)]
    done = run()
    assert (done.exit_code, done.stdout.split()[0]) == (0, "3")
    assert "Reports" in done.stderr or "Berichte" in done.stderr
    assert run().stdout.split()[0] == "0"
    change(datasets[0], notes="Geändert.")
    assert run().stdout.split()[0] == "1"
    monkeypatch.setattr(store, "shapes_version", lambda: "neu")
    monkeypatch.setattr(verdict, "shapes_version", lambda: "neu")
    monkeypatch.setattr(refresh, "shapes_version", lambda: "neu")
    assert run().stdout.split()[0] == "3"
    assert {found(dataset).shapes_version for dataset in datasets} == {"neu"}


def test_the_command_looks_at_all_and_touches_nothing_that_is_right() -> None:
    dataset = create()
    run()
    before = found(dataset)
    assert run("--all").stdout.split()[0] == "1"
    assert found(dataset) == before


def test_the_command_takes_one_dataset_by_id_or_name() -> None:
    first, second = create(), create(title="Anderer")
    assert run("--dataset", first["name"]).exit_code == 0
    assert store.find(first["id"])
    assert store.find(second["id"]) is None
    assert run("--dataset", second["id"]).exit_code == 0
    assert store.find(second["id"])
    missing = run("--dataset", "nobody")
    assert missing.exit_code == 2
    assert "nobody" in missing.stderr


def test_one_that_fails_keeps_the_others_from_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = create(), create(title="Anderer")
    judged = refresh.judge

    def failing(graph: Any, uri: str, *rest: Any) -> Any:
        if first["id"] in uri:
            raise ValueError("kaputt")
        return judged(graph, uri, *rest)

    monkeypatch.setattr(refresh, "judge", failing)
    done = run()
    assert done.exit_code == 1
    assert first["id"] in done.stderr
    assert "kaputt" in done.stderr
    assert store.find(first["id"]) is None
    assert store.find(second["id"])


def test_the_last_save_wins_whatever_the_order_of_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that began before a save may not overwrite the report of the job that the save called for."""
    dataset = create()
    described = refresh.subject
    started, go_on = threading.Event(), threading.Event()

    def slow(package: Any) -> Any:
        made = described(package)
        if threading.current_thread().name == "slow":
            started.set()
            assert go_on.wait(30)
        return made

    def in_own_session(call: Callable[[], Any]) -> None:
        try:
            call()
        finally:
            model.Session.remove()

    monkeypatch.setattr(refresh, "subject", slow)
    late = threading.Thread(
        target=in_own_session, args=(lambda: refresh.refresh(dataset["id"]),), name="slow"
    )
    late.start()
    assert started.wait(30)
    change(dataset, resources=[])
    second = threading.Thread(target=in_own_session, args=(lambda: refresh.refresh(dataset["id"]),))
    second.start()
    go_on.set()
    late.join(60)
    second.join(60)
    stored = found(dataset)
    assert not stored.report.conforms
    assert not stored.is_outdated


def test_many_refreshes_do_not_grow_memory() -> None:
    datasets = [create(title=f"Nummer {number}") for number in range(5)]

    def memory_after(rounds: int) -> int:
        """Bytes in use; what only waits for Python's collector does not count."""
        for _ in range(rounds):
            for dataset in datasets:
                model.Session.execute(report_table.delete())
                refresh.refresh(dataset["id"])
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    memory_after(2)
    tracemalloc.start()
    before = memory_after(1)
    after = memory_after(6)
    tracemalloc.stop()
    assert after - before < 100_000  # bytes; one report alone is about 30,000


def test_who_asks_decides_what_is_described_beside() -> None:
    series = create(**SERIES, private=True)
    dataset = create(private=True, in_series=[series["id"]])
    package = subjects.stored(dataset["id"])
    assert package
    assert subjects.subject(package, {"ignore_auth": True, "user": ""}).related
    assert not subjects.subject(package).related


def test_the_tables_are_as_the_migration_makes_them() -> None:
    inspector = sa.inspect(model.Session.connection())
    for table in (report_table, history_table):
        columns = {column["name"]: column for column in inspector.get_columns(table.name)}
        assert columns.keys() == set(table.columns.keys())
        for column in table.columns:
            assert columns[column.name]["nullable"] == column.nullable
            made = columns[column.name]["type"]
            assert made.python_type is column.type.python_type
            assert getattr(made, "timezone", False) == getattr(column.type, "timezone", False)


def test_the_same_shapes_have_the_same_version() -> None:
    assert verdict.shapes_version() == verdict.shapes_version.__wrapped__()
    assert len(verdict.shapes_version()) == 12
