"""Publishing: what a save puts into the feed, what the gate keeps out, what follows for other packages."""

from __future__ import annotations

import logging
import threading
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from ckan.tests import helpers
from ckanext.herne.feed import gate, jobs, publish, staging, store, triggers
from ckanext.herne.feed.publish import Outcome
from ckanext.herne.quality.reports import store as reports
from ckanext.herne.quality.reports import subjects
from herne_testing.publishing import (
    FILE,
    SERIES,
    admin,
    change,
    create,
    entry,
    forget,
    perform,
    served,
    text,
    waiting,
)
from rdflib import Graph

pytestmark = pytest.mark.usefixtures("portal", "tidy")


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> pytest.LogCaptureFixture:
    for module in (jobs, triggers):
        monkeypatch.setattr(module.log, "disabled", False)  # CKAN's migrations disable every logger there is
        caplog.set_level(logging.WARNING, module.__name__)
    return caplog


def test_a_save_publishes_in_its_own_transaction() -> None:
    dataset = create()
    assert served() == [dataset["id"]]
    assert "Probe." in text(dataset)
    stored = reports.find(dataset["id"])
    assert stored
    assert stored.report.conforms
    assert not stored.is_outdated
    change(dataset, notes="Geändert.")
    assert "Geändert." in text(dataset)
    assert waiting() == set()


def test_what_is_served_is_what_was_judged(portal: Any) -> None:
    """With the series it names: alone, the reference would become a mere dct:relation."""
    dataset = create(in_series=[create(**SERIES)["id"]])
    package = subjects.stored(dataset["id"])
    assert package
    page = Graph().parse(data=portal.get(f"/dataset/{dataset['id']}.ttl").data, format="turtle")
    judged = set(subjects.subject(package).graph)
    about = {str(subject).partition("#")[2] for subject, *_ in set(page) - judged if "#" in str(subject)}
    assert judged <= set(page)
    assert about <= {"record", ""}


def test_a_save_that_is_rolled_back_leaves_no_trace() -> None:
    dataset = create()
    before = entry(dataset)
    model.Package.get(dataset["id"]).notes = "Anders."
    with model.Session.begin_nested():
        model.Session.flush()
    model.Session.rollback()
    model.Session.commit()
    assert entry(dataset) == before


def test_a_changed_resource_is_published_too() -> None:
    dataset = create()
    helpers.call_action("resource_create", admin(), package_id=dataset["id"], url="https://example.org/b.csv")
    assert "https://example.org/b.csv" in text(dataset)


def test_a_change_that_leaves_the_time_of_the_package_is_published_too() -> None:
    """The job that finds the size of a file saves it so."""
    dataset = create()
    resource = model.Resource.get(dataset["resources"][0]["id"])
    resource.size = 12345
    model.Session.commit()
    assert '"12345"' in text(dataset)


@pytest.mark.parametrize("fields", [{"private": True}, {"state": "draft"}, {"state": "deleted"}])
def test_what_is_not_public_is_not_served(fields: dict[str, Any]) -> None:
    dataset = create()
    change(dataset, **fields)
    assert served() == []
    assert entry(dataset) is None
    assert store.last_change(dataset["id"]).kind == "withdrawn"


@pytest.mark.parametrize("action", ["bulk_update_private", "bulk_update_delete"])
def test_what_many_lose_at_once_is_withdrawn(action: str) -> None:
    datasets = [create(title=f"Nummer {number}") for number in range(2)]
    ids = [dataset["id"] for dataset in datasets]
    helpers.call_action(action, admin(), datasets=ids, org_id=datasets[0]["owner_org"])
    assert served() == []
    assert [store.last_change(one).kind for one in ids] == ["withdrawn", "withdrawn"]


def test_a_purged_package_leaves_its_trace() -> None:
    dataset = create()
    helpers.call_action("dataset_purge", admin(), id=dataset["id"])
    assert entry(dataset) is None
    assert store.last_change(dataset["id"]).kind == "withdrawn"


def test_a_hidden_package_is_gone_before_anything_is_written() -> None:
    dataset = create()
    model.Session.execute(
        model.package_table.update().where(model.package_table.c.id == dataset["id"]).values(private=True)
    )
    assert store.rows(1, 10, "ttl") == []
    assert store.rows_of([dataset["id"]], "ttl") == []
    assert store.listed([f"http://herne.test/dataset/{dataset['id']}"]) == set()


def test_positions_stay_and_new_ones_come_last() -> None:
    first, second, third = (create(title=title) for title in ("A", "B", "C"))
    change(first, notes="Geändert.")
    assert served() == [first["id"], second["id"], third["id"]]
    change(second, private=True)
    assert [row.position for row in store.rows(1, 10, "ttl")] == [1, 3]
    change(second, private=False)
    assert served() == [first["id"], third["id"], second["id"]]
    assert entry(second).position == 4


