"""Observations to hourly values in UTC: half-open buckets, coverage, time weights. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from datetime import datetime

    from ckanext.herne.harvesters.sensors.domain import Domain

DECIMALS = 6
"""Finer than any sensor resolves, and coarse enough that the order of summation never shows."""

OK = "ok"
LOW_COVERAGE = "low_coverage"


def hourly(rows: pl.DataFrame, domain: Domain, start: datetime, end: datetime) -> pl.DataFrame:
    """One row per hour that has observations: hour, mean, minimum, maximum, n, n_expected, coverage, quality.

    `rows` are parsed observations (`time`, `value`) of one stream; `start` and `end` are full hours in UTC
    without zone. An hour holds the times h <= t < h + 1 h. Below the domain's coverage the mean is empty.
    """
    buckets = _weighted(rows, domain, end) if domain.aggregate == "time_weighted" else _plain(rows, domain)
    sound = pl.col("coverage") >= domain.minimum_coverage
    return (
        buckets.filter(pl.col("hour").is_between(start, end, closed="left"))
        .with_columns(pl.lit(domain.expected_per_hour, pl.Int64).alias("n_expected"))
        .with_columns(pl.col("mean", "minimum", "maximum", "coverage").round(DECIMALS))
        .with_columns(
            pl.when(sound).then("mean").alias("mean"),
            pl.when(sound).then(pl.lit(OK)).otherwise(pl.lit(LOW_COVERAGE)).alias("quality"),
        )
        .select("hour", "mean", "minimum", "maximum", "n", "n_expected", "coverage", "quality")
        .sort("hour")
    )


def _plain(rows: pl.DataFrame, domain: Domain) -> pl.DataFrame:
    value, n = pl.col("value"), pl.len().cast(pl.Int64)
    return rows.group_by(pl.col("time").dt.truncate("1h").alias("hour")).agg(
        value.mean().alias("mean"),
        value.min().alias("minimum"),
        value.max().alias("maximum"),
        n.alias("n"),
        (n / domain.expected_per_hour).clip(upper_bound=1.0).alias("coverage"),
    )


def _weighted(rows: pl.DataFrame, domain: Domain, end: datetime) -> pl.DataFrame:
    """A value holds until the next one, but no longer than a stale sensor is believed."""
    stale = pl.col("time") + pl.duration(minutes=domain.stale_minutes)
    following = pl.col("time").shift(-1).fill_null(end)
    held = rows.sort("time").with_columns(pl.min_horizontal(stale, following, pl.lit(end)).alias("until"))
    seconds = (pl.col("to") - pl.col("from")).dt.total_microseconds() / 1e6
    value, weight = pl.col("value"), pl.col("seconds")
    hour = pl.col("hour")
    last_hour = (pl.col("until") - pl.duration(microseconds=1)).dt.truncate("1h")
    return (
        held.filter(pl.col("until") > pl.col("time"))
        .with_columns(pl.datetime_ranges(pl.col("time").dt.truncate("1h"), last_hour, "1h").alias("hour"))
        .explode("hour")
        .with_columns(
            pl.max_horizontal("time", hour).alias("from"),
            pl.min_horizontal("until", hour + pl.duration(hours=1)).alias("to"),
        )
        .with_columns(seconds.alias("seconds"))
        .group_by("hour")
        .agg(
            ((value * weight).sum() / weight.sum()).alias("mean"),
            value.min().alias("minimum"),
            value.max().alias("maximum"),
            (pl.col("time") >= hour).sum().cast(pl.Int64).alias("n"),
            (weight.sum() / 3600).alias("coverage"),
        )
    )
