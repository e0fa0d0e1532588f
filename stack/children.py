"""The running services: start, wait until they answer, restart after a crash, stop in reverse order."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from herne_stack import logfiles
from herne_stack.errors import ServiceFailedError
from herne_stack.process import POLL_SECONDS, Identity, end, send, spawn, uninterrupted
from herne_stack.state import RESTARTING, RUNNING, STARTING, STOPPED, Entry, State

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Sequence
    from pathlib import Path

    from herne_stack.home import Home
    from herne_stack.services.base import Service

QUICK_SECONDS = 60
QUICK_CRASHES = 3
BACK_OFF_SECONDS = (1, 4)


@dataclass
class Child:
    """A service and the process that currently is it."""

    service: Service
    log: Path
    process: subprocess.Popen[bytes]
    started: float = field(default_factory=time.monotonic)
    crashes: int = 0
    restart_at: float | None = None


class Children:
    """All services of one stack. Keeps run/state.json true at every change."""

    def __init__(self, home: Home, state: State) -> None:
        self.home = home
        self.state = state
        self._children: dict[str, Child] = {}

    def start(self, services: Sequence[Service]) -> None:
        """Start services side by side and wait until each is ready."""
        for service in services:
            self._launch(service)
        for service in services:
            self._await(self._children[service.name])

    def settle(self) -> list[str]:
        """Wait until every service runs, also one that has died meanwhile; what happened, as text."""
        events = self.check_once()
        for name, child in self._children.items():
            if self.state.services[name].state != RUNNING:
                events += self._await(child)
        return events

    def _launch(self, service: Service) -> None:
        log = self.home.logs / f"{service.name}.log"
        logfiles.open_private(log)
        self._children[service.name] = Child(service, log, self._spawn(service, log))

    def _spawn(self, service: Service, log: Path) -> subprocess.Popen[bytes]:
        service.prepare()
        command = service.command()
        process = spawn(command, log)
        self.state.services[service.name] = Entry(
            STARTING, service.url, Identity.of(process.pid), list(command.stops)
        )
        self.state.save(self.home)
        return process

    def _await(self, child: Child) -> list[str]:
        name = child.service.name
        deadline = time.monotonic() + child.service.startup_seconds
        events = self.check_once(only=name)
        while self.state.services[name].state != RUNNING:
            if time.monotonic() > deadline:
                raise self._failure(child, f"did not answer within {child.service.startup_seconds:.0f} s")
            time.sleep(POLL_SECONDS * 2)
            events += self.check_once(only=name)
        return events

    def _mark(self, name: str, state: str) -> None:
        self.state.services[name].state = state
        self.state.save(self.home)

    def check_once(self, only: str | None = None) -> list[str]:
        """Restart what has died, with back-off; what happened, as text.

        Raises ServiceFailedError after three crashes in quick succession.
        """
        events = []
        for name, child in self._children.items():
            if only in (None, name):
                events += self._check(name, child)
        return events

    def _check(self, name: str, child: Child) -> list[str]:
        now = time.monotonic()
        if child.restart_at is not None:
            if now >= child.restart_at:
                child.restart_at, child.started = None, now
                child.process = self._spawn(child.service, child.log)
            return []
        status = child.process.poll()
        if status is None:
            if self.state.services[name].state != RUNNING and child.service.ready():
                self._mark(name, RUNNING)
                return [f"{name} runs again"] if child.crashes else []
            return []
        return [self._crashed(name, child, status, now)]

    def _crashed(self, name: str, child: Child, status: int, now: float) -> str:
        entry = self.state.services[name]
        if entry.identity:
            end(entry.identity, entry.stops)  # what it left of its session
        child.crashes = child.crashes + 1 if now - child.started < QUICK_SECONDS else 1
        if child.crashes >= QUICK_CRASHES:
            raise self._failure(child, f"ended {child.crashes} times ({_how(status)})")
        pause = BACK_OFF_SECONDS[child.crashes - 1]
        child.restart_at = now + pause
        entry.identity = None
        self._mark(name, RESTARTING)
        return f"{name} ended unexpectedly ({_how(status)}), starting it again in {pause} s"

    def _failure(self, child: Child, what: str) -> ServiceFailedError:
        return ServiceFailedError(child.service.name, what, child.log, logfiles.tail(child.log))

    def bound_logs(self) -> None:
        """Keep every log within its limit."""
        for child in self._children.values():
            logfiles.bound(child.log)

    def stop(self) -> None:
        """Stop everything: first what uses the servers, then the servers. A second Ctrl-C has to wait."""
        self.state.ready = False
        with uninterrupted():
            for wave in sorted({child.service.wave for child in self._children.values()}, reverse=True):
                self._stop_wave([c for c in self._children.values() if c.service.wave == wave])
            self._children.clear()

    def _stop_wave(self, children: Sequence[Child]) -> None:
        """Ask all at once, then wait for each."""
        entries = [self.state.services[child.service.name] for child in children]
        for entry in entries:
            if entry.identity and entry.identity.alive():
                send(entry.identity.pid, entry.stops[0].signal)
        for child, entry in zip(children, entries, strict=True):
            if entry.identity:
                end(entry.identity, entry.stops)
            child.process.poll()
            entry.identity = None
            self._mark(child.service.name, STOPPED)


def _how(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"exit code {status}"
