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
    """Up to when streams were read that have said nothing for long, and how far the tables reached then.

    All of it follows from the source again: without it those streams are read from further back.
    """

    until: datetime | None = None
    read: dict[str, datetime] = {}


class Fetched(msgspec.Struct, frozen=True):
    """The rows of the tables as `Harvested.encode` writes them; each problem in four parts."""

    parts: dict[str, str]
    told: tuple[tuple[str, str, str, str], ...] = ()
    remembered: dict[str, Any] = {}

    @classmethod
    def of(cls, found: Collected, parts: dict[str, str]) -> Self:
        """What was collected; `parts` are its rows as text."""
        told = tuple((one.source, one.place, one.problem, one.remedy) for one in found.problems)
        return cls(parts, told, msgspec.to_builtins(Remembered(found.until, dict(found.read))))

    def encode(self) -> str:
        return msgspec.json.encode(self).decode()

    @classmethod
    def decode(cls, text: str) -> Self:
        """What `encode` wrote."""
        return msgspec.json.decode(text, type=cls)

    @property
    def problems(self) -> tuple[SourceError, ...]:
        return tuple(SourceError(*one) for one in self.told)


def recalled(stored: Stored, memory: Mapping[str, Any]) -> Stored:
    """What is stored, with what the last run remembered of it.

    Tables that reach less far than they did then were lost, or came out of a backup: nothing is remembered.
    """
    last = msgspec.convert(memory.get(REMEMBERED) or {}, Remembered)
    if stored.until is None or last.until is None or stored.until < last.until:
        return stored
    return Stored(stored.hours, stored.days, last.read)
