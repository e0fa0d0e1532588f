"""Raw observations to typed ones: everything a server may send is used or counted."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from ckanext.herne.harvesters.sensors.parse import parse
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
    parsed = parse(raw, minimum=0, maximum=100)
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


def test_a_factor_comes_before_the_plausible_range() -> None:
    assert parse([(AT, 0.5), ("2025-03-29T23:04:07Z", 2)], factor=100, maximum=100).rows.rows() == [
        (TIME, 50.0)
    ]


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
