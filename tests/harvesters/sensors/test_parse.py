"""Raw observations to typed ones: everything a server may send is used or counted."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from ckanext.herne.harvesters.sensors.parse import Reading, parse
from hypothesis import given
from hypothesis import strategies as st

AT = "2025-03-29T23:03:07Z"
TIME = datetime(2025, 3, 29, 23, 3, 7)  # noqa: DTZ001 (tables hold UTC without zone)


def test_usable_forms_of_time_and_value() -> None:
    raw: list[tuple[str | None, Any]] = [
        ("2025-03-29T23:03:07.500Z", 1e-07),
        ("2025-03-30T01:03:08+02:00", 3),
        ("2025-03-29T23:10:00Z/2025-03-29T23:20:00Z", 4.5),
    ]
    parsed = parse(raw)
    assert parsed.left_out == {}
    assert parsed.rows.rows() == [
        (TIME + timedelta(milliseconds=500), 1e-07),
        (TIME + timedelta(seconds=1), 3.0),
        (datetime(2025, 3, 29, 23, 10), 4.5),  # noqa: DTZ001
    ]


def test_what_cannot_be_used_is_counted_by_reason() -> None:
    raw: list[tuple[str | None, Any]] = [
        (AT, None),
        (AT, "12.5"),
        (AT, True),
        (AT, math.nan),
        (AT, {"a": 1}),
        ("yesterday", 1),
        (None, 1),
        ("2025-03-29T23:03:07", 1),
        ("2025-03-29T00:00:00Z/2025-03-30T00:00:00Z", 1),
        (AT, -5),
        (AT, 20),
        (AT, 21),
    ]
    parsed = parse(raw, Reading(minimum=0, maximum=100))
    assert parsed.rows.rows() == [(TIME, 21.0)]
    assert parsed.left_out == {
        "no value": 1,
        "text": 1,
        "truth value": 1,
        "not a number": 2,
        "time not understood": 3,
        "interval longer than a bucket": 1,
        "value not plausible": 1,
        "duplicate": 1,
    }


def test_factor_and_offset_come_before_the_plausible_range() -> None:
    raw: list[tuple[str | None, Any]] = [(AT, 0.5), ("2025-03-29T23:04:07Z", 2)]
    assert parse(raw, Reading(factor=100, maximum=100)).rows.rows() == [(TIME, 50.0)]
    free = Reading(factor=-1, offset=121, minimum=0, maximum=121)
    assert parse([(AT, 130), ("2025-03-29T23:04:07Z", 21)], free).rows.get_column("value").to_list() == [
        100.0
    ]


def test_what_came_out_of_order_or_for_an_interval_is_used_and_counted() -> None:
    raw: list[tuple[str | None, Any]] = [
        ("2025-03-29T23:20:00Z", 2.0),
        ("2025-03-29T23:00:00Z/2025-03-29T23:05:00Z", 1.0),
        ("2025-03-29T23:30:00Z", 3.0),
        ("2025-03-29T23:40:00Z/2025-03-29T23:30:00Z", 4.0),
    ]
    parsed = parse(raw)
    assert parsed.rows.get_column("value").to_list() == [1.0, 2.0, 3.0]
    assert parsed.mended == {"out of order": 1, "interval": 1}
    assert parsed.left_out == {"interval ends before it begins": 1}


def test_a_whole_number_beyond_floating_point_is_left_out() -> None:
    assert parse([(AT, 10**400)]).left_out == {"not a number": 1}


RESULTS = st.one_of(st.none(), st.booleans(), st.text(max_size=3), st.floats(), st.integers(-(2**53), 2**53))
TIMES = st.one_of(
    st.none(),
    st.text(max_size=8),
    st.datetimes(
        datetime(2020, 1, 1),  # noqa: DTZ001
        datetime(2030, 1, 1),  # noqa: DTZ001
        timezones=st.sampled_from(
            [UTC, timezone(timedelta(hours=2)), timezone(timedelta(hours=-9, minutes=-30))]
        ),
    ).map(lambda time: time.isoformat(timespec="microseconds")),
)


@given(st.lists(st.tuples(TIMES, RESULTS), max_size=30))
def test_nothing_crashes_and_nothing_is_lost(raw: list[tuple[str | None, Any]]) -> None:
    parsed = parse(raw)
    assert parsed.rows.height + parsed.left_out.total() == len(raw)
    times = parsed.rows.get_column("time").to_list()
    assert times == sorted(set(times))
    wanted = {}
    for time, result in raw:
        if isinstance(result, int | float) and not isinstance(result, bool) and math.isfinite(result):
            try:
                wanted[datetime.fromisoformat(time or "").astimezone(UTC).replace(tzinfo=None)] = float(
                    result
                )
            except ValueError:
                continue
    exact = {time: number for time, number in wanted.items() if "T" in str(time.isoformat())}
    found = dict(parsed.rows.rows())
    assert all(exact[time] == number for time, number in found.items())
