"""Raw observations to typed ones. Pure: what cannot be used is left out and counted, never guessed."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ckanext.herne.harvesters.sensors.protocols import RawObservation

LONGEST_INTERVAL_HOURS = 1
"""An observation of a longer time than a bucket belongs to no bucket."""


@dataclass(frozen=True)
class Parsed:
    """`rows` has the columns `time` (UTC, without zone) and `value`, ordered by time, each time once.

    `left_out` counts the observations that were not used, `mended` those that were used though they came out
    of order, or for an interval, by reason.
    """

    rows: pl.DataFrame
    left_out: Counter[str]
    mended: Counter[str]


@dataclass(frozen=True)
class Reading:
    """How results become values: `offset` + `factor` * result, if that lies between the plausible bounds."""

    factor: float = 1.0
    offset: float = 0.0
    minimum: float = -math.inf
    maximum: float = math.inf


def parse(raw: Sequence[RawObservation], reading: Reading | None = None) -> Parsed:
    """Observations in the order of the server as rows; of two with one time the later in the order counts.

    An interval stands at its start (OGC 18-088, 8.2.6: phenomenonTime is an instant or an interval).
    """
    reading = reading or Reading()
    values, left_out = _numbers([result for _, result in raw])
    frame = pl.DataFrame(
        {"text": [time for time, _ in raw], "value": values}, schema={"text": pl.String, "value": pl.Float64}
    )
    rows = _with_times(frame.filter(pl.col("value").is_not_null())).with_columns(
        pl.col("value") * reading.factor + reading.offset
    )
    length = pl.col("until") - pl.col("time")
    for reason, good in (
        ("time not understood", length.is_not_null()),
        ("interval ends before it begins", length >= pl.duration(hours=0)),
        ("interval longer than a bucket", length <= pl.duration(hours=LONGEST_INTERVAL_HOURS)),
        ("value not plausible", pl.col("value").is_between(reading.minimum, reading.maximum)),
    ):
        kept = rows.filter(good)
        left_out[reason] += rows.height - kept.height
        rows = kept
    unique = rows.unique("time", keep="last", maintain_order=True).sort("time")
    left_out["duplicate"] += rows.height - unique.height
    return Parsed(unique.select("time", "value"), +left_out, +_mended(rows))


def _mended(rows: pl.DataFrame) -> Counter[str]:
    earlier = rows.get_column("time").diff().dt.total_microseconds() < 0
    intervals = rows.get_column("until") > rows.get_column("time")
    return Counter({"out of order": int(earlier.sum() or 0), "interval": int(intervals.sum() or 0)})


def _numbers(results: Sequence[Any]) -> tuple[pl.Series, Counter[str]]:
    """The results as numbers, null where one is none, and why they are none."""
    if set(map(type, results)) == {float}:  # what nearly every answer is
        values = pl.Series(results, dtype=pl.Float64)
        odd = values.len() - int(values.is_finite().sum())
        return values.replace([math.nan, math.inf, -math.inf], None), Counter({"not a number": odd})
    reasons = [_unusable(result) for result in results]
    numbers = [None if why else float(result) for result, why in zip(results, reasons, strict=True)]
    return pl.Series(numbers, dtype=pl.Float64), Counter(why for why in reasons if why)


def _unusable(result: Any) -> str | None:
    """Why a result is no number; None if it is one."""
    if result is None:
        return "no value"
    if isinstance(result, bool):
        return "truth value"
    if not isinstance(result, int | float):
        return "text" if isinstance(result, str) else "not a number"
    return None if math.isfinite(_float(result)) else "not a number"


def _float(number: float) -> float:
    try:
        return float(number)
    except OverflowError:  # a whole number beyond any floating one
        return math.inf


def _with_times(frame: pl.DataFrame) -> pl.DataFrame:
    parts = frame.get_column("text").str.split_exact("/", 1).struct.unnest()
    start = _instants(parts.get_column("field_0"))
    end = _instants(parts.get_column("field_1").fill_null(parts.get_column("field_0")))
    return frame.select("value").with_columns(start.alias("time"), end.alias("until"))


def _instants(texts: pl.Series) -> pl.Series:
    """ISO 8601 instants with a zone as UTC without one; null where a text is no such instant."""
    times = texts.str.to_datetime("%+", time_unit="us", time_zone="UTC", strict=False)
    return times.dt.replace_time_zone(None)
