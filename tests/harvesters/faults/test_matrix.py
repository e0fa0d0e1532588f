"""Whatever goes wrong in a harvest: the data are whole, the run ends, and one report says what happened.

The cases stand in `herne_testing.faults`; what comes of them is written to docs/fault-matrix.md.
"""

from __future__ import annotations

import re
import signal
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib import jobs
from ckan.lib.redis import connect_to_redis
from ckanext.herne.harvesters.operations import scheduling
from ckanext.herne.harvesters.operations.work import work
from herne_stack.process import Stop, end
from herne_stack.state import RUNNING
from herne_testing import servers
from herne_testing.faults import AT_PORTAL, AT_SOURCE, CASES, AtPortal, AtSource, Case

from .conftest import State, at, killed_at, taken_up, told

if TYPE_CHECKING:
    from collections.abc import Callable

    from ckanext.herne.harvest.reports import Report
    from herne_stack.servers import Stack

    from .conftest import Harvest

pytestmark = pytest.mark.faults

MANUAL = Path(__file__).parents[3] / "docs" / "fault-matrix.md"
INTRODUCTION = """\
# What may go wrong in a harvest

Written by `tests/harvesters/faults` on the real servers; do not edit. Before each row the portal has all
datasets of a source, and the source has news of each of them. The limits (time, size, pages) are lowered for
the test. After each row the next run is undisturbed: the portal has every dataset once, as the source says.

| Fault | What happens | Outcome of the run | Data after it | What the report says |
|---|---|---|---|---|
"""
# a row stands for a full disk, because it comes and goes without waiting for anybody's lock
FULL_DISK = """
CREATE TABLE full_disk (is_full boolean);
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF EXISTS (SELECT FROM full_disk) THEN
    RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON package FOR EACH ROW EXECUTE FUNCTION refuse();
"""
rows: dict[str, str] = {}


@pytest.fixture
def undisturbed(harvest: Harvest) -> Callable[[int], State]:
    """What an undisturbed run of a version of the source leaves; the first version's run is watched."""
    if not harvest.first:
        assert told(harvest.run()).run.outcome == "ok"
        harvest.first.update(harvest.state())
        assert len(harvest.first) == 3
    return lambda version: {guid: one.at(version) for guid, one in harvest.first.items()}


@pytest.fixture
def stack() -> Stack:
    if servers.running is None:
        pytest.skip("CKAN_SQLALCHEMY_URL names servers: they are not the tests' own to stop")
    return servers.running


@pytest.mark.parametrize("case", AT_SOURCE, ids=lambda case: case.name)
def test_a_fault_of_the_source(harvest: Harvest, undisturbed: Callable[[int], State], case: AtSource) -> None:
    before = harvest.catalogue.version
    harvest.state()
    harvest.news()
    case.play(harvest.catalogue)
    started = time.monotonic()
    report = told(harvest.run())
    assert time.monotonic() - started < 10
    stored = harvest.catalogue.version if case.outcome == "ok" else before
    assert harvest.state() == undisturbed(stored)
    check(case, report, harvest)
    is_mended(harvest, undisturbed)


@pytest.mark.parametrize("case", AT_PORTAL, ids=lambda case: case.name)
def test_a_fault_of_the_portal(
    harvest: Harvest,
    undisturbed: Callable[[int], State],
    request: pytest.FixtureRequest,
    case: AtPortal,
) -> None:
    harvest.news()
    job_id = scheduling.prepare(harvest.id)
    FAILING[case.failing](case, job_id, request)
    assert harvest.state() == undisturbed(harvest.catalogue.version)
    check(case, told(job_id), harvest)
    is_mended(harvest, undisturbed)


def is_mended(harvest: Harvest, undisturbed: Callable[[int], State]) -> None:
    """An undisturbed run leaves what the source says; one more has nothing to do."""
    harvest.catalogue.behave()
    assert told(harvest.run()).run.outcome == "ok"
    assert harvest.state() == undisturbed(harvest.catalogue.version)
    assert harvest.indexed() == {one.notes for one in harvest.state().values()}
    counts = told(harvest.run()).run.counts
    assert {name for name, count in counts.items() if count} == {"unchanged"}


