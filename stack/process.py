"""Child processes that leave no orphan.

A child leads its own session, so that Ctrl-C reaches only the supervisor, and asks the kernel for
its stop signal when the supervisor dies (PR_SET_PDEATHSIG). It is recognised later by pid AND start
time within this boot: a pid alone may belong to a stranger by then.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from herne_stack.privileges import Account

PR_SET_PDEATHSIG = 1
POLL_SECONDS = 0.05
_LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Stop:
    """One way to end a process: the signal and how many seconds it gets."""

    signal: signal.Signals
    seconds: float


GENTLY = (Stop(signal.SIGTERM, 15), Stop(signal.SIGKILL, 5))


@dataclass(frozen=True)
class Command:
    """What to run. `stops` are tried in order until the process is gone."""

    argv: Sequence[str]
    environ: dict[str, str]
    cwd: Path
    account: Account | None = None
    stops: Sequence[Stop] = field(default=GENTLY)


@dataclass(frozen=True)
class Identity:
    """A process for good: pid, start time in clock ticks since boot, and the boot's id."""

    pid: int
    started: int
    boot: str

    @classmethod
    def of(cls, pid: int) -> Identity | None:
        """The identity of a living process, None if there is none of that pid."""
        fields = _stat(pid)
        if fields is None or fields[0] in ("Z", "X"):
            return None
        return cls(pid, int(fields[19]), cls.current_boot())

    @staticmethod
    def current_boot() -> str:
        """The id of this boot of the machine."""
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()

    def alive(self) -> bool:
        return Identity.of(self.pid) == self


def _stat(pid: int) -> list[str] | None:
    """/proc/PID/stat from the third field (state) on; the second may hold spaces (proc(5))."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    return text[text.rindex(")") + 2 :].split()


def session_members(leader: int) -> list[int]:
    """Pids of the living processes in the session that `leader` opened."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            fields = _stat(int(entry.name))
            if fields and fields[3] == str(leader) and fields[0] not in ("Z", "X"):
                found.append(int(entry.name))
    return found


def spawn(command: Command, log: Path) -> subprocess.Popen[bytes]:
    """Start a child whose output is appended to `log`. Call it from the main thread (pdeathsig)."""
    parent = os.getpid()
    account = command.account
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603 - only our own commands
            list(command.argv),
            env=command.environ,
            cwd=command.cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            preexec_fn=lambda: _die_with(parent, command.stops[0].signal),
        )


def _die_with(parent: int, number: int) -> None:
    """Runs in the child, after the change of account (which would clear the request)."""
    _LIBC.prctl(PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:
        os._exit(1)


def end(identity: Identity, stops: Sequence[Stop]) -> None:
    """End a session leader and whoever is left of its session. A stranger with that pid is spared."""
    for stop in stops:
        if not identity.alive():
            break
        send(identity.pid, stop.signal)
        wait_until(lambda: not identity.alive(), stop.seconds)
    successor = Identity.of(identity.pid)
    if successor is None:
        _end_session(identity.pid)


def _end_session(leader: int) -> None:
    for number, seconds in ((signal.SIGTERM, 3.0), (signal.SIGKILL, 2.0)):
        members = session_members(leader)
        if not members:
            return
        for pid in members:
            send(pid, number)
        wait_until(lambda: not session_members(leader), seconds)


def send(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold back Ctrl-C and SIGTERM until the block is over."""
    held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Poll a condition; whether it came true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True
