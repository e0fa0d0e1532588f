"""How parts of the portal fail in the middle of a run, and come back: for real, on the tests' own servers."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING

import pytest
from ckan import model
from ckan.lib import jobs
from ckan.lib.redis import connect_to_redis
from ckanext.herne.harvesters.operations import patience, scheduling
from ckanext.herne.harvesters.operations.work import work
from herne_stack.process import Stop, end
from herne_stack.state import RUNNING
from herne_testing import servers
from herne_testing.full_disk import small_disk

from .conftest import at, killed_at, taken_up

if TYPE_CHECKING:
    from collections.abc import Callable

    from herne_stack.servers import Stack
    from herne_testing.faults import AtPortal

MOMENT = 2  # seconds that something lasts


def play(case: AtPortal, job_id: str) -> None:
    """Has the case's part fail while the run is done, to its end; of servers, the run must have met it."""
    with pytest.MonkeyPatch.context() as patched:
        met: list[str] = []
        patched.setattr(patience.log, "warning", lambda text, *values: met.append(text % values))
        try:
            FAILING[case.failing](case, job_id)
        finally:  # the tests after this one need all servers, also where this one failed
            whole_again()
    assert case.failing not in MET or any(MET[case.failing] in message for message in met), met


def kill(case: AtPortal, job_id: str) -> None:
    killed_at(case.stage, job_id)
    taken_up(job_id)


def restart(case: AtPortal, job_id: str) -> None:
    """The server is stopped, and starts while the run goes on, which takes Solr some seconds."""
    stack, name = own_servers(), case.failing

    def stop_and_start() -> None:
        stop(stack, name)
        begin_again(stack, name)

    with at(case.stage, stop_and_start):
        work(job_id)
    await_(stack, name)


def solr_frozen(case: AtPortal, job_id: str) -> None:
    """It takes requests, and answers them when it goes on."""
    identity = own_servers().state.services["solr"].identity
    assert identity
    thaw = threading.Timer(MOMENT, os.kill, (identity.pid, signal.SIGCONT))

    def freeze() -> None:
        os.kill(identity.pid, signal.SIGSTOP)
        thaw.start()

    with at(case.stage, freeze):
        work(job_id)
    thaw.join()


def disk_full(case: AtPortal, job_id: str) -> None:
    """The table of the datasets lies on a disk that is full for a moment."""
    stack = own_servers()
    model.Session.remove()
    try:
        with small_disk(stack) as disk:
            room = threading.Timer(MOMENT, disk.clear)

            def fill() -> None:
                disk.fill()
                room.start()

            with at(case.stage, fill):
                work(job_id)
            room.join()
            model.Session.remove()
    except PermissionError as error:
        pytest.skip(f"no disk can be made small here: {error}")


def flush(_case: AtPortal, job_id: str) -> None:
    """The first visitor brings the beat back, and that the run."""
    scheduling.enqueue(job_id)
    connect_to_redis().flushdb()
    scheduling._looked = 0.0
    scheduling.watch()
    for _round in range(2):
        jobs.Worker([jobs.DEFAULT_QUEUE_NAME, scheduling.QUEUE]).work(burst=True, with_scheduler=True)
    model.Session.remove()


FAILING: dict[str, Callable[[AtPortal, str], None]] = {
    "worker": kill,
    "postgres": restart,
    "solr": restart,
    "solr frozen": solr_frozen,
    "queue": flush,
    "disk": disk_full,
}


MET = {"postgres": "", "solr": "", "disk": "No space left on device"}
"""What the log says of a part that the run has waited for."""


def own_servers() -> Stack:
    if servers.running is None:
        pytest.skip("CKAN_SQLALCHEMY_URL names servers: they are not the tests' own to stop")
    return servers.running


def stop(stack: Stack, name: str) -> None:
    identity = stack.state.services[name].identity
    assert identity
    first = signal.SIGINT if name == "postgres" else signal.SIGTERM
    end(identity, [Stop(first, 40)])


def begin_again(stack: Stack, name: str) -> None:
    """Has the server started anew, as the supervisor does; it is not waited for."""
    before = stack.state.services[name].identity
    while (now := stack.state.services[name].identity) in (None, before):
        time.sleep(0.05)
        stack.children.check_once(only=name)
    assert now


def whole_again() -> None:
    if servers.running is not None:
        for name in servers.running.state.services:
            await_(servers.running, name)


def await_(stack: Stack, name: str) -> None:
    while stack.state.services[name].state != RUNNING:
        time.sleep(0.1)
        stack.children.check_once(only=name)
