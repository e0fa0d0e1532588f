"""The machine-readable status, log files that stay bounded, and events that travel through a pipe."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from herne_stack import logfiles, status
from herne_stack.home import Home
from herne_stack.process import Identity
from herne_stack.reporting import Lines, Pipe, replay
from herne_stack.state import RESTARTING, RUNNING, Entry, State

if TYPE_CHECKING:
    from pathlib import Path


def test_an_unknown_home_is_not_running(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "herne_stack", "status", "--json", "--home", str(tmp_path / "none")]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert result.returncode == 3
    assert json.loads(result.stdout) == {
        "ready": False,
        "site": {"url": None, "ini": None, "admin": None, "token_file": None},
        "services": {},
    }
    assert not (tmp_path / "none").exists()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.create()
    return home


def test_ready_needs_every_service_and_a_living_supervisor(home: Home) -> None:
    me = Identity.of(os.getpid())
    assert me
    gone = Identity(me.pid, me.started - 1, me.boot)
    running = Entry(RUNNING, "http://x", me, [])
    State(True, "http://site", me, {"web": running}).save(home)
    found = status.describe(home)
    assert found["ready"] is True
    assert found["site"]["url"] == "http://site"
    assert found["services"] == {"web": {"state": "running", "pid": me.pid, "url": "http://x"}}
    State(True, "http://site", gone, {"web": running}).save(home)
    assert status.describe(home)["ready"] is False
    State(True, "http://site", me, {"web": Entry(RUNNING, None, gone, [])}).save(home)
    assert status.describe(home)["services"]["web"] == {"state": "stopped", "pid": None, "url": None}
    State(True, "http://site", me, {"web": Entry(RESTARTING, None, None, [])}).save(home)
    assert status.describe(home)["services"]["web"]["state"] == "restarting"
    assert status.describe(home)["ready"] is False


def test_a_log_never_grows_beyond_its_limit(tmp_path: Path) -> None:
    path = tmp_path / "web.log"
    with path.open("ab") as stream:
        for number in range(100):
            stream.write(f"line {number}\n".encode())
            stream.flush()
            logfiles.bound(path, limit=200)
    assert path.stat().st_size <= 200
    assert (tmp_path / "web.log.1").stat().st_size <= 220
    assert logfiles.tail(path, 1) == "line 99"


def test_the_tail_of_no_log_is_empty(tmp_path: Path) -> None:
    assert logfiles.tail(tmp_path / "none.log") == ""


def test_events_arrive_at_the_other_end_of_a_pipe() -> None:
    reading, writing = os.pipe()
    pipe = Pipe(os.fdopen(writing, "w", encoding="utf-8"))
    with pipe.step("Größe prüfen"):
        pipe.say("nothing lost")
    pipe.close()
    shown = io.StringIO()
    with os.fdopen(reading, encoding="utf-8") as events:
        for line in events:
            replay(line, Lines(shown))
    first, second = shown.getvalue().splitlines()
    assert first == "nothing lost"
    assert second.startswith("Größe prüfen: done in 0.")


def test_nobody_listening_does_not_stop_the_stack() -> None:
    reading, writing = os.pipe()
    pipe = Pipe(os.fdopen(writing, "w", encoding="utf-8"))
    os.close(reading)
    pipe.say("hello?")
    pipe.say("still here")
