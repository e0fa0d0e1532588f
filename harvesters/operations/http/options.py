"""What a request may cost and how much a host is asked: the limits, and where the operator sets them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from ckan.plugins.toolkit import config

MEGABYTE = 1024 * 1024
_PREFIX = "ckanext.herne.harvest."


@dataclass(frozen=True)
class Limits:
    """What reading one address may cost.

    The size counts on the wire and again after decompression. `total_seconds` holds for one attempt with all
    its redirects; the name server's own time limit may come on top.
    """

    connect_seconds: float = 5
    read_seconds: float = 30
    total_seconds: float = 120
    body_bytes: int = 32 * MEGABYTE
    redirects: int = 5
    attempts: int = 4
    backoff_seconds: float = 0.5
    """Before the second attempt; doubles with each further one, plus as much again by chance."""
    longest_wait_seconds: float = 60

    def at_least(self, other: Limits) -> Limits:
        """The same with the times and the size that `other` needs."""
        needed = ("read_seconds", "total_seconds", "body_bytes")
        return dataclasses.replace(
            self, **{name: max(getattr(self, name), getattr(other, name)) for name in needed}
        )


@dataclass(frozen=True)
class HostLimits:
    """How all processes together treat one host."""

    requests: int = 4
    failures: int = 5
    pause_seconds: int = 300


def limits() -> Limits:
    """The operator's limits of a request."""
    return Limits(
        connect_seconds=_number("connect_seconds"),
        read_seconds=_number("read_seconds"),
        total_seconds=_number("total_seconds"),
        body_bytes=_number("body_megabytes") * MEGABYTE,
        redirects=_number("redirects"),
        attempts=_number("attempts"),
        longest_wait_seconds=_number("longest_wait_seconds"),
    )


def host_limits() -> HostLimits:
    """The operator's limits of a host."""
    return HostLimits(
        requests=_number("host_requests"),
        failures=_number("host_failures"),
        pause_seconds=_number("host_pause_seconds"),
    )


def _number(name: str) -> int:
    return int(config[_PREFIX + name])
