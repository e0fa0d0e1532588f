"""Processes: known by pid and start time, ended with all they started, never outliving their parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from herne_stack.home import Home
from herne_stack.process import Command, Identity, Stop, end, session_members, spawn, wait_until
from herne_stack.state import RUNNING, Entry, State, sweep

if TYPE_CHECKING:
    from pathlib import Path

STOPS = (Stop(signal.SIGTERM, 5), Stop(signal.SIGKILL, 5))
ENVIRON = {"PATH": os.environ["PATH"]}


def start(tmp_path: Path, *argv: str) -> Identity:
    process = spawn(Command(argv, ENVIRON, tmp_path, stops=STOPS), tmp_path / "log")
    identity = Identity.of(process.pid)
    assert identity
    return identity


def test_a_process_is_itself() -> None:
    identity = Identity.of(os.getpid())
    assert identity
    assert identity.alive()


def test_a_reused_pid_is_a_stranger_and_spared(tmp_path: Path) -> None:
    identity = start(tmp_path, "sleep", "60")
    stranger = replace(identity, started=identity.started - 100)
    assert not stranger.alive()
    end(stranger, STOPS)
    assert identity.alive()
    end(identity, STOPS)
    assert not identity.alive()


def test_another_boot_is_another_process() -> None:
    identity = Identity.of(os.getpid())
    assert identity
    assert not replace(identity, boot="before").alive()


def test_one_who_does_not_listen_is_killed_with_the_children(tmp_path: Path) -> None:
    identity = start(tmp_path, "sh", "-c", "trap '' TERM; sleep 60 & sleep 60 & wait; wait")
    assert wait_until(lambda: len(session_members(identity.pid)) == 3, 5)
    end(identity, (Stop(signal.SIGTERM, 0.3), Stop(signal.SIGKILL, 5)))
    assert session_members(identity.pid) == []


def test_children_of_a_leader_that_died_are_found(tmp_path: Path) -> None:
    identity = start(tmp_path, "sh", "-c", "sleep 60 & sleep 0.5")
    assert wait_until(lambda: not identity.alive(), 5)
    assert len(session_members(identity.pid)) == 1
    end(identity, STOPS)
    assert session_members(identity.pid) == []


PARENT = """
import sys, time
from pathlib import Path
from herne_stack.process import Command, spawn
child = spawn(Command(["sleep", "60"], {"PATH": sys.argv[1]}, Path("/")), Path(sys.argv[2]))
print(child.pid, flush=True)
time.sleep(60)
"""


def test_a_killed_parent_takes_its_children_along(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, os.environ["PATH"], str(tmp_path / "log")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        child = Identity.of(int(parent.stdout.readline()))
        assert child
        parent.kill()
    assert wait_until(lambda: not child.alive(), 5)


def test_sweeping_ends_what_was_recorded(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.create()
    left = start(tmp_path, "sleep", "60")
    gone = replace(left, pid=2**22 - 1)
    State(
        ready=True,
        services={
            "valkey": Entry(RUNNING, None, left, list(STOPS)),
            "solr": Entry(RUNNING, None, gone, list(STOPS)),
        },
    ).save(home)
    with home.locked():
        assert sweep(home) == ["valkey"]
    assert not left.alive()
    assert State.load(home) == State()


@pytest.mark.parametrize("command", [["true"], ["false"]])
def test_no_identity_for_who_has_ended(command: list[str]) -> None:
    process = subprocess.Popen(command)
    process.wait()
    assert Identity.of(process.pid) is None
