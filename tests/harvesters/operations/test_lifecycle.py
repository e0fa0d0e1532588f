"""Runs on the real portal: plan, guard, grace, duplicates, steward's edits, leases, the beat."""

from __future__ import annotations

import json
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from ckan.cli.cli import ckan as ckan_command
from ckan.lib import jobs
from ckan.lib.redis import connect_to_redis
from ckanext.harvest.model import HarvestJob, HarvestSource
from ckanext.herne.harvest import sources
from ckanext.herne.harvest.health import State
from ckanext.herne.harvest.model import record_table, run_table
from ckanext.herne.harvesters.operations import leases, records, runs, scheduling, storing
from ckanext.herne.harvesters.operations.work import work
from click.testing import CliRunner
from herne_testing.runs import run

from .conftest import packages

pytestmark = pytest.mark.usefixtures("site")


def plan(source: Any, **asked: Any) -> dict[str, Any]:
    done = tk.get_action("herne_harvest_plan")(
        {"ignore_auth": True}, {"id": source.id, "wait": True, **asked}
    )
    return dict(done["plan"])


def test_a_plan_says_what_a_run_then_does_and_writes_nothing(source: Any, catalogue: Any) -> None:
    made = source()
    first = plan(made)
    assert {entry["title"] for entry in first["create"]} == {"Eins", "Zwei", "Drei", "Vier"}
    assert packages(made) == {}
    assert model.Session.query(HarvestJob).filter_by(source_id=made.id).count() == 0
    assert len(run(made)["plan"]["create"]) == 4
    catalogue.titles = {1: "Eins", 2: "Zwei neu", 3: "Drei", 5: "Fünf"}
    before = packages(made)
    planned = plan(made)
    assert [entry["title"] for entry in planned["create"]] == ["Fünf"]
    (change,) = planned["change"]
    fields = {one["field"]: (one["old"], one["new"]) for one in change["fields"]}
    assert fields["title"] == ("Zwei", "Zwei neu")
    assert len(planned["unchanged"]) == 2
    assert [entry["title"] for entry in planned["delete"]] == ["Vier"]
    assert packages(made) == before
    done = run(made, accept_deletions=True)["plan"]
    for part in ("create", "change", "delete"):
        assert [entry["guid"] for entry in done[part]] == [entry["guid"] for entry in planned[part]]
    assert packages(made)["2"]["title"] == "Zwei neu"


def test_an_edit_stays_until_the_source_says_something_new(source: Any, catalogue: Any) -> None:
    made = source()
    run(made)
    own = packages(made)["1"]
    edits = {"title": "Von Hand", "url": "https://www.herne.de/eins"}
    tk.get_action("package_patch")(storing.site_context(), {"id": own["id"], **edits})
    assert run(made)["status"] == dict.fromkeys(run(made)["plan"]["unchanged"], "not modified")
    catalogue.titles[2] = "Zwei neu"
    run(made)
    assert packages(made)["1"]["title"] == "Von Hand"
    catalogue.titles[1] = "Eins neu"
    run(made)
    after = packages(made)["1"]
    assert (after["title"], after["url"]) == ("Eins neu", "https://www.herne.de/eins")


def test_many_that_vanish_are_asked_about_and_nothing_is_written_meanwhile(
    source: Any, catalogue: Any
) -> None:
    made = source()
    run(made)
    before = packages(made)
    catalogue.titles = {11: "Eins", 12: "Zwei", 13: "Drei", 14: "Vier"}  # the source counts anew
    done = run(made)
    assert done["outcome"] == "asks"
    assert "4" in done["message"]
    assert packages(made) == before
    assert run(made, accept_deletions=True)["outcome"] == "ok"
    assert set(packages(made)) == {
        "1",
        "2",
        "3",
        "4",
        "11",
        "12",
        "13",
        "14",
    }  # the old ones have their grace


