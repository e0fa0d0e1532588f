"""Stored reports: written after a change by a real worker, refreshed by the command, gone with the data."""

from __future__ import annotations

import copy
import gc
import logging
import subprocess
import sys
import threading
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib.redis import connect_to_redis
from ckan.tests import helpers
from ckanext.herne.quality.reports import jobs, refresh, store, subjects, verdict
from ckanext.herne.quality.reports.cli import reports
from ckanext.herne.quality.reports.model import history_table, report_table
from ckanext.herne.quality.reports.refresh import Outcome
from click.testing import CliRunner
from rdflib import Graph

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.usefixtures("portal", "tidy")
CKAN = Path(sys.executable).with_name("ckan")
FILE = {"url": "https://example.org/a.csv", "format": "CSV", "name": "A"}
SERIES = {"type": "dataset_series", "title": "Reihe"}


@pytest.fixture
def tidy(portal: Any) -> Iterator[None]:
    """Neither job queue nor portal holds anything of other tests."""
    forget()
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


def forget() -> None:
    """No change calls for a report any more."""
    queue().empty()
    connect_to_redis().delete(jobs._key("waiting"), jobs._key("called"))


def queue() -> Any:
    from ckan.lib.jobs import get_queue

    return get_queue()


def waiting() -> set[str]:
    """The packages whose reports wait for a job."""
    return {package_id.decode() for package_id in connect_to_redis().hkeys(jobs._key("waiting"))}


def called() -> list[Any]:
    """The jobs for reports in the queue."""
    return [job for job in queue().jobs if job.func_name == "ckanext.herne.quality.reports.jobs.work"]


def perform() -> None:
    """Do the one job that is in the queue, as a worker does."""
    (job,) = called()
    queue().empty()
    job.perform()


def found(dataset: dict[str, Any]) -> store.Stored:
    model.Session.rollback()
    stored = store.find(dataset["id"])
    assert stored is not None
    return stored


def run(*arguments: str) -> Any:
    return CliRunner().invoke(reports, ["refresh", *arguments])


def test_a_worker_writes_the_report_of_a_new_dataset() -> None:
    dataset = create()
    assert waiting() == {dataset["id"]}
    command = [str(CKAN), "-c", "test.ini", "jobs", "worker", "--burst"]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    stored = found(dataset)
    assert stored.report.conforms
    assert not stored.is_outdated
    assert stored.report.shapes == ("herne",)
    assert stored.shapes_version == verdict.shapes_version()
    assert stored.uri == f"http://herne.test/dataset/{dataset['id']}"
    assert stored.mqa
    assert stored.mqa["points"] > 0
    assert [result for result in stored.report.results if not result.message_en] == []


def test_each_change_calls_for_one_job() -> None:
    dataset = create()
    forget()
    change(dataset, notes="Geändert.")
    assert waiting() == {dataset["id"]}
    assert len(called()) == 1
    forget()
    helpers.call_action("resource_create", admin(), package_id=dataset["id"], url="https://example.org/b.csv")
    assert waiting() == {dataset["id"]}


def test_nothing_is_enqueued_before_the_commit_nor_after_a_rollback() -> None:
    dataset = create()
    forget()
    model.Package.get(dataset["id"]).notes = "Anders."
    with model.Session.begin_nested():
        model.Session.flush()
    assert waiting() == set()
    model.Session.rollback()
    model.Session.commit()
    assert waiting() == set()


def test_other_packages_have_no_reports() -> None:
    package = model.Package(name="quelle", type="harvest", state="active")
    model.Session.add(package)
    model.Session.commit()
    assert waiting() == set()
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


def test_a_dataset_is_judged_as_the_feed_describes_it() -> None:
    """With the series it names: alone, the reference would become a mere dct:relation."""
    dataset = create(in_series=[create(**SERIES)["id"]])
    package = subjects.stored(dataset["id"])
    assert package
    turtle = helpers.call_action("dcat_dataset_show", admin(), id=dataset["id"], format="ttl")
    assert verdict.fingerprint(subjects.subject(package).graph) == verdict.fingerprint(
        Graph().parse(data=turtle, format="turtle")
    )


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


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> pytest.LogCaptureFixture:
    monkeypatch.setattr(jobs.log, "disabled", False)  # CKAN's migrations disable every logger there is
    caplog.set_level(logging.WARNING, jobs.__name__)
    return caplog


def test_a_save_succeeds_while_the_job_queue_is_down(
    log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ckan.lib.jobs
    import ckan.lib.redis
    from redis import ConnectionPool

    with monkeypatch.context() as patch:
        patch.setattr(ckan.lib.redis, "_connection_pool", ConnectionPool.from_url("redis://127.0.0.1:9/1"))
        patch.setattr(ckan.lib.jobs, "_queues", {})
        dataset = create()
    assert dataset["name"] in log.text
    assert "ckan herne reports refresh" in log.text
    assert run().exit_code == 0
    assert found(dataset).report.conforms


def test_a_job_for_a_dataset_that_is_gone_ends_quietly() -> None:
    dataset = create()
    helpers.call_action("dataset_purge", admin(), id=dataset["id"])
    perform()
    assert store.find(dataset["id"]) is None
    assert waiting() == set()


def test_one_job_works_off_all_that_wait() -> None:
    datasets = [create(title=f"Nummer {number}") for number in range(3)]
    assert waiting() == {dataset["id"] for dataset in datasets}
    assert len(called()) == 1
    perform()
    assert all(found(dataset).report.conforms for dataset in datasets)
    assert waiting() == set()
    change(datasets[2], resources=[])
    perform()
    assert not found(datasets[2]).report.conforms


def test_what_changes_while_the_job_runs_calls_for_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = create()
    refreshed = jobs.refresh

    def changed_after_the_look(package_id: str) -> Any:
        outcome = refreshed(package_id)
        change(dataset, resources=[])
        return outcome

    with monkeypatch.context() as patch:
        patch.setattr(jobs, "refresh", changed_after_the_look)
        perform()
    assert waiting() == {dataset["id"]}
    perform()
    assert waiting() == set()
    assert not found(dataset).report.conforms


def test_a_job_that_has_run_long_enough_calls_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    datasets = [create(title=f"Nummer {number}") for number in range(2)]
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "PATIENCE", -1)
        perform()
    assert len(waiting()) == 2
    perform()
    assert all(found(dataset).report.conforms for dataset in datasets)


def test_a_change_that_only_the_files_job_makes_is_looked_at() -> None:
    """Such a change leaves `metadata_modified` as it is."""
    dataset = create()
    perform()
    resource = model.Resource.get(dataset["resources"][0]["id"])
    resource.size = 12345
    model.Session.commit()
    before = found(dataset).mqa
    perform()
    after = found(dataset).mqa
    assert before
    assert after
    assert after["points"] == before["points"] + 5


def test_one_bad_package_keeps_the_others_from_nothing(
    monkeypatch: pytest.MonkeyPatch, log: pytest.LogCaptureFixture
) -> None:
    good, bad, last = (create(title=title) for title in ("Gut", "Schlecht", "Letzter"))
    judged = refresh.judge

    def failing(graph: Any, uri: str, *rest: Any) -> Any:
        if bad["id"] in uri:
            raise ValueError("kaputt")
        return judged(graph, uri, *rest)

    monkeypatch.setattr(refresh, "judge", failing)
    perform()
    assert found(good).report.conforms
    assert found(last).report.conforms
    assert store.find(bad["id"]) is None
    assert "kaputt" in log.text
    assert f"ckan herne reports refresh --dataset {bad['id']}" in log.text


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
