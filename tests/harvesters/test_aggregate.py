"""Hourly aggregates against plain Python, over both clock changes, and against values computed in SQL."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import polars as pl
import pytest
from ckanext.herne.harvesters.sensors.aggregate import hourly
from ckanext.herne.harvesters.sensors.domain import Domain, domain
from ckanext.herne.harvesters.sensors.parse import parse
from hypothesis import given
from hypothesis import strategies as st

SHARED = Path(__file__).parents[3] / "shared" / "fixtures" / "sensorthings"
AIR = domain("air_quality")
PARKING = domain("parking")
BERLIN = ZoneInfo("Europe/Berlin")
CHANGES = [datetime(2025, 3, 30, 0, tzinfo=BERLIN), datetime(2025, 10, 26, 0, tzinfo=BERLIN)]


def naive(time: datetime) -> datetime:
    return time.astimezone(UTC).replace(tzinfo=None)


def frame(rows: list[tuple[datetime, float]]) -> pl.DataFrame:
    schema = {"time": pl.Datetime("us"), "value": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row").unique("time", keep="last").sort("time")


@st.composite
def observations(draw: st.DrawFn) -> tuple[datetime, list[tuple[datetime, float]]]:
    """Values around midnight of a clock change, many of them exactly on the border of a bucket."""
    start = naive(draw(st.sampled_from(CHANGES)))
    seconds = st.one_of(st.integers(0, 6 * 3600 - 1), st.integers(0, 5).map(lambda hour: hour * 3600))
    values = st.floats(-50, 150, allow_nan=False).map(lambda value: round(value, 2))
    pairs = draw(st.dictionaries(seconds, values, max_size=40))
    return start, [(start + timedelta(seconds=second), value) for second, value in sorted(pairs.items())]


@given(observations())
def test_means_equal_a_plain_computation(given_: tuple[datetime, list[tuple[datetime, float]]]) -> None:
    start, rows = given_
    result = hourly(frame(rows), AIR, start, start + timedelta(hours=5))
    buckets: dict[datetime, list[Fraction]] = defaultdict(list)
    for time, value in rows:
        buckets[time.replace(minute=0, second=0)].append(Fraction(str(value)))
    buckets = {hour: values for hour, values in buckets.items() if hour < start + timedelta(hours=5)}
    assert result.get_column("hour").to_list() == sorted(buckets)
    for row in result.iter_rows(named=True):
        values = buckets[row["hour"]]
        enough = len(values) / 6 >= 0.75
        assert (row["n"], row["n_expected"]) == (len(values), 6)
        assert row["coverage"] == pytest.approx(min(1, len(values) / 6), abs=1e-6)
        assert row["quality"] == ("ok" if enough else "low_coverage")
        assert row["mean"] == (pytest.approx(float(sum(values) / len(values)), abs=1e-6) if enough else None)
        assert (row["minimum"], row["maximum"]) == (float(min(values)), float(max(values)))


def held(rows: list[tuple[datetime, float]], second: datetime, stale: timedelta) -> float | None:
    """What stood at one moment, in plain Python."""
    earlier = [(time, value) for time, value in rows if time <= second]
    return earlier[-1][1] if earlier and second - earlier[-1][0] < stale else None


@given(observations())
def test_time_weights_equal_a_computation_minute_by_minute(
    given_: tuple[datetime, list[tuple[datetime, float]]],
) -> None:
    start, rows = given_
    rows = [(time.replace(second=0), value) for time, value in rows]
    rows = list(dict(rows).items())
    end = start + timedelta(hours=6)
    result = {row["hour"]: row for row in hourly(frame(rows), PARKING, start, end).iter_rows(named=True)}
    for number in range(6):
        hour = start + timedelta(hours=number)
        minutes = [
            held(rows, hour + timedelta(minutes=minute), timedelta(minutes=30)) for minute in range(60)
        ]
        known = [Fraction(str(value)) for value in minutes if value is not None]
        if not known:
            assert hour not in result
            continue
        row = result[hour]
        assert row["coverage"] == pytest.approx(len(known) / 60, abs=1e-6)
        assert row["n"] == sum(hour <= time < hour + timedelta(hours=1) for time, _ in rows)
        assert (row["minimum"], row["maximum"]) == (float(min(known)), float(max(known)))
        if len(known) >= 45:
            assert row["mean"] == pytest.approx(float(sum(known) / len(known)), abs=1e-6)
        else:
            assert (row["mean"], row["quality"]) == (None, "low_coverage")


def test_a_value_on_the_border_belongs_to_the_hour_it_opens() -> None:
    start = datetime(2025, 3, 30, 1)  # noqa: DTZ001
    rows = frame([(start + timedelta(minutes=10 * step), float(step)) for step in range(13)])
    result = hourly(rows, AIR, start, start + timedelta(hours=2))
    assert result.get_column("mean").to_list() == [2.5, 8.5]
    assert result.get_column("hour").to_list() == [start, start + timedelta(hours=1)]


def test_both_hours_of_the_clock_change_in_autumn_are_published() -> None:
    start = naive(datetime(2025, 10, 26, 2, tzinfo=BERLIN))
    rows = frame([(start + timedelta(minutes=10 * step), 1.0 if step < 6 else 3.0) for step in range(12)])
    result = hourly(rows, AIR, start, start + timedelta(hours=2))
    assert result.get_column("mean").to_list() == [1.0, 3.0]


@pytest.mark.needs("shared")
def test_recorded_answers_give_what_sql_gave() -> None:
    """FROST's recorded page of one stream against the means its own database computed."""
    page = json.loads((SHARED / "obs_window.json").read_bytes())
    parsed = parse([(row["phenomenonTime"], row["result"]) for row in page["value"]])
    times = parsed.rows.get_column("time").to_list()
    start = times[0].replace(minute=0, second=0)
    # the page was cut at its size: its last hour is not complete
    end = times[-1].replace(minute=0, second=0)
    lenient: Domain = msgspec.structs.replace(AIR, minimum_coverage=0.0)
    rows = hourly(parsed.rows, lenient, start, end)
    expected: dict[str, dict[str, Any]] = {}
    with (SHARED / "expected_hourly_utc.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["datastream"] == "pole-1:pm10":
                expected[row["stunde_utc"]] = row
    assert rows.height > 5
    for row in rows.iter_rows(named=True):
        wanted = expected[row["hour"].strftime("%Y-%m-%dT%H:%M:%SZ")]
        assert row["n"] == int(wanted["n"])
        assert row["mean"] == pytest.approx(float(wanted["mean"]), abs=1e-6)
