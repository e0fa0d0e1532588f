"""run/state.json: which processes belong to this home, and how far the stack is.

Written by the process that holds the home's lock, read by `status`, and by the next `up` or `down`
after a supervisor was killed.
"""

from __future__ import annotations

import json
import signal
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from herne_stack.home import write_private
from herne_stack.process import Identity, Stop, end

if TYPE_CHECKING:
    from herne_stack.home import Home

RUNNING, STARTING, RESTARTING, STOPPED = "running", "starting", "restarting", "stopped"


@dataclass
class Entry:
    """One service: its process if there is one, and how to end it."""

    state: str
    url: str | None
    identity: Identity | None
    stops: list[Stop]


@dataclass
class State:
    """What is known of a running stack."""

    ready: bool = False
    site_url: str | None = None
    supervisor: Identity | None = None
    services: dict[str, Entry] = field(default_factory=dict)

    def save(self, home: Home) -> None:
        write_private(home.run / "state.json", json.dumps(asdict(self), indent=2) + "\n")

    @classmethod
    def load(cls, home: Home) -> State:
        """The recorded state; an empty one if nothing was recorded."""
        path = home.run / "state.json"
        if not path.exists():
            return cls()
        raw: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return cls(
            ready=raw["ready"],
            site_url=raw["site_url"],
            supervisor=_identity(raw["supervisor"]),
            services={name: _entry(value) for name, value in raw["services"].items()},
        )


def _identity(raw: dict[str, Any] | None) -> Identity | None:
    return Identity(**raw) if raw else None


def _entry(raw: dict[str, Any]) -> Entry:
    stops = [Stop(signal.Signals(stop["signal"]), stop["seconds"]) for stop in raw["stops"]]
    return Entry(raw["state"], raw["url"], _identity(raw["identity"]), stops)


def sweep(home: Home) -> list[str]:
    """End what a killed supervisor left behind; the names of the services that still lived.

    Call it only while holding the home's lock.
    """
    state = State.load(home)
    left = []
    for name, entry in reversed(state.services.items()):
        if entry.identity and entry.identity.boot == Identity.current_boot():
            if entry.identity.alive():
                left.append(name)
            end(entry.identity, entry.stops)
    State().save(home)
    return left
