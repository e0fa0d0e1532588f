"""Hours and days against plain Python, over both clock changes, and against values computed in SQL."""

from __future__ import annotations

import csv
import json
import math
from bisect import bisect_right
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from operator import itemgetter
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from ckanext.herne.harvesters.sensors.aggregate import Aggregate, Rule, daily, hourly, midnight, partials
from ckanext.herne.harvesters.sensors.parse import parse
from herne_testing.needs import SHARED
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

RECORDED = SHARED / "fixtures" / "sensorthings"
BERLIN = ZoneInfo("Europe/Berlin")
DAYS = [datetime(2025, 3, 30, tzinfo=BERLIN), datetime(2025, 10, 26, tzinfo=BERLIN)]
DAYS.append(datetime(2025, 7, 1, tzinfo=BERLIN))
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
HOLD = timedelta(minutes=30)

Row = tuple[datetime, float]


def rule(aggregate: Aggregate, **changed: Any) -> Rule:
    return Rule(aggregate, timedelta(minutes=10), **{"hold": HOLD} | changed)


def utc(time: datetime) -> datetime:
    return time.astimezone(UTC).replace(tzinfo=None)


def local(time: datetime) -> Any:
    return time.replace(tzinfo=UTC).astimezone(BERLIN).date()


def frame(*series: Sequence[Row]) -> pl.LazyFrame:
    rows = [(number, time, value) for number, entries in enumerate(series) for time, value in entries]
    schema = {"series": pl.UInt32, "time": pl.Datetime("us"), "value": pl.Float64}
    return pl.LazyFrame(rows, schema=schema, orient="row")


def hours(rows: Sequence[Row], by: Rule, start: datetime, end: datetime) -> dict[Any, dict[str, Any]]:
    found = hourly(partials(frame(rows), by, end), by, start, end)
    return {row["hour"]: row for row in found.iter_rows(named=True)}


def days(rows: Sequence[Row], by: Rule, start: datetime, end: datetime) -> dict[Any, dict[str, Any]]:
    found = daily(partials(frame(rows), by, end), by, start, end)
    return {row["day"]: row for row in found.iter_rows(named=True)}