def test_positions_within_an_organization() -> None:
    helpers.call_action("organization_create", admin(), name="andere", title="Andere")
    mine, other = create(), create(owner_org="andere")
    assert [entry(one).owner_position for one in (mine, other)] == [1, 1]
    change(mine, owner_org="andere")
    assert entry(mine).owner_position == 2
    assert [row.package_id for row in store.rows(1, 10, "ttl", entry(mine).owner_org)] == [
        other["id"],
        mine["id"],
    ]
    helpers.call_action("package_patch", admin(), id=other["id"], owner_org="stadt-herne")
    helpers.call_action("package_patch", admin(), id=mine["id"], owner_org="stadt-herne")
    helpers.call_action("organization_purge", admin(), id="andere")


def test_what_turns_invalid_is_served_as_it_was_last_good(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, str]] = []
    monkeypatch.setattr(jobs._telling, "_todo", lambda *what: told.append(what))
    dataset = create()
    good = text(dataset)
    change(dataset, notes="Neu, aber ohne Datei.", resources=[])
    assert text(dataset) == good
    assert served() == [dataset["id"]]
    (held,) = gate.held()
    assert (held.package_id, held.is_served, held.title) == (dataset["id"], True, "Gut")
    assert held.violations > 0
    assert gate.held_package(dataset["id"]) == held
    change(dataset, title="Noch immer ohne Datei")
    assert gate.held()[0].since == held.since
    assert told == [(dataset["id"], "held")]
    change(dataset, resources=[FILE])
    assert "ohne Datei" in text(dataset)
    assert gate.held() == []
    assert gate.held_package(dataset["id"]) is None
    assert told == [(dataset["id"], "held"), (dataset["id"], "released")]


def test_what_was_never_good_is_not_served() -> None:
    dataset = create(resources=[])
    assert served() == []
    (held,) = gate.held()
    assert not held.is_served
    assert store.last_change(dataset["id"]) is None
    change(dataset, resources=[FILE])
    assert served() == [dataset["id"]]
    assert store.last_change(dataset["id"]).kind == "created"


def test_held_ones_can_be_asked_for_by_organization() -> None:
    dataset = create(resources=[])
    assert [held.package_id for held in gate.held([dataset["owner_org"]])] == [dataset["id"]]
    assert gate.held(["andere"]) == []
    assert gate.held([]) == []


def test_an_administrator_may_have_the_gate_only_warn() -> None:
    dataset = create(resources=[])
    try:
        helpers.call_action("config_option_update", admin(), **{gate.OPTION: "warn"})
        assert waiting() == {dataset["id"]}
        perform()
        assert served() == [dataset["id"]]
        assert gate.held() == []
        forget()
    finally:
        helpers.call_action("config_option_update", admin(), **{gate.OPTION: "hold"})
    perform()
    assert gate.held()[0].is_served
    with pytest.raises(tk.ValidationError, match="gate"):
        helpers.call_action("config_option_update", admin(), **{gate.OPTION: "open"})


def test_the_log_says_what_became_visible_in_which_order() -> None:
    first, second = create(title="A"), create(title="B")
    change(first, notes="Geändert.")
    helpers.call_action("package_delete", admin(), id=second["id"])
    after = store.changes(0, 1000)
    own = [
        (change.package_id, change.kind)
        for change in after
        if change.package_id in (first["id"], second["id"])
    ]
    assert own == [
        (first["id"], "created"),
        (second["id"], "created"),
        (first["id"], "changed"),
        (second["id"], "withdrawn"),
    ]
    assert [change.id for change in store.changes(after[-2].id, 10)] == [after[-1].id]


def test_what_the_feed_has_is_not_written_again() -> None:
    dataset = create()
    before, changes = entry(dataset), len(store.changes(0, 1000))
    assert publish.publish(dataset["id"]).outcome is Outcome.SAME
    assert publish.publish(dataset["id"], anew=True).outcome is Outcome.SERVED
    model.Session.commit()
    assert entry(dataset) == before
    assert len(store.changes(0, 1000)) == changes


def test_a_series_that_appears_or_goes_changes_its_members() -> None:
    series = create(**SERIES, private=True)
    member = create(in_series=[series["id"]])
    uri = f"http://herne.test/dataset/{series['id']}"
    assert f"dct:relation <{uri}>" in text(member)
    change(series, private=False)
    assert waiting() == {member["id"]}
    perform()
    assert f"dcat:inSeries <{uri}>" in text(member)
    assert [row.package_id for row in store.beside_rows([uri], "ttl")] == [series["id"]]
    assert "Reihe" not in text(member)
    change(series, title="Anders genannt")
    assert waiting() == set()
    helpers.call_action("package_delete", admin(), id=series["id"])
    perform()
    assert f"dct:relation <{uri}>" in text(member)


