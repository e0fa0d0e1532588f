"""One run over a sensor platform: from its streams to rows of hours, days and stations. Stores nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl
from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.operations.errors import SourceError
from ckanext.herne.harvesters.operations.rows import Harvested
from ckanext.herne.harvesters.sensors import rows as made
from ckanext.herne.harvesters.sensors.aggregate import daily, hourly, midnight, partials
from ckanext.herne.harvesters.sensors.notes import notes
from ckanext.herne.harvesters.sensors.parse import parse
from ckanext.herne.harvesters.sensors.series import Series, belonging, facts
from ckanext.herne.harvesters.sensors.tables import daily_table, hourly_table, station_table
from ckanext.herne.harvesters.sensors.window import (
    SLICE_DAYS,
    Stored,
    beginning,
    last_full_hour,
    local_day,
    silent_since,
    slices,
)
from ckanext.herne.tables import Scope

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ckanext.herne.harvesters.sensors.aggregate import Rule
    from ckanext.herne.harvesters.sensors.domain import Domain
    from ckanext.herne.harvesters.sensors.protocols import Platform

_SILENCE = timedelta(days=2)
"""A stream whose newest day began longer ago than this is silent; days are complete a day after that."""
_LONGEST_LOOK = timedelta(days=SLICE_DAYS)
MOST_ROWS = 150_000
"""A run with so many rows stops after its slice: what is left of a long history is for the next runs."""


@dataclass(frozen=True)
class Collected:
    """The rows of a run; `problems` tells of the streams that were read only in part, or not at all.

    `goes_on` says that there is more than one run takes: the next one continues where this one ends. `read`
    tells up to when streams were read that have said nothing for long (`Stored.read` of the next run) and
    `until` the end of the newest hour or day (its `Stored.until`); `notes` say what was found at the source.
    """

    hours: Harvested
    days: Harvested
    stations: Harvested
    problems: tuple[SourceError, ...] = ()
    goes_on: bool = False
    read: Mapping[str, datetime] = field(default_factory=dict)
    until: datetime | None = None
    notes: tuple[str, ...] = ()


@dataclass
class _Run:
    """What a run has read so far: per series since when, and up to when without a gap."""

    platform: Platform
    series: list[Series]
    start: list[datetime]
    reached: list[datetime] = field(init=False)
    left_out: Counter[str] = field(default_factory=Counter)
    mended: Counter[str] = field(default_factory=Counter)
    failed: dict[int, SourceError] = field(default_factory=dict)
    goes_on: bool = False

    def __post_init__(self) -> None:
        self.reached = list(self.start)

    def pass_over_silence(self, stored: Stored, end: datetime, late: timedelta) -> None:
        """Asks streams that have said nothing for long only whether they speak again.

        One that does is read as if nobody had asked meanwhile: a gateway may deliver what it kept back.
        """
        for number, entry in enumerate(self.series):
            since = silent_since(entry.stream.id, stored, late)
            if since is None or since <= self.start[number]:
                continue
            hour = stored.hours.get(entry.stream.id)
            # a long history that goes on, or a stream younger than a day
            goes_on = end - since > _LONGEST_LOOK or (hour is not None and hour >= since)
            if goes_on or not self._speaks(number, since, end):
                self.start[number] = self.reached[number] = since if goes_on else end

    def _speaks(self, number: int, since: datetime, end: datetime) -> bool:
        series = self.series[number]
        try:
            raw = self.platform.observations(series.stream, _aware(since), _aware(end))
        except SourceError as error:
            self.failed[number] = error
            return True
        return not parse(raw, series.reading).rows.is_empty()

    def read(self, start: datetime, end: datetime) -> Iterator[tuple[Rule, pl.DataFrame]]:
        """The observations of a slice by rule; a stream that fails is left alone from there on."""
        frames: dict[Rule, list[pl.DataFrame]] = defaultdict(list)
        for number, series in enumerate(self.series):
            if number in self.failed or self.start[number] >= end:
                continue
            since, until = max(start, self.start[number]) - series.rule.lead, end + series.rule.lag
            try:
                raw = self.platform.observations(series.stream, _aware(since), _aware(until))
            except SourceError as error:
                self.failed[number] = error
                continue
            parsed = parse(raw, series.reading)
            self.left_out += parsed.left_out
            self.mended += parsed.mended
            self.reached[number] = end
            frames[series.rule].append(
                parsed.rows.select(pl.lit(number, pl.UInt32).alias("series"), pl.all())
            )
        for rule, parts in frames.items():
            yield rule, pl.concat(parts)

    def spoken_for(self, sums: pl.DataFrame) -> pl.DataFrame:
        """The hours that are read whole: before its start, a series is read for what lasts beyond it."""
        starts = pl.Series(self.start, dtype=pl.Datetime("us")).gather(sums.get_column("series"))
        return sums.filter(sums.get_column("hour") >= starts)


def collect(
    platform: Platform, domain: Domain, stored: Stored, now: datetime, history: timedelta
) -> Collected:
    """The rows of every stream of the domain up to the last complete hour, and day, before `now` (aware).

    A stream is read again from some days before what is `stored` and its buckets are computed anew. Where a
    window cannot be had whole, that stream ends before it and the others go on. Raises SourceError if
    no stream belongs to the domain, none could be read, or the source lost what it had.
    """
    end = last_full_hour(now)
    found = belonging(platform.root, domain, platform.streams())
    series = found.series
    late = timedelta(hours=domain.late_hours)
    run = _Run(platform, series, [beginning(entry.stream.id, stored, end, late, history) for entry in series])
    run.pass_over_silence(stored, end, late)
    hours: list[pl.DataFrame] = []
    days: list[pl.DataFrame] = []
    for start, until in slices(min(run.start), end):
        if sum(frame.height for frame in hours) >= MOST_ROWS:
            run.goes_on = True
            break
        for rule, frame in run.read(start, until):
            sums = run.spoken_for(partials(frame.lazy(), rule, until))
            hours.append(hourly(sums, rule, start, until))
            days.append(daily(sums, rule, start, until))
    _refuse_nothing(run, any(frame.height for frame in hours), stored)
    return replace(_collected(run, domain, hours, days, stored), notes=notes(found, goes_on=run.goes_on))


def _refuse_nothing(run: _Run, any_rows: bool, stored: Stored) -> None:
    if len(run.failed) == len(run.series):
        raise next(iter(run.failed.values()))
    was_read = any(start < reached for start, reached in zip(run.start, run.reached, strict=True))
    if stored and was_read and not any_rows:
        problem = _("no observation came, though some were stored before")
        raise SourceError(run.platform.root, "", problem, _("The stored data stay. Check the source"))


def _collected(
    run: _Run, domain: Domain, hours: list[pl.DataFrame], days: list[pl.DataFrame], stored: Stored
) -> Collected:
    known = facts(run.series)
    hour_table, day_table = hourly_table(domain), daily_table(domain)
    hour_scopes, day_scopes = [], []
    for entry, start, reached in zip(run.series, run.start, run.reached, strict=True):
        where = {"stream_id": entry.stream.id}
        if start < reached:
            hour_scopes.append(Scope("hour", start, reached, where))
            day_scopes.append(Scope("day", local_day(start), local_day(reached), where))
    hour_rows = made.bucket_rows(hour_table, hours, known.filter("is_hourly"))
    day_rows = made.bucket_rows(day_table, days, known)
    stations = made.station_rows(run.series, day_rows, stored)
    return Collected(
        Harvested(hour_table, hour_rows, tuple(hour_scopes), _told(run)),
        Harvested(day_table, day_rows, tuple(day_scopes)),
        Harvested(station_table(domain), stations),
        tuple(run.failed.values()),
        run.goes_on,
        _silent(run, day_rows, stored),
        _until(hour_rows, day_rows, stored),
    )


def _until(hours: pl.DataFrame, days: pl.DataFrame, stored: Stored) -> datetime | None:
    newest = Stored(
        {"": hours.get_column("hour").max()} if hours.height else {},  # type: ignore[dict-item]
        {"": days.get_column("day").max()} if days.height else {},  # type: ignore[dict-item]
    )
    return max((one for one in (newest.until, stored.until) if one), default=None)


def _silent(run: _Run, days: pl.DataFrame, stored: Stored) -> dict[str, datetime]:
    """Up to when the streams were read that the next run would read from further back than the others."""
    newest = dict(days.group_by("stream_id").agg(pl.col("day").max()).iter_rows())
    found = {}
    for number, entry in enumerate(run.series):
        key, reached = entry.stream.id, run.reached[number]
        day = newest.get(key, stored.days.get(key))
        if number not in run.failed and (day is None or midnight(day) < reached - _SILENCE):
            found[key] = reached
    return found


def _told(run: _Run) -> dict[str, int]:
    """What was left out or mended, by reason, and which streams end early."""
    early = {f"stream not read to its end: {error}": 1 for error in run.failed.values()}
    if run.goes_on:
        early["history not read to its end: the next run goes on"] = 1
    return dict(run.left_out) | {f"{reason} (used)": count for reason, count in run.mended.items()} | early


def _aware(time: datetime) -> datetime:
    return time.replace(tzinfo=UTC)
