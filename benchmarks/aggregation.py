"""Hours and days of sensor observations against plain Python, and a backfill of a year in slices.

Both get the same typed observations and give hours in UTC and days in Europe/Berlin; the peer works on fewer,
and rates are compared. The backfill goes the harvester's whole way but for HTTP and database: raw answers are
read, judged, aggregated, made into rows and encoded, 13 million observations of 250 streams, in as many runs
as it takes; its memory is that of its process. OBSERVATIONS sets another number of them.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import polars as pl
from ckanext.herne.harvesters.sensors.aggregate import Aggregate, Rule, daily, hourly, midnight, partials
from ckanext.herne.harvesters.sensors.collect import collect
from ckanext.herne.harvesters.sensors.domain import domain
from ckanext.herne.harvesters.sensors.protocols import Platform, Station, Stream
from ckanext.herne.harvesters.sensors.window import Stored

if TYPE_CHECKING:
    from collections.abc import Iterable

OBSERVATIONS = int(os.environ.get("OBSERVATIONS", "13000000"))
AT_ONCE = 2_000_000
PEER = 200_000
STREAMS = 250
STEP = timedelta(minutes=10)
NOW = datetime(2026, 1, 1, 0, 7, tzinfo=UTC)
LIMIT_MB = 400
KINDS: tuple[Aggregate, ...] = ("mean", "sum", "vector_mean", "time_weighted", "counter")


def observations(count: int) -> pl.DataFrame:
    """Invented values of `STREAMS` streams, one each ten minutes."""
    number = pl.int_range(count, eager=True)
    each = count // STREAMS
    return pl.DataFrame({"series": (number // each).cast(pl.UInt32), "step": number % each}).select(
        "series",
        (pl.lit(datetime(2025, 1, 1)) + pl.lit(STEP) * pl.col("step")).alias("time"),  # noqa: DTZ001
        ((pl.col("step") % 977) / 7).round(2).alias("value"),
    )


def ours(rows: pl.DataFrame, aggregate: Aggregate) -> int:
    """Hours and days of the observations; gives how many there are."""
    rule, end = Rule(aggregate, STEP), midnight(datetime(2027, 1, 1).date())  # noqa: DTZ001
    start = midnight(datetime(2024, 12, 31).date())  # noqa: DTZ001
    found = partials(rows.lazy(), rule, end)
    return hourly(found, rule, start, end).height + daily(found, rule, start, end).height


def plain(rows: Iterable[tuple[int, datetime, float]]) -> int:
    """The same for means, as one would write it without a library."""
    zone = ZoneInfo("Europe/Berlin")
    hours: dict[Any, list[float]] = defaultdict(list)
    for series, moment, value in rows:
        hours[series, moment.replace(minute=0, second=0, microsecond=0)].append(value)
    days: dict[Any, list[float]] = defaultdict(list)
    for (series, hour), values in hours.items():
        days[series, hour.replace(tzinfo=UTC).astimezone(zone).date()] += values
    made = [
        (key, statistics.fmean(values), min(values), max(values), len(values))
        for buckets in (hours, days)
        for key, values in buckets.items()
    ]
    return len(made)


class Answers(Platform):
    """A platform whose answers are there at once, as texts and numbers like those that come as JSON."""

    def __init__(self) -> None:
        self.root = "invented"

    def streams(self) -> list[Stream]:
        says = domain("air_quality").quantities[0].observed_properties[0]
        keys = [str(number) for number in range(STREAMS)]
        return [Stream(key, Station(key, f"Pole {key}"), says, key, key, ("ug/m3",)) for key in keys]

    def window(self, stream: Stream, start: datetime, end: datetime) -> list[Any]:
        steps = range((end - start) // STEP)
        return [((start + step * STEP).isoformat(), step % 977 / 7) for step in steps]


def backfill() -> None:
    """Reads the history of all streams and prints the seconds, the rows and the peak of memory."""
    started, stored, goes_on = time.perf_counter(), Stored(), True
    runs, read = 0, 0
    while goes_on:
        goes_on, count, stored = one_run(stored)
        runs, read = runs + 1, read + count
    seconds = time.perf_counter() - started
    peak = peak_megabytes()
    print(f"backfill: {read:,} observations in {runs} runs, {seconds:.1f} s, peak {peak:.0f} MB", flush=True)
    if peak > LIMIT_MB:
        sys.exit(f"the backfill needs more than {LIMIT_MB} MB")


def peak_megabytes() -> float:
    """The most memory this program has had; `getrusage` counts what its parent had before it began, too."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024  # type: ignore[index]


def one_run(stored: Stored) -> tuple[bool, int, Stored]:
    """Whether there is more, how many observations came, and what is stored then."""
    found = collect(Answers(), domain("air_quality"), stored, NOW, STEP * (OBSERVATIONS // STREAMS))
    hours, days = found.hours.rows, found.days.rows
    for part in (found.hours, found.days):
        part.encode()
    newest = (
        frame.group_by("stream_id").agg(pl.col(time).max())
        for frame, time in ((hours, "hour"), (days, "day"))
    )
    return (
        found.goes_on,
        int(hours.get_column("n").sum()),
        Stored(*(dict(frame.iter_rows()) for frame in newest)),
    )


def timed(label: str, count: int, work: Any) -> float:
    """Observations a second, the best of three."""
    best = 0.0
    for _attempt in range(3):
        started = time.perf_counter()
        work()
        best = max(best, count / (time.perf_counter() - started))
    print(f"{label:<28} {best:14,.0f} observations/s", flush=True)
    return best


def main() -> None:
    """Measures both and prints the ratio of the means."""
    rows = observations(AT_ONCE)
    rates = {kind: timed(f"ours, {kind}", AT_ONCE, lambda kind=kind: ours(rows, kind)) for kind in KINDS}
    few = list(observations(PEER).iter_rows())
    peer = timed("plain Python, mean", PEER, lambda: plain(few))
    done = subprocess.run([sys.executable, __file__, "backfill"], check=False)
    if done.returncode:
        sys.exit(done.returncode)
    print(f"ratio {rates['mean'] / peer:.1f}")


if __name__ == "__main__":
    backfill() if "backfill" in sys.argv else main()
