"""The values of hours (UTC) and of days (Europe/Berlin), with coverage and the reason of an empty value."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import polars as pl
from ckanext.herne.harvesters.sensors.aggregate.rule import LASTING, Rule

if TYPE_CHECKING:
    from collections.abc import Sequence

ZONE = "Europe/Berlin"
DECIMALS = 6
"""Finer than any sensor resolves."""
OK = "ok"
LOW_COVERAGE = "low_coverage"
NO_DIRECTION = "no_direction"
"""The directions of a bucket cancel each other out: their mean points nowhere."""
_SHORTEST_VECTOR = 1e-3
_COLUMNS = ("value", "minimum", "maximum", "n", "n_expected", "coverage", "quality")


def midnight(day: date) -> datetime:
    """When a day begins in Europe/Berlin, in UTC without zone."""
    local = datetime.combine(day, time(), ZoneInfo(ZONE))
    return local.astimezone(UTC).replace(tzinfo=None)


def hourly(partials: pl.DataFrame, rule: Rule, start: datetime, end: datetime) -> pl.DataFrame:
    """The hours from `start` to before `end` (full hours in UTC without zone) that have observations.

    In no order. Columns: series, hour, value, minimum, maximum, n, n_expected, coverage, quality.
    """
    within = partials.filter(pl.col("hour").is_between(start, end, closed="left"))
    length = pl.lit(timedelta(hours=1))
    return _finished(within.with_columns(length.alias("length")), rule, ("series", "hour"))


def daily(partials: pl.DataFrame, rule: Rule, start: datetime, end: datetime) -> pl.DataFrame:
    """The local days that lie wholly between `start` and `end` (UTC without zone), as `hourly` with `day`."""
    local = pl.col("hour").dt.replace_time_zone("UTC").dt.convert_time_zone(ZONE)
    sums = [name for name in ("n", "total", "weight", "sine", "cosine") if name in partials.columns]
    days = partials.group_by("series", local.dt.date().alias("day")).agg(
        pl.col(sums).sum(), pl.col("minimum").min(), pl.col("maximum").max()
    )
    begin, end_of_day = _begin(pl.col("day")), _begin(pl.col("day").dt.offset_by("1d"))
    whole = days.filter(begin >= start, end_of_day <= end)
    return _finished(whole.with_columns((end_of_day - begin).alias("length")), rule, ("series", "day"))


def _begin(day: pl.Expr) -> pl.Expr:
    midnight_there = day.cast(pl.Datetime("us")).dt.replace_time_zone(ZONE)
    return midnight_there.dt.convert_time_zone("UTC").dt.replace_time_zone(None)


def _finished(buckets: pl.DataFrame, rule: Rule, keys: Sequence[str]) -> pl.DataFrame:
    micros = pl.col("length").dt.total_microseconds()
    expected = micros // (rule.cadence // timedelta(microseconds=1))
    most = micros if rule.aggregate in LASTING else expected
    return (
        buckets.with_columns(
            expected.cast(pl.Int64).alias("n_expected"),
            (pl.col("weight") / most).clip(upper_bound=1.0).round(DECIMALS).alias("coverage"),
            _value(rule).round(DECIMALS).alias("value"),
        )
        .with_columns(_quality(rule).alias("quality"))
        .with_columns(pl.when(pl.col("quality") == OK).then("value").alias("value"))
        .select(*keys, *_COLUMNS)
    )


def _value(rule: Rule) -> pl.Expr:
    """The value of a bucket, whether it may be believed or not."""
    match rule.aggregate:
        case "mean":
            return pl.col("total") / pl.col("weight")
        case "time_weighted":
            return pl.col("total") * 1e6 / pl.col("weight")
        case "min":
            return pl.col("minimum")
        case "max":
            return pl.col("maximum")
        case "vector_mean":
            direction = pl.arctan2("sine", "cosine").degrees().round(DECIMALS)
            return pl.when(direction < 0).then(direction + 360).otherwise(direction)
        case "sum" | "counter":
            return pl.col("total")


def _quality(rule: Rule) -> pl.Expr:
    sound = pl.lit(OK)
    if rule.aggregate == "vector_mean":
        length = (pl.col("sine").pow(2) + pl.col("cosine").pow(2)).sqrt() / pl.col("weight")
        sound = pl.when(length < _SHORTEST_VECTOR).then(pl.lit(NO_DIRECTION)).otherwise(sound)
    is_low = pl.col("coverage") < rule.minimum_coverage
    return pl.when(is_low).then(pl.lit(LOW_COVERAGE)).otherwise(sound)
