"""What a run fetched, as text from one stage to the next, and what the next run is to know of it."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 (msgspec reads the types)
from typing import TYPE_CHECKING, Any

import msgspec
from ckanext.herne.harvesters.operations.errors import SourceError
from ckanext.herne.harvesters.sensors.window import Stored

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from ckanext.herne.harvesters.sensors.collect import Collected

REMEMBERED = "sensors"
"""The entry of a source's memory."""


class Remembered(msgspec.Struct, frozen=True):
    """What the next run need not find out again; without it, it only has more to read.

    `read`: up to when streams were read that have said nothing for long, `until`: how far the tables reached
    then. `years`: of which hours were read; `goes_on`: there is more history to read.
    """

    until: datetime | None = None
    read: dict[str, datetime] = {}
    years: tuple[int, ...] | None = None
    goes_on: bool = False

    def left_alone(self, year: int) -> bool:
        """Whether no hour of a year can have changed since it was looked at."""
        return self.years is not None and year not in self.years


class Fetched(msgspec.Struct, frozen=True):
    """The rows of the tables as `Harvested.encode` writes them; each problem in four parts."""

    parts: dict[str, str]
    told: tuple[tuple[str, str, str, str], ...] = ()
    remembered: dict[str, Any] = {}
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, found: Collected, parts: dict[str, str]) -> Self:
        """What was collected; `parts` are its rows as text."""
        told = tuple((one.source, one.place, one.problem, one.remedy) for one in found.problems)
        starts = [scope.start for scope in found.hours.scopes]
        years = (
            range(min(starts).year, max(scope.end for scope in found.hours.scopes).year + 1) if starts else ()
        )
        last = Remembered(found.until, dict(found.read), tuple(years), found.goes_on)
        return cls(parts, told, msgspec.to_builtins(last), found.notes)

    def encode(self) -> str:
        return msgspec.json.encode(self).decode()

    @classmethod
    def decode(cls, text: str) -> Self:
        """What `encode` wrote."""
        return msgspec.json.decode(text, type=cls)

    @property
    def goes_on(self) -> bool:
        """Whether there is more history than this run took."""
        return bool(self.remembered.get("goes_on"))

    @property
    def problems(self) -> tuple[SourceError, ...]:
        return tuple(SourceError(*one) for one in self.told)


def remembered_in(memory: Mapping[str, Any]) -> Remembered:
    """What the last run remembered."""
    return msgspec.convert(memory.get(REMEMBERED) or {}, Remembered)


def recalled(stored: Stored, memory: Mapping[str, Any]) -> Stored:
    """What is stored, with what the last run remembered of it.

    Tables that reach less far than they did then were lost, or came out of a backup: nothing is remembered.
    """
    last = remembered_in(memory)
    if stored.until is None or last.until is None or stored.until < last.until:
        return stored
    return Stored(stored.hours, stored.days, last.read)
