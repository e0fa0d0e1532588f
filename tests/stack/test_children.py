"""Services that die while the portal starts."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

from herne_stack.children import Children
from herne_stack.home import Home
from herne_stack.process import Command, Stop, wait_until
from herne_stack.services.base import Service
from herne_stack.state import RUNNING, State

if TYPE_CHECKING:
    from pathlib import Path

# dies once after it was ready, as a worker does whose connection broke
ONCE = """
import pathlib, sys, time
ready, died = map(pathlib.Path, sys.argv[1:])
ready.touch()
if not died.exists():
    died.touch()
    time.sleep(1)
    sys.exit(7)
time.sleep(60)
"""


class DiesOnce(Service):
    name = "worker"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def prepare(self) -> None:
        (self.folder / "ready").unlink(missing_ok=True)

    def command(self) -> Command:
        argv = [sys.executable, "-c", ONCE, str(self.folder / "ready"), str(self.folder / "died")]
        return Command(argv, {}, self.folder, stops=[Stop(signal.SIGKILL, 5)])

    def ready(self) -> bool:
        return (self.folder / "ready").exists()


def test_a_service_that_died_while_others_started_runs_before_the_portal_is_called_ready(
    tmp_path: Path,
) -> None:
    home = Home(tmp_path / "home")
    home.create()
    state = State()
    children = Children(home, state)
    try:
        children.start([DiesOnce(tmp_path)])
        first = state.services["worker"].identity
        assert first
        assert wait_until(lambda: not first.alive(), 20)
        events = children.settle()
        identity = state.services["worker"].identity
        assert identity
        assert identity.alive()
        assert state.services["worker"].state == RUNNING
        assert [event.split(" (")[0] for event in events] == [
            "worker ended unexpectedly",
            "worker runs again",
        ]
        assert "exit code 7" in events[0]
    finally:
        children.stop()