@st.composite
def observations(draw: st.DrawFn, sparse: bool = True) -> tuple[datetime, datetime, list[Row]]:
    """A local day with neighbours: values at full minutes, many exactly on the border of a bucket."""
    day = draw(st.sampled_from(DAYS))
    start, end = utc(day) - HOUR, midnight(day.date() + timedelta(days=1)) + 2 * HOUR
    length = (end - start) // MINUTE
    minutes = st.one_of(st.integers(0, length - 1), st.integers(0, length // 60 - 1).map(lambda h: h * 60))
    values = st.floats(0, 150, allow_nan=False).map(lambda value: round(value, 2))
    pairs = draw(st.dictionaries(minutes, values, max_size=60))
    if not sparse or draw(st.booleans()):
        pairs |= {minute: float(minute % 37) for minute in range(draw(st.integers(0, 9)), length, 10)}
    return start, end, [(start + minute * MINUTE, value) for minute, value in sorted(pairs.items())]


def by_bucket(rows: Sequence[Row], key: Callable[[datetime], Any]) -> dict[Any, list[Fraction]]:
    buckets: dict[Any, list[Fraction]] = defaultdict(list)
    for time, value in rows:
        buckets[key(time)].append(Fraction(str(value)))
    return buckets


def full_hour(time: datetime) -> datetime:
    return time.replace(minute=0)


PLAIN: dict[Aggregate, Callable[[list[Fraction]], float]] = {
    "mean": lambda values: float(sum(values) / len(values)),
    "sum": lambda values: float(sum(values)),
    "min": lambda values: float(min(values)),
    "max": lambda values: float(max(values)),
}


@pytest.mark.parametrize("aggregate", PLAIN)
@settings(deadline=None, max_examples=50)
@given(given_=observations())
def test_hours_of_instants_equal_a_plain_computation(
    aggregate: Aggregate, given_: tuple[datetime, datetime, list[Row]]
) -> None:
    start, end, rows = given_
    found = hours(rows, rule(aggregate), start, end)
    expected = by_bucket(rows, full_hour)
    assert found.keys() == expected.keys()
    for hour, row in found.items():
        check(row, expected[hour], PLAIN[aggregate], 6)


@pytest.mark.parametrize("aggregate", PLAIN)
@settings(deadline=None, max_examples=50)
@given(given_=observations())
def test_days_of_instants_equal_a_plain_computation(
    aggregate: Aggregate, given_: tuple[datetime, datetime, list[Row]]
) -> None:
    start, end, rows = given_
    day = local(start + 3 * HOUR)
    length = (midnight(day + timedelta(days=1)) - midnight(day)) // HOUR
    found = days(rows, rule(aggregate), start, end)
    expected = {key: values for key, values in by_bucket(rows, local).items() if key == day}
    assert found.keys() == expected.keys()  # the days before and after are not whole
    for key, row in found.items():
        check(row, expected[key], PLAIN[aggregate], length * 6)


def check(row: dict[str, Any], values: list[Fraction], compute: Any, expected: int) -> None:
    enough = len(values) / expected >= 0.75
    assert (row["n"], row["n_expected"]) == (len(values), expected)
    assert row["coverage"] == pytest.approx(min(1, len(values) / expected), abs=1e-6)
    assert row["quality"] == ("ok" if enough else "low_coverage")
    assert row["value"] == (pytest.approx(compute(values), abs=1e-6) if enough else None)
    assert (row["minimum"], row["maximum"]) == (float(min(values)), float(max(values)))


def held(rows: list[Row], minute: datetime) -> float | None:
    """What stood during one minute: the last value, unless it is stale."""
    at = bisect_right(rows, minute, key=itemgetter(0))
    return rows[at - 1][1] if at and minute - rows[at - 1][0] < HOLD else None


def stepped(rows: list[Row], minute: datetime) -> Fraction | None:
    """What a counter grew in one minute: its share of the step to the next reading, unless that is far."""
    at = bisect_right(rows, minute, key=itemgetter(0))
    if at in (0, len(rows)) or rows[at][0] - rows[at - 1][0] > HOLD:
        return None
    (since, low), (until, high) = rows[at - 1 : at + 1]
    step = Fraction(str(high)) - Fraction(str(low)) if high >= low else Fraction(str(high))
    return step / ((until - since) // MINUTE)


@pytest.mark.parametrize("whole_day", [False, True])
@settings(deadline=None, max_examples=50)
@given(given_=observations())
def test_time_weights_equal_a_computation_minute_by_minute(
    whole_day: bool, given_: tuple[datetime, datetime, list[Row]]
) -> None:
    start, end, rows = given_
    for minutes, row in lasting("time_weighted", whole_day, start, end, rows):
        known = [Fraction(str(value)) for minute in minutes if (value := held(rows, minute)) is not None]
        judge(row, len(known), len(minutes), float(sum(known) / len(known)) if known else None)
        if row and known:
            assert (row["minimum"], row["maximum"]) == (float(min(known)), float(max(known)))


@pytest.mark.parametrize("whole_day", [False, True])
@settings(deadline=None, max_examples=50)
@given(given_=observations())
def test_a_counter_equals_a_computation_minute_by_minute(
    whole_day: bool, given_: tuple[datetime, datetime, list[Row]]
) -> None:
    start, end, rows = given_
    for minutes, row in lasting("counter", whole_day, start, end, rows):
        known = [step for minute in minutes if (step := stepped(rows, minute)) is not None]
        judge(row, len(known), len(minutes), float(sum(known)))


def lasting(aggregate: Aggregate, whole_day: bool, start: datetime, end: datetime, rows: list[Row]) -> Any:
    """Each bucket as its minutes and the row it got, None where it got none."""
    by = rule(aggregate)
    if whole_day:
        day = local(start + 3 * HOUR)
        first, last = midnight(day), midnight(day + timedelta(days=1))
        buckets = {day: [first + step * MINUTE for step in range((last - first) // MINUTE)]}
        found = days(rows, by, start, end)
    else:
        buckets = {
            start + step * HOUR: [start + step * HOUR + minute * MINUTE for minute in range(60)]
            for step in range((end - start) // HOUR)
        }
        found = hours(rows, by, start, end)
    assert found.keys() <= buckets.keys()
    for key, minutes in buckets.items():
        row = found.get(key)
        assert (row["n"] if row else 0) == sum(minutes[0] <= time < minutes[-1] + MINUTE for time, _ in rows)
        yield minutes, row


def judge(row: dict[str, Any] | None, known: int, length: int, value: float | None) -> None:
    if row is None:
        assert known == 0
        return
    assert row["coverage"] == pytest.approx(known / length, abs=1e-6)
    enough = known / length >= 0.75
    assert row["quality"] == ("ok" if enough else "low_coverage")
    assert row["value"] == (pytest.approx(value, abs=1e-5) if enough else None)


@settings(deadline=None)
@given(angles=st.lists(st.integers(0, 3600).map(lambda tenth: tenth / 10), min_size=5, max_size=6))
def test_a_mean_direction_is_that_of_the_summed_vectors(angles: list[float]) -> None:
    start = utc(DAYS[2])
    rows = [(start + 10 * step * MINUTE, angle) for step, angle in enumerate(angles)]
    row = hours(rows, rule("vector_mean"), start, start + HOUR)[start]
    east = sum(math.sin(math.radians(angle)) for angle in angles)
    north = sum(math.cos(math.radians(angle)) for angle in angles)
    assert (row["minimum"], row["maximum"]) == (None, None)
    if math.hypot(east, north) / len(angles) > 0.01:
        difference = row["value"] - math.degrees(math.atan2(east, north))
        assert difference % 360 == pytest.approx(0, abs=1e-3) or difference % 360 == pytest.approx(360)
        assert 0 <= row["value"] < 360
        assert row["quality"] == "ok"


def test_opposite_directions_have_no_mean() -> None:
    start = utc(DAYS[2])
    rows = [(start + 10 * step * MINUTE, 90.0 if step % 2 else 270.0) for step in range(6)]
    row = hours(rows, rule("vector_mean"), start, start + HOUR)[start]
    assert (row["value"], row["quality"]) == (None, "no_direction")


def test_north_is_north_however_it_is_written() -> None:
    start = utc(DAYS[2])
    rows = [(start + 10 * step * MINUTE, 359.0 if step % 2 else 1.0) for step in range(6)]
    assert hours(rows, rule("vector_mean"), start, start + HOUR)[start]["value"] == 0


@pytest.mark.parametrize(("day", "length"), [(DAYS[0], 23), (DAYS[1], 25), (DAYS[2], 24)])
def test_a_day_has_as_many_hours_as_the_clock_gives_it(day: datetime, length: int) -> None:
    start, end = midnight(day.date()), midnight(day.date() + timedelta(days=1))
    rows = [(start + 10 * step * MINUTE, 1.0) for step in range(length * 6)]
    row = days(rows, rule("sum"), start, end)[day.date()]
    assert (row["n_expected"], row["n"], row["value"], row["coverage"]) == (
        length * 6,
        length * 6,
        length * 6,
        1,
    )
    assert len(hours(rows, rule("sum"), start, end)) == length


def test_the_open_hour_and_the_open_day_are_not_there() -> None:
    start = midnight(DAYS[0].date())
    rows = [(start + 10 * step * MINUTE, 1.0) for step in range(200)]
    now = start + 22 * HOUR
    assert max(hours(rows, rule("mean"), start, now)) == now - HOUR
    assert days(rows, rule("mean"), start, now) == {}
    assert list(days(rows, rule("mean"), start, now + HOUR)) == [DAYS[0].date()]


def test_series_do_not_run_into_each_other() -> None:
    start = utc(DAYS[2])
    first = [(start + 10 * step * MINUTE, 100.0 + step) for step in range(7)]
    second = [(start + 10 * step * MINUTE, 5.0 + step) for step in range(7)]
    for aggregate in ("time_weighted", "counter"):
        by = rule(aggregate)
        together = hourly(partials(frame(first, second), by, start + HOUR), by, start, start + HOUR)
        alone = [hours(rows, by, start, start + HOUR)[start]["value"] for rows in (first, second)]
        assert together.sort("series").get_column("value").to_list() == alone


def test_a_counter_begins_again_at_zero() -> None:
    start = utc(DAYS[2])
    rows = [(start + 10 * step * MINUTE, float(value)) for step, value in enumerate([95, 98, 99, 4, 6, 9, 9])]
    row = hours(rows, rule("counter"), start, start + HOUR)[start]
    assert (row["value"], row["coverage"]) == (3 + 1 + 4 + 2 + 3 + 0, 1)


@settings(deadline=None, max_examples=30)
@given(st.permutations(range(128)))
def test_the_order_of_summation_never_shows(order: list[int]) -> None:
    start = midnight(DAYS[2].date())
    values = [round(0.01 + (number * 7919 % 1000) / 100, 2) for number in range(128)]
    times = [start + 10 * step * MINUTE for step in range(128)]
    rows = [(time, values[place]) for time, place in zip(times, order, strict=True)]
    row = days(rows, rule("mean"), start, start + 24 * HOUR)[DAYS[2].date()]
    assert row["value"] == round(float(sum(map(Fraction, map(str, values))) / 128), 6)


@pytest.mark.needs("shared")
def test_recorded_answers_give_what_sql_gave() -> None:
    """FROST's recorded page of one stream against the means its own database computed."""
    page = json.loads((RECORDED / "obs_window.json").read_bytes())
    parsed = parse([(row["phenomenonTime"], row["result"]) for row in page["value"]]).rows
    times = parsed.get_column("time").to_list()
    # the page was cut at its size: its last hour is not complete
    start, end = (time.replace(minute=0, second=0) for time in (times[0], times[-1]))
    found = hours(list(parsed.iter_rows()), rule("mean", minimum_coverage=0.0), start, end)
    with (RECORDED / "expected_hourly_utc.csv").open(encoding="utf-8") as file:
        expected = {
            row["stunde_utc"]: row for row in csv.DictReader(file) if row["datastream"] == "pole-1:pm10"
        }
    assert len(found) > 5
    for hour, row in found.items():
        wanted = expected[hour.strftime("%Y-%m-%dT%H:%M:%SZ")]
        assert row["n"] == int(wanted["n"])
        assert row["value"] == pytest.approx(float(wanted["mean"]), abs=1e-6)