def test_what_is_held_is_not_referred_to() -> None:
    """What harvesters do not get cannot be described beside."""
    held = create(title="Ohne Datei", resources=[])
    dataset = create(has_version=[held["id"]])
    uri = f"http://herne.test/dataset/{held['id']}"
    assert f"dct:relation <{uri}>" in text(dataset)
    change(held, resources=[FILE])
    perform()
    assert f"dcat:hasVersion <{uri}>" in text(dataset)


def test_a_save_succeeds_when_publishing_fails(
    monkeypatch: pytest.MonkeyPatch, log: pytest.LogCaptureFixture
) -> None:
    dataset = create()
    good = text(dataset)

    def broken(*_: Any, **__: Any) -> Any:
        model.Session.execute(model.sqlalchemy.text("select 1/0"))

    with monkeypatch.context() as patch:
        patch.setattr(publish, "_stage", broken)
        change(dataset, notes="Geändert.")
    assert helpers.call_action("package_show", admin(), id=dataset["id"])["notes"] == "Geändert."
    assert text(dataset) == good
    assert dataset["id"] in log.text
    assert "ckan herne feed check --repair" in log.text
    assert waiting() == {dataset["id"]}
    perform()
    assert "Geändert." in text(dataset)


def test_a_new_dataset_that_cannot_be_published_is_held(
    monkeypatch: pytest.MonkeyPatch, log: pytest.LogCaptureFixture
) -> None:
    create(title="Schon da")
    with monkeypatch.context() as patch:
        patch.setattr(publish, "_stage", lambda _judged: 1 / 0)
        dataset = create()
    assert [held.package_id for held in gate.held()] == [dataset["id"]]
    assert store.extent().is_complete
    perform()
    assert gate.held() == []
    assert dataset["id"] in served()


def test_a_save_succeeds_while_the_job_queue_is_down(
    log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ckan.lib.jobs
    import ckan.lib.redis
    from redis import ConnectionPool

    series = create(**SERIES, private=True)
    member = create(in_series=[series["id"]])
    with monkeypatch.context() as patch:
        patch.setattr(ckan.lib.redis, "_connection_pool", ConnectionPool.from_url("redis://127.0.0.1:9/1"))
        patch.setattr(ckan.lib.jobs, "_queues", {})
        change(series, private=False)
    assert series["id"] in served()
    assert member["id"] in log.text
    assert "ckan herne feed check --repair" in log.text


def test_what_changes_while_the_job_runs_calls_for_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = create()
    jobs.enqueue(dataset["id"])
    published = jobs.publish

    def put_there_again(package_id: str) -> Any:
        done = published(package_id)
        jobs.enqueue(package_id)
        return done

    with monkeypatch.context() as patch:
        patch.setattr(jobs, "publish", put_there_again)
        perform()
    assert waiting() == {dataset["id"]}
    perform()
    assert waiting() == set()


def test_a_job_that_has_run_long_enough_calls_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs.enqueue(*(create(title=f"Nummer {number}")["id"] for number in range(2)))
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "PATIENCE", -1)
        perform()
    assert len(waiting()) == 2
    perform()
    assert waiting() == set()


def test_one_bad_package_keeps_the_others_from_nothing(
    monkeypatch: pytest.MonkeyPatch, log: pytest.LogCaptureFixture
) -> None:
    good, bad = create(title="Gut"), create(title="Schlecht")
    published = jobs.publish
    seen = []

    def failing(package_id: str) -> Any:
        seen.append(package_id)
        if package_id == bad["id"]:
            raise ValueError("kaputt")
        return published(package_id)

    monkeypatch.setattr(jobs, "publish", failing)
    jobs.enqueue(bad["id"], good["id"], "gone")
    perform()
    assert set(seen) == {bad["id"], good["id"], "gone"}
    assert "kaputt" in log.text
    assert waiting() == set()


def test_saves_at_the_same_time_get_positions_of_their_own() -> None:
    failures: list[BaseException] = []

    def save(number: int) -> None:
        try:
            create(title=f"Nummer {number}")
        except BaseException as error:
            failures.append(error)
        finally:
            model.Session.remove()

    threads = [threading.Thread(target=save, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert [row.position for row in store.rows(1, 10, "ttl")] == [1, 2, 3, 4, 5, 6]


def test_a_version_that_is_no_longer_current_is_not_served() -> None:
    dataset = create()
    assert publish.prepare(dataset["id"])
    model.Session.commit()
    change(dataset, notes="Danach geändert.")
    staging.apply()
    model.Session.commit()
    assert "Danach geändert." in text(dataset)
