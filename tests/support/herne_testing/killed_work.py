"""Does harvest runs in processes of their own and kills them (SIGKILL) after a time: for a test.

Reads lines "JOB SECONDS" and answers each with the seconds it took. Each run is forked off a process that has
CKAN loaded but has computed nothing: the threads of Polars do not survive a fork.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from signal import SIGKILL
from typing import TYPE_CHECKING

from herne_testing.clock import Clock
from herne_testing.servers import application

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LONGEST = 60.0  # seconds


@contextlib.contextmanager
def killing(at: datetime) -> Iterator[Callable[..., float]]:
    """Runs at a time of the portal's clock: a function of a job and the seconds after which it is killed."""
    environ = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, __file__, at.isoformat()]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, env=environ, text=True, **pipes) as process:  # type: ignore[call-overload]
        try:
            yield lambda job_id, seconds=LONGEST: _ask(process, f"{job_id} {seconds}")
        finally:
            process.kill()


def _ask(process: subprocess.Popen[str], line: str) -> float:
    assert process.stdin
    assert process.stdout
    process.stdin.write(f"{line}\n")
    process.stdin.flush()
    for answer in process.stdout:
        if answer.startswith("took "):
            return float(answer.removeprefix("took "))
    raise AssertionError("the process that does the runs has ended")


def _done(job_id: str, seconds: float) -> float:
    started = time.monotonic()
    pid = os.fork()
    if not pid:
        _work(job_id)
    while time.monotonic() < started + seconds:
        if os.waitpid(pid, os.WNOHANG)[0]:
            return time.monotonic() - started
        time.sleep(0.002)
    os.kill(pid, SIGKILL)
    os.waitpid(pid, 0)
    return time.monotonic() - started


def _work(job_id: str) -> None:
    from ckan import model
    from ckanext.datastore.backend.postgres import get_read_engine, get_write_engine
    from ckanext.herne.harvesters.operations.work import work

    model.Session.remove()
    for engine in (model.meta.engine, get_write_engine(), get_read_engine()):
        engine.dispose(close=False)
    work(job_id)
    os._exit(0)


def main() -> None:
    with application():
        from ckan.common import config
        from ckanext.herne.harvesters.operations import lifecycle

        config["ckanext.herne.harvest.allow_private_addresses"] = True
        Clock.at = datetime.fromisoformat(sys.argv[1])
        lifecycle.datetime = Clock  # type: ignore[misc]
        for line in sys.stdin:
            job_id, seconds = line.split()
            print(f"took {_done(job_id, float(seconds))}", flush=True)


if __name__ == "__main__":
    main()