def test_a_dataset_stays_for_its_grace_and_may_come_back(source: Any, catalogue: Any) -> None:
    made = source(deletable_share=0.5, grace_days=3)
    run(made)
    gone = packages(made)["4"]["id"]
    del catalogue.titles[4]
    assert run(made)["plan"]["delete"][0]["package_id"] == gone
    assert model.Package.get(gone).state == "active"
    catalogue.titles[4] = "Vier"
    run(made)
    assert records.of_source(made.id)[f"https://quelle.example.org/{catalogue.name}/4"].missing_since is None
    del catalogue.titles[4]
    run(made)
    long_ago = datetime.now(UTC) - timedelta(days=4)
    missing = record_table.update().where(record_table.c.missing_since.isnot(None))
    model.Session.execute(missing.values(missing_since=long_ago))
    model.Session.commit()
    assert "deleted" in run(made)["status"].values()
    model.Session.expire_all()
    assert model.Package.get(gone).state == "deleted"
    assert set(packages(made)) == {"1", "2", "3"}


def test_a_record_of_two_sources_comes_from_the_one_with_priority(source: Any, catalogue: Any) -> None:
    low, high = source(), source(priority=5)
    run(low)
    ids = {name: package["id"] for name, package in packages(low).items()}
    assert run(high)["errors"] == []
    assert {name: package["id"] for name, package in packages(high).items()} == ids
    held = run(low)["plan"]["held"]
    assert len(held) == 4
    assert "Quelle 2" in held[0]["problem"]
    assert model.Session.query(model.Package).filter(model.Package.id.in_(ids.values())).count() == 4


def test_a_record_that_fails_leaves_its_source_current_with_gaps(source: Any, catalogue: Any) -> None:
    made = source("DAILY")
    catalogue.titles[2] = ""
    assert run(made)["outcome"] == "partial"
    assert set(packages(made)) == {"1", "3", "4"}
    known = sources.source(made.id)
    assert known is not None
    assert known.health.state is State.INCOMPLETE
    assert known.facts.failing_since is None
    catalogue.titles[2] = "Zwei"
    assert run(made)["outcome"] == "ok"
    known = sources.source(made.id)
    assert known is not None
    assert known.health.state is State.OK


def test_a_second_run_at_the_same_time_is_refused(source: Any) -> None:
    made = source()
    job_id = scheduling.prepare(made.id)
    with pytest.raises(tk.ValidationError):
        tk.get_action("herne_harvest_run")({"ignore_auth": True}, {"id": made.id})
    work(job_id)
    assert run(made)["outcome"] == "ok"


def test_who_loses_the_lease_writes_nothing_more(source: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "SIGN_OF_LIFE", 0.1)
    made = source()
    job_id = scheduling.prepare(made.id)
    held = leases.lease(job_id)
    assert held is not None
    assert leases.lease(job_id) is None
    stolen = run_table.update().where(run_table.c.job_id == job_id).values(worker="another")
    with model.meta.engine.begin() as connection:
        connection.execute(stolen)
    with pytest.raises(leases.LostError), held.held():
        time.sleep(5)


def test_a_dead_workers_run_is_taken_up_by_the_beat(source: Any) -> None:
    made = source()
    job_id = scheduling.prepare(made.id)
    assert leases.lease(job_id) is not None  # a worker that is never heard of again
    queue = jobs.get_queue(scheduling.QUEUE)
    queue.empty()
    scheduling.beat("")
    assert queue.job_ids == []
    expired = run_table.update().where(run_table.c.job_id == job_id)
    with model.meta.engine.begin() as connection:
        connection.execute(expired.values(lease_until=datetime.now(UTC) - timedelta(seconds=1)))
    scheduling.beat("")
    scheduling.beat("")
    assert queue.job_ids == [f"herne-harvest-{job_id}"]
    queue.empty()
    work(job_id)
    done = runs.get(job_id)
    assert done is not None
    assert (done.outcome, done.attempts) == ("ok", 2)
    assert len(packages(made)) == 4


def test_a_run_over_which_workers_die_is_given_up(source: Any) -> None:
    made = source()
    job_id = scheduling.prepare(made.id)
    with model.meta.engine.begin() as connection:
        connection.execute(
            run_table.update().where(run_table.c.job_id == job_id).values(attempts=runs.ATTEMPTS)
        )
    work(job_id)
    done = runs.get(job_id)
    assert done is not None
    assert done.outcome == "failed"
    assert done.message
    assert HarvestJob.get(job_id).status == "Finished"


def test_a_waiting_run_can_be_cancelled_in_the_middle(
    source: Any, catalogue: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "SIGN_OF_LIFE", 0.1)
    made = source()
    job_id = scheduling.prepare(made.id)
    catalogue.pause.clear()
    threading.Timer(1, lambda: runs.ask_to_cancel(made.id)).start()
    started = time.monotonic()
    work(job_id)
    catalogue.pause.set()
    assert time.monotonic() - started < 10
    done = runs.get(job_id)
    assert done is not None
    assert done.outcome == "cancelled"
    assert HarvestJob.get(job_id).status == "Finished"
    assert run(made)["outcome"] == "ok"


