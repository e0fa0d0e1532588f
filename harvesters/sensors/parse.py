"""Raw observations to typed ones. Pure: what cannot be used is left out and counted, never guessed."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ckanext.herne.harvesters.sensors.client import RawObservation

LONGEST_INTERVAL_HOURS = 1
"""An observation of a longer time than a bucket belongs to no bucket."""


@dataclass(frozen=True)
class Parsed:
    """`rows` has the columns `time` (UTC, without zone) and `value`, ordered by time, each time once.

    `left_out` counts the observations that were not used, by reason.
    """

    rows: pl.DataFrame
    left_out: Counter[str]


def parse(
    raw: Sequence[RawObservation],
    *,
    factor: float = 1.0,
    minimum: float = -math.inf,
    maximum: float = math.inf,
) -> Parsed:
    """Observations in the order of the server as rows; of two with one time the later in the order counts.

    Values are multiplied by `factor`; `minimum` and `maximum` bound the plausible ones after that. An
    interval stands at its start (OGC 18-088, 8.2.6: phenomenonTime is an instant or an interval).
    """
    reasons = [_unusable(result) for _, result in raw]
    left_out = Counter(reason for reason in reasons if reason)
    usable = [entry for entry, reason in zip(raw, reasons, strict=True) if reason is None]
    frame = pl.DataFrame(
        {"text": [time for time, _ in usable], "value": [float(result) * factor for _, result in usable]},
        schema={"text": pl.String, "value": pl.Float64},
    )
    rows = _with_times(frame)
    length = pl.col("until") - pl.col("time")
    for reason, good in (
        ("time not understood", length.is_not_null()),
        ("interval longer than a bucket", length <= pl.duration(hours=LONGEST_INTERVAL_HOURS)),
        ("value not plausible", pl.col("value").is_between(minimum, maximum)),
    ):
        kept = rows.filter(good)
        left_out[reason] += rows.height - kept.height
        rows = kept
    unique = rows.unique("time", keep="last", maintain_order=True).sort("time")
    left_out["duplicate"] += rows.height - unique.height
    return Parsed(unique.select("time", "value"), +left_out)


def _unusable(result: Any) -> str | None:
    """Why a result is no number; None if it is one."""
    if result is None:
        return "no value"
    if isinstance(result, bool):
        return "truth value"
    if not isinstance(result, int | float):
        return "text" if isinstance(result, str) else "not a number"
    return None if math.isfinite(result) else "not a number"


def _with_times(frame: pl.DataFrame) -> pl.DataFrame:
    parts = frame.get_column("text").str.split_exact("/", 1).struct.unnest()
    start = _instants(parts.get_column("field_0"))
    end = _instants(parts.get_column("field_1").fill_null(parts.get_column("field_0")))
    return frame.select("value").with_columns(start.alias("time"), end.alias("until"))


def _instants(texts: pl.Series) -> pl.Series:
    """ISO 8601 instants with a zone as UTC without one; null where a text is no such instant."""
    times = texts.str.to_datetime("%+", time_unit="us", time_zone="UTC", strict=False)
    return times.dt.replace_time_zone(None)
