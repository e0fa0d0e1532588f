"""A supervisor in the background, as other commands see it: start, stop, erase, run beside it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from herne_stack import logfiles
from herne_stack.configuration import DATABASE
from herne_stack.errors import AlreadyRunningError, ServiceFailedError, StackError
from herne_stack.home import Home, write_private
from herne_stack.keys import secret
from herne_stack.ports import LOOPBACK
from herne_stack.privileges import database_account
from herne_stack.process import send, wait_until
from herne_stack.reporting import Both, Lines, Pipe, Reporter, replay
from herne_stack.services.postgres import SUPERUSER, erase_outside, programs
from herne_stack.state import State, sweep

if TYPE_CHECKING:
    from collections.abc import Sequence

    from herne_stack.supervisor import Options

STOP_SECONDS = 90


def start(path: Path, options: Options, shown: Reporter) -> None:
    """Start a supervisor in a session of its own and return when it is ready. Raises what it raised."""
    home = Home(path)
    home.create()
    if home.is_locked():
        raise AlreadyRunningError(home.path, State.load(home).site_url)
    log = home.logs / "supervisor.log"
    logfiles.open_private(log)
    reading, writing = os.pipe()
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - only our own command
            _command(home, options, writing),
            cwd=home.path,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=[writing],
        )
    os.close(writing)
    try:
        _follow(reading, shown, log)
    except KeyboardInterrupt:
        process.terminate()
        process.wait(STOP_SECONDS)
        raise
    finally:
        shown.close()


def _command(home: Home, options: Options, report: int) -> list[str]:
    command = [sys.executable, "-m", "herne_stack", "up", f"--home={home.path}", f"--report={report}"]
    if options.port is not None:
        command.append(f"--port={options.port}")
    if options.demo is not None:
        command.append("--demo" if options.demo else "--no-demo")
    return command


def _follow(reading: int, shown: Reporter, log: Path) -> None:
    """Show the supervisor's events until it says that it is ready or has failed."""
    with os.fdopen(reading, encoding="utf-8") as events:
        for line in events:
            kind, *values = json.loads(line)
            if kind == "ready":
                return
            if kind == "failed":
                raise StackError(*values)
            replay(line, shown)
    raise ServiceFailedError("supervisor", "ended before the portal was ready", log, logfiles.tail(log))


def reporter(report: int) -> Reporter:
    """Events into the log (standard output) and to the command that waits."""
    return Both(Lines(), Pipe(os.fdopen(report, "w", encoding="utf-8")))


def stop(home: Home) -> bool:
    """End the supervisor and whatever a killed one left; whether there was anything."""
    supervisor = State.load(home).supervisor
    was_running = home.is_locked()
    if was_running and supervisor and supervisor.alive():
        send(supervisor.pid, signal.SIGTERM)
        if not wait_until(lambda: not home.is_locked(), STOP_SECONDS):
            raise StackError(
                f"The supervisor (pid {supervisor.pid}) does not stop.",
                str(home.logs / "supervisor.log"),
                f"Look at the log; `kill -9 {supervisor.pid}` and `herne-stack down` end it for certain.",
            )
    with home.locked():
        return bool(sweep(home)) or was_running


def erase(home: Home) -> None:
    """Delete all that the home holds, also PostgreSQL's data outside it. The stack must be down."""
    erase_outside(home)
    home.erase()


def replace_by(home: Home, command: Sequence[str]) -> None:
    """Become the command, with CKAN's and PostgreSQL's configuration. Does not return."""
    pgpass = home.config / "pgpass"
    write_private(pgpass, f"{LOOPBACK}:*:*:{SUPERUSER}:{secret(home, 'postgres')}\n")
    search = [str(Path(sys.executable).parent), str(programs(database_account())), os.environ.get("PATH", "")]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CKAN_")}
    environ = kept | {
        "CKAN_INI": str(home.ini),
        "PATH": os.pathsep.join(search),
        "PGHOST": LOOPBACK,
        "PGPORT": str(home.recall().get("ports", {}).get("postgres", "")),
        "PGUSER": SUPERUSER,
        "PGDATABASE": DATABASE,
        "PGPASSFILE": str(pgpass),
    }
    try:
        os.execvpe(command[0], list(command), environ)  # noqa: S606 - the operator's own command
    except FileNotFoundError:
        raise StackError(
            f"There is no program {command[0]}.", search[0], "Check the spelling; try `exec -- ckan --help`."
        ) from None