def test_a_run_in_which_nothing_moves_is_stopped(
    source: Any, catalogue: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "SIGN_OF_LIFE", 0.1)
    monkeypatch.setitem(tk.config, "ckanext.herne.harvest.stall_minutes", 0)
    made = source()
    catalogue.pause.clear()
    job_id = scheduling.prepare(made.id)
    work(job_id)
    catalogue.pause.set()
    done = runs.get(job_id)
    assert done is not None
    assert done.outcome == "stalled"


def test_the_beat_starts_what_is_due_and_not_what_pauses(source: Any) -> None:
    due, paused = source("DAILY"), source("DAILY")
    for one in (due, paused):
        one.next_run = datetime.now(UTC).replace(tzinfo=None) - timedelta(minutes=1)
    model.Session.commit()
    tk.get_action("herne_harvest_pause")({"ignore_auth": True}, {"id": paused.id})
    queue = jobs.get_queue(scheduling.QUEUE)
    queue.empty()
    scheduling.beat("")
    (waiting,) = [one for one in runs.unfinished() if one.source_id in (due.id, paused.id)]
    assert waiting.source_id == due.id
    assert f"herne-harvest-{waiting.job_id}" in queue.job_ids
    model.Session.expire_all()
    assert HarvestSource.get(due.id).next_run > datetime.now(UTC).replace(tzinfo=None) + timedelta(hours=23)
    queue.empty()
    work(waiting.job_id)


def test_a_beat_that_was_lost_comes_back_with_the_next_request(
    portal: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect_to_redis().delete(scheduling._key())
    monkeypatch.setattr(scheduling, "_looked", -1000.0)
    portal.get("/about")
    assert connect_to_redis().exists(scheduling._key())


def test_a_job_of_ckanext_harvest_goes_to_our_workers(source: Any) -> None:
    made = source()
    job = tk.get_action("harvest_job_create")({"ignore_auth": True}, {"source_id": made.id})
    work(job["id"])
    model.Session.expire_all()
    shown = tk.get_action("harvest_job_show")({"ignore_auth": True}, {"id": job["id"]})
    assert (shown["status"], shown["stats"]["added"]) == ("Finished", 4)


def test_the_commands_speak_json(source: Any) -> None:
    made = source()
    told = command("plan", made.id, "--json")
    assert told.exit_code == 0, told.output
    assert {"create", "change", "unchanged", "delete"} <= set(json.loads(told.output))
    done = command("run", made.id, "--json")
    assert json.loads(done.output)["outcome"] == "ok"
    stands = json.loads(command("status", made.id, "--json").output)
    assert (stands["state"], stands["run"]["outcome"]) == ("ok", "ok")
    assert "In Ordnung" in command("status", made.id).output
    assert len(json.loads(command("history", made.id, "--json").output)) == 2
    assert "unverändert: 4" in command("plan", made.id).output
    unknown = command("run", "gibt-es-nicht")
    assert unknown.exit_code == 2
    assert "gibt-es-nicht" in unknown.output


def command(*arguments: str) -> Any:
    return CliRunner().invoke(ckan_command, ["-c", "test.ini", "herne", "harvest", *arguments])


def test_only_editors_ask_and_only_administrators_accept_deletions(source: Any, site: dict[str, Any]) -> None:
    from ckan.tests import factories

    made = source()
    stranger, editor = factories.User(image_url="")["name"], factories.User(image_url="")["name"]
    tk.get_action("member_create")(
        dict(site), {"id": "stadt-herne", "object": editor, "object_type": "user", "capacity": "editor"}
    )
    for action in ("plan", "run", "cancel", "pause", "status", "history"):
        with pytest.raises(tk.NotAuthorized):
            tk.check_access(f"herne_harvest_{action}", {"user": stranger}, {"id": made.id})
        assert tk.check_access(f"herne_harvest_{action}", {"user": editor}, {"id": made.id})
    with pytest.raises(tk.NotAuthorized):
        tk.check_access("herne_harvest_run", {"user": editor}, {"id": made.id, "accept_deletions": True})
