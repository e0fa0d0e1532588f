"""What a load leaves behind when it is killed, when the database ends it, and when others load or read."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from ckanext.datastore.backend.postgres import get_write_engine
from ckanext.herne.tables import Changes, ensure, load, read
from herne_testing import endless_loads
from herne_testing.endless_loads import EVERYTHING, TABLE, rows

STATES = [rows(state).sort("id").rows() for state in (0, 1)]


@pytest.fixture
def table_id(resource_id: str) -> str:
    ensure(TABLE, resource_id)
    load(TABLE, resource_id, rows(0))
    return resource_id


def backends() -> int:
    """How many connections are in the middle of a load."""
    query = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
    with get_write_engine().connect() as connection:
        return int(connection.exec_driver_sql(query).scalar_one())


def wait_for(wanted: int) -> None:
    until = time.monotonic() + 30
    while (backends() > 0) != (wanted > 0):
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_killed_load_leaves_one_state_whole(table_id: str) -> None:
    command = [sys.executable, endless_loads.__file__, table_id]
    environ = os.environ | {"PYTHONPATH": str(Path(endless_loads.__file__).parents[1])}
    for seed in range(3):
        with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as loader:
            assert loader.stdout
            assert loader.stdout.readline() in ("0\n", "1\n")
            time.sleep(random.Random(seed).random())
            wait_for(1)
            loader.kill()
        wait_for(0)
        assert read(TABLE, table_id).rows() in STATES
        again = load(TABLE, table_id, rows(1), EVERYTHING)
        assert again.inserted + again.changed + again.unchanged == len(STATES[1])
        assert read(TABLE, table_id).rows() == STATES[1]


def test_readers_see_one_state_whole_while_another_is_loaded(table_id: str) -> None:
    stop = threading.Event()
    seen: set[int] = set()

    def watch() -> None:
        while not stop.is_set():
            seen.add(STATES.index(read(TABLE, table_id).rows()))

    watcher = threading.Thread(target=watch)
    watcher.start()
    for state in (1, 0, 1):
        assert load(TABLE, table_id, rows(state), EVERYTHING)
    stop.set()
    watcher.join()
    assert seen <= {0, 1}
    assert seen


def test_a_load_that_the_database_ends_changes_nothing(table_id: str) -> None:
    failed: list[BaseException] = []

    def work() -> None:
        try:
            while not failed:
                load(TABLE, table_id, rows(1), EVERYTHING)
                load(TABLE, table_id, rows(0), EVERYTHING)
        except Exception as error:
            failed.append(error)

    worker = threading.Thread(target=work)
    worker.start()
    ended = 0
    with get_write_engine().connect() as connection:
        while not ended:
            ended = connection.exec_driver_sql(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_locks"
                " WHERE locktype = 'advisory' AND granted"
            ).scalar_one()
    worker.join()
    assert failed
    assert read(TABLE, table_id).rows() in STATES
    load(TABLE, table_id, rows(0), EVERYTHING)
    assert load(TABLE, table_id, rows(0), EVERYTHING) == Changes(unchanged=len(STATES[0]))


def test_full_text_search_and_its_trigger_outlive_a_load(table_id: str) -> None:
    """The first load rebuilds the index of words and lets the trigger rest; both are there afterwards."""
    with get_write_engine().connect() as connection:
        assert connection.exec_driver_sql(
            "SELECT count(*) FROM pg_indexes WHERE tablename = %s AND indexdef LIKE '%%(_full_text)'",
            (table_id,),
        ).scalar_one()
        enabled = connection.exec_driver_sql(
            "SELECT tgenabled FROM pg_trigger WHERE tgname = 'zfulltext' AND tgrelid = %s::regclass",
            (f'"{table_id}"',),
        ).scalar_one()
    assert enabled == "O"