def check(case: Case, report: Report, harvest: Harvest) -> None:
    """One report: how it ended, why and what to do, in words of people."""
    problems = [one.problem for section in report.sections for one in section.entries if one.problem]
    said = " ".join([report.happened, *problems])
    assert report.run.outcome == case.outcome, said
    assert case.words in said
    assert len(problems) <= 1
    assert report.means
    assert report.to_do
    assert not re.search(r"object at 0x|Traceback|Error\(|Exception", said)
    data = "as the source says" if case.outcome == "ok" else "the last good state"
    words = re.sub(r"\s+", " ", said.replace(harvest.catalogue.server.url, "http://source.example"))
    rows[case.name] = f"| {case.name} | {case.what} | {case.outcome} | {data} | {words.replace('|', '/')} |\n"


def kill(case: AtPortal, job_id: str, _request: pytest.FixtureRequest) -> None:
    killed_at(case.stage, job_id)
    taken_up(job_id)


def restart_database(case: AtPortal, job_id: str, request: pytest.FixtureRequest) -> None:
    stack = request.getfixturevalue("stack")
    with at(case.stage, lambda: (stop(stack, "postgres"), start(stack, "postgres"))[0]):
        work(job_id)


def solr_away(case: AtPortal, job_id: str, _request: pytest.FixtureRequest) -> None:
    """For two seconds nothing answers where Solr is looked for."""
    url = tk.config["solr_url"]
    back = threading.Timer(2, tk.config.update, ({"solr_url": url},))

    def away() -> None:
        tk.config["solr_url"] = "http://127.0.0.1:1/solr/ckan"
        back.start()

    with at(case.stage, away):
        work(job_id)
    back.join()


def disk_full(case: AtPortal, job_id: str, _request: pytest.FixtureRequest) -> None:
    """For two seconds PostgreSQL refuses whatever is written to a dataset, as it does without room for it."""
    model.Session.remove()
    psql(FULL_DISK)
    room = threading.Timer(2, psql, ("DELETE FROM full_disk",))

    def fill() -> None:
        psql("INSERT INTO full_disk VALUES (true)")
        room.start()

    try:
        with at(case.stage, fill):
            work(job_id)
    finally:
        room.join()
        model.Session.remove()
        psql("DROP FUNCTION refuse CASCADE; DROP TABLE full_disk")


def psql(statements: str) -> None:
    with model.meta.engine.begin() as connection:
        connection.execute(sa.text(statements))


def flush(_case: AtPortal, job_id: str, _request: pytest.FixtureRequest) -> None:
    """The first visitor brings the beat back, and that the run."""
    scheduling.enqueue(job_id)
    connect_to_redis().flushdb()
    scheduling._looked = 0.0
    scheduling.watch()
    for _round in range(2):
        jobs.Worker([jobs.DEFAULT_QUEUE_NAME, scheduling.QUEUE]).work(burst=True, with_scheduler=True)
    model.Session.remove()


FAILING: dict[str, Callable[[AtPortal, str, pytest.FixtureRequest], None]] = {
    "worker": kill,
    "postgres": restart_database,
    "solr": solr_away,
    "queue": flush,
    "disk": disk_full,
}


def stop(stack: Stack, name: str) -> None:
    identity = stack.state.services[name].identity
    assert identity
    end(identity, [Stop(signal.SIGINT, 40)])


def start(stack: Stack, name: str) -> None:
    stack.children.check_once(only=name)  # it notices that it is away
    while stack.state.services[name].state != RUNNING:
        time.sleep(0.1)
        stack.children.check_once(only=name)


def test_the_manual_says_what_happened() -> None:
    missing = [case.name for case in CASES if case.name not in rows]
    if missing:
        pytest.skip(f"not played in this run: {', '.join(missing)}")
    table = INTRODUCTION + "".join(rows[case.name] for case in CASES)
    is_current = MANUAL.is_file() and MANUAL.read_text("utf-8") == table
    MANUAL.write_text(table, "utf-8")
    assert is_current, f"{MANUAL.name} was out of date and is written anew: look at it and keep it"
