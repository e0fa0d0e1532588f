"""One pass over observations: for each series and hour what its value, and that of its day, are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from ckanext.herne.harvesters.sensors.aggregate.rule import LASTING, Rule

if TYPE_CHECKING:
    from datetime import datetime

HOUR = pl.duration(hours=1)
KEYS = ("series", "hour")
_EXACT_DECIMALS = 7
"""Sums are cut here, coarser than the noise of floating point: the order of summation never shows."""


def partials(rows: pl.LazyFrame, rule: Rule, end: datetime) -> pl.DataFrame:
    """Per `series` and `hour`: n, minimum, maximum, total and weight; sine and cosine of directions.

    Directions and readings of a counter have no extremes.

    `rows` are valid observations (`series`, `time` in UTC without zone, `value`); those of a series stand
    together, in order of time, each time once. Nothing is believed for the time from `end` on. An hour holds
    the times h <= t < h + 1 h. `weight` counts observations, or is the time in microseconds they cover.
    """
    found = _lasting(rows, rule, end) if rule.aggregate in LASTING else _instants(rows, rule)
    return found.with_columns(pl.col(pl.Float64).round(_EXACT_DECIMALS)).collect()


def _hour(time: str) -> pl.Expr:
    return pl.col(time).dt.truncate("1h").alias("hour")


def _instants(rows: pl.LazyFrame, rule: Rule) -> pl.LazyFrame:
    value = pl.col("value")
    directions = rule.aggregate == "vector_mean"
    nothing = pl.lit(None, pl.Float64)
    gathered = [
        pl.len().cast(pl.Int64).alias("n"),
        (nothing if directions else value.min()).alias("minimum"),
        (nothing if directions else value.max()).alias("maximum"),
        value.sum().alias("total"),
        pl.len().cast(pl.Int64).alias("weight"),
    ]
    if directions:
        angle = value.radians()
        gathered += [angle.sin().sum().alias("sine"), angle.cos().sum().alias("cosine")]
    return rows.group_by("series", _hour("time")).agg(gathered)


def _lasting(rows: pl.LazyFrame, rule: Rule, end: datetime) -> pl.LazyFrame:
    """What lasts is spread over the hours it touches; `n` stays with the hour an observation was made in."""
    spans = _steps(rows, rule) if rule.aggregate == "counter" else _standing(rows, rule, end)
    counted = rows.group_by("series", _hour("time")).agg(pl.len().cast(pl.Int64).alias("n"))
    value, micros = pl.col("value"), (pl.col("until") - pl.col("from")).dt.total_microseconds()
    spread = (
        _by_hour(spans)
        .with_columns(micros.alias("micros"))
        .group_by(KEYS)
        .agg(
            value.min().alias("minimum"),
            value.max().alias("maximum"),
            (pl.col("rate") * pl.col("micros") / 1e6).sum().alias("total"),
            pl.col("micros").sum().alias("weight"),
        )
    )
    joined = counted.join(spread, on=KEYS, how="full", coalesce=True)
    return joined.with_columns(pl.col("n", "weight").fill_null(0))


def _standing(rows: pl.LazyFrame, rule: Rule, end: datetime) -> pl.LazyFrame:
    """A value stands until the next one, but no longer than it is believed."""
    same = pl.col("series") == pl.col("series").shift(-1)
    following = pl.when(same).then(pl.col("time").shift(-1))
    stale = pl.col("time") + pl.lit(rule.hold)
    return rows.select(
        "series",
        "value",
        pl.col("value").alias("rate"),
        pl.col("time").alias("from"),
        pl.min_horizontal(following, stale, pl.lit(end)).alias("until"),
    )


def _steps(rows: pl.LazyFrame, rule: Rule) -> pl.LazyFrame:
    """The steps of a counter, evenly over the time since the reading before.

    A lower reading means that it began again at zero. Over a gap nobody knows when something was counted.
    """
    same = pl.col("series") == pl.col("series").shift(1)
    before = pl.when(same).then(pl.col("value").shift(1))
    step = pl.when(pl.col("value") >= before).then(pl.col("value") - before).otherwise(pl.col("value"))
    passed = pl.col("until") - pl.col("from")
    spans = rows.select(
        "series",
        pl.lit(None, pl.Float64).alias("value"),
        step.alias("step"),
        pl.when(same).then(pl.col("time").shift(1)).alias("from"),
        pl.col("time").alias("until"),
    ).filter(pl.col("from").is_not_null(), passed <= pl.lit(rule.hold))
    return spans.with_columns((pl.col("step") * 1e6 / passed.dt.total_microseconds()).alias("rate"))


def _by_hour(spans: pl.LazyFrame) -> pl.LazyFrame:
    """Spans of at most an hour, cut where an hour ends."""
    spans = spans.filter(pl.col("until") > pl.col("from")).with_columns(_hour("from"))
    border = pl.col("hour") + HOUR
    first = spans.with_columns(pl.min_horizontal("until", border).alias("until"))
    second = spans.filter(pl.col("until") > border).with_columns(border.alias("hour"), border.alias("from"))
    return pl.concat([first, second])
