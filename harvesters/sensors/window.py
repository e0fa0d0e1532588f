"""Which time a run reads: what is stored already, late values, and slices that fit into memory. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ckanext.herne.harvesters.sensors.aggregate import midnight
from ckanext.herne.harvesters.sensors.aggregate.buckets import ZONE

if TYPE_CHECKING:
    from collections.abc import Mapping

SLICE_DAYS = 31
"""How much of all streams is held at once; a slice begins at midnight in Europe/Berlin."""


@dataclass(frozen=True)
class Stored:
    """The newest stored hour (UTC without zone) and day of each stream, by its id.

    `read` is up to when streams were read that have nothing newer to store: a convenience, which may be lost.
    """

    hours: Mapping[str, datetime] = field(default_factory=dict)
    days: Mapping[str, date] = field(default_factory=dict)
    read: Mapping[str, datetime] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.hours or self.days)

    @property
    def until(self) -> datetime | None:
        """The end of the newest day or hour of any stream."""
        days = [midnight(max(self.days.values()) + timedelta(days=1))] if self.days else []
        hours = [max(self.hours.values()) + timedelta(hours=1)] if self.hours else []
        return max([*days, *hours], default=None)


def last_full_hour(now: datetime) -> datetime:
    """The end of the last complete hour before `now` (aware), in UTC without zone."""
    return now.astimezone(UTC).replace(tzinfo=None, minute=0, second=0, microsecond=0)


def local_day(time: datetime) -> date:
    """The day in Europe/Berlin of a time in UTC without zone."""
    return time.replace(tzinfo=UTC).astimezone(ZoneInfo(ZONE)).date()


def beginning(stream: str, stored: Stored, end: datetime, late: timedelta, history: timedelta) -> datetime:
    """The local midnight from which a stream is read: early enough for late values of what is stored.

    A stream without a stored day is read back as far as `history`.
    """
    day, hour = stored.days.get(stream), stored.hours.get(stream)
    if day is None:
        return midnight(local_day(end - history))
    known = midnight(day + timedelta(days=1))
    # a run may have broken off between hours and days
    known = min(known, hour + timedelta(hours=1)) if hour else known
    return midnight(local_day(min(known, end) - late))


def silent_since(stream: str, stored: Stored, late: timedelta) -> datetime | None:
    """The local midnight from which a stream is looked at that has said nothing for long, if it is one."""
    read = stored.read.get(stream)
    return midnight(local_day(read - late)) if read else None


def slices(start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """The time from a local midnight to `end`, cut at local midnights."""
    borders, day = [], local_day(start)
    while (border := midnight(day)) < end:
        borders.append(border)
        day += timedelta(days=SLICE_DAYS)
    return list(pairwise([*borders, end]))
