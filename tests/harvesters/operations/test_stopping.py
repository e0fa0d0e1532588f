"""A worker that is asked to stop gives its run back at once; one that only slows down loses nothing."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib import jobs
from ckanext.herne.harvesters.operations import leases, progress, runs, scheduling
from ckanext.herne.harvesters.operations.work import work
from herne_stack.process import send, session_members

from .conftest import packages

if TYPE_CHECKING:
    from collections.abc import Callable

    from ckanext.herne.harvesters.operations.runs import Run

pytestmark = pytest.mark.usefixtures("site")


def known(job_id: str) -> Run:
    found = runs.get(job_id)
    assert found is not None
    return found


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def rq_worker() -> Any:
    """CKAN's own worker in a process of its own; each job is a process below it."""

    def begin() -> None:
        os.setsid()
        model.Session.remove()
        model.meta.engine.dispose(close=False)
        jobs.Worker([scheduling.QUEUE]).work(burst=True)

    worker = multiprocessing.get_context("fork").Process(target=begin)
    worker.start()
    return worker


def the_worker(pid: int) -> None:
    """As `herne-stack down`, or Docker: the worker is asked, not the process that does the job."""
    os.kill(pid, signal.SIGTERM)


def all_of_it(pid: int) -> None:
    """As systemd: every process of the service is asked."""
    for one in session_members(pid):
        send(one, signal.SIGTERM)


@pytest.mark.parametrize("ask", [the_worker, all_of_it])
def test_a_stopped_workers_run_goes_on_in_another_and_is_no_death(
    source: Any, catalogue: Any, monkeypatch: pytest.MonkeyPatch, ask: Callable[[int], None]
) -> None:
    monkeypatch.setattr(leases, "SIGN_OF_LIFE", 0.1)
    made = source()
    jobs.get_queue(scheduling.QUEUE).empty()
    job_id = scheduling.prepare(made.id)
    scheduling.enqueue(job_id)
    catalogue.pause.clear()
    asked = catalogue.asked
    worker = rq_worker()
    until(lambda: catalogue.asked > asked)
    ask(worker.pid)
    worker.join(10)
    assert not worker.is_alive()
    catalogue.pause.set()
    left = known(job_id)
    assert (left.finished, left.lease_until, left.attempts) == (None, None, 0)
    model.Session.remove()
    work(job_id)
    assert (known(job_id).outcome, known(job_id).attempts) == ("ok", 1)
    assert len(packages(made)) == 4


def test_many_steps_are_few_writes_and_none_is_lost(source: Any) -> None:
    job_id = scheduling.prepare(source().id)
    statements: list[str] = []

    def count(*args: Any) -> None:
        statements.append(args[2])

    sa.event.listen(model.meta.engine, "before_cursor_execute", count)
    noted, started = progress.Progress(job_id), time.monotonic()
    for number in range(1000):
        noted.step("fetch" if number < 500 else "plan", number, 1000)
        if number == 500:
            assert known(job_id).stage == "plan"
    seconds = time.monotonic() - started
    sa.event.remove(model.meta.engine, "before_cursor_execute", count)
    assert len([one for one in statements if "UPDATE herne_harvest_run" in one]) <= 2 + seconds
    noted.write()
    assert (known(job_id).stage, known(job_id).done) == ("plan", 999)
    work(job_id)
