"""What the demo's observations come to, in plain Python and without any of the suite's code."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from herne_demo.world import Stream, observations, world

LOCAL = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)
BELIEVED = 1800
"""Seconds for which an occupancy counts when nothing newer comes."""
RANGES = {
    "pm10": (0, 2000),
    "pm25": (0, 2000),
    "no2": (0, 2000),
    "temperature": (-40, 60),
    "humidity": (0, 100),
}


@dataclass(frozen=True)
class Bucket:
    """An hour or a day of a stream; `value` is what it would be, whatever the coverage."""

    value: float
    minimum: float
    maximum: float
    n: int
    n_expected: int
    coverage: float


Hours = dict[datetime, Bucket]
Days = dict[date, Bucket]


def streams(kind: str) -> list[Stream]:
    """The demo's streams of a kind of thing."""
    return [stream for stream in world().streams if stream.thing.kind == kind]


def hours(stream: Stream, now: datetime) -> Hours:
    """The hours (UTC, aware) of a stream up to the full hour `now`."""
    found: dict[datetime, list[tuple[datetime, Decimal]]] = defaultdict(list)
    for time, value in _usable(stream, now):
        found[time.replace(minute=0, second=0, microsecond=0)].append((time, value))
    if stream.thing.capacity is not None:
        return _lasting(stream, now, HOUR, sorted(_touched(stream, now)))
    return {hour: _mean([value for _, value in entries], HOUR) for hour, entries in found.items()}


def days(stream: Stream, now: datetime) -> Days:
    """The whole days in Europe/Berlin, of 23, 24 or 25 hours; the first may have begun before the demo."""
    first = min(hours(stream, now))
    begins, day = [], first.astimezone(LOCAL).date()
    while _midnight(day + timedelta(days=1)) <= now:
        begins.append(day)
        day += timedelta(days=1)
    found: Days = {}
    for day in begins:
        begin, end = _midnight(day), _midnight(day + timedelta(days=1))
        if stream.thing.capacity is not None:
            found |= dict.fromkeys([day], *_lasting(stream, now, end - begin, [begin]).values())
        elif values := [value for time, value in _usable(stream, now) if begin <= time < end]:
            found[day] = _mean(values, end - begin)
    return found


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=LOCAL).astimezone(UTC)


def _usable(stream: Stream, now: datetime) -> list[tuple[datetime, Decimal]]:
    low, high = RANGES.get(stream.quantity, (0, stream.thing.capacity or 0))
    return [
        (entry.phenomenon_time, Decimal(str(entry.result)))
        for entry in observations(stream, now)
        if isinstance(entry.result, int | float)
        and low <= entry.result <= high
        and entry.phenomenon_time < now
    ]


def _mean(values: list[Decimal], length: timedelta) -> Bucket:
    expected = length // timedelta(minutes=10)
    mean = float(sum(values) / len(values))
    return Bucket(
        mean, float(min(values)), float(max(values)), len(values), expected, min(1.0, len(values) / expected)
    )


def _touched(stream: Stream, now: datetime) -> set[datetime]:
    """The hours for which any value is believed."""
    found = set()
    for time, _value in _usable(stream, now):
        for moment in (time, time + timedelta(seconds=BELIEVED - 1)):
            if moment < now:
                found.add(moment.replace(minute=0, second=0, microsecond=0))
    return found


def _lasting(stream: Stream, now: datetime, length: timedelta, begins: list[datetime]) -> Hours:
    """Second by second: the last value counts, unless it is too old."""
    good = [(int(time.timestamp()), float(value)) for time, value in _usable(stream, now)]
    times = [time for time, _ in good]
    found = {}
    for begin in begins:
        held = []
        first, seconds = int(begin.timestamp()), int(length.total_seconds())
        for second in range(first, first + seconds):
            at = bisect_right(times, second) - 1
            if at >= 0 and second - times[at] < BELIEVED:
                held.append(good[at][1])
        if held:
            n = sum(first <= time < first + seconds for time in times)
            found[begin] = Bucket(
                sum(held) / len(held), min(held), max(held), n, seconds // 600, len(held) / seconds
            )
    return found
