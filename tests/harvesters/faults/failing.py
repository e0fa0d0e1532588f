"""How parts of the portal fail in the middle of a run, and come back: for real, on the tests' own servers."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from ckan.lib import jobs
from ckan.lib.redis import connect_to_redis
from ckanext.herne.harvesters.operations import scheduling
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
    """Has the case's part fail while the run is done, to its end."""
    FAILING[case.failing](case, job_id)


def kill(case: AtPortal, job_id: str) -> None:
    killed_at(case.stage, job_id)
    taken_up(job_id)


def restart_database(case: AtPortal, job_id: str) -> None:
    stack = own_servers()

    def restart() -> None:
        stop(stack, "postgres")
        begin_again(stack, "postgres")
        await_(stack, "postgres")

    with at(case.stage, restart):
        work(job_id)


def solr_down(case: AtPortal, job_id: str) -> None:
    """It is stopped, and starts while the run goes on, which takes some seconds."""
    stack = own_servers()

    def restart() -> None:
        stop(stack, "solr")
        begin_again(stack, "solr")

    with at(case.stage, restart):
        work(job_id)
    await_(stack, "solr")


def solr_frozen(case: AtPortal, job_id: str) -> None:
    """It takes requests and answers none, longer than CKAN waits."""
    identity = own_servers().state.services["solr"].identity
    assert identity
    patience, tk.config["solr_timeout"] = tk.config["solr_timeout"], 1
    thaw = threading.Timer(MOMENT + 1, os.kill, (identity.pid, signal.SIGCONT))

    def freeze() -> None:
        os.kill(identity.pid, signal.SIGSTOP)
        thaw.start()

    try:
        with at(case.stage, freeze):
            work(job_id)
    finally:
        thaw.join()
        tk.config["solr_timeout"] = patience


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
    "postgres": restart_database,
    "solr": solr_down,
    "solr frozen": solr_frozen,
    "queue": flush,
    "disk": disk_full,
}


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
    stack.children.check_once(only=name)  # it notices that it is away
    while stack.state.services[name].identity is None:
        time.sleep(0.1)
        stack.children.check_once(only=name)


def await_(stack: Stack, name: str) -> None:
    while stack.state.services[name].state != RUNNING:
        time.sleep(0.1)
        stack.children.check_once(only=name)
