"""The health of a source: what each fact makes of it, and when a success is overdue."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ckanext.herne.harvest.health import PERIODS, Facts, State, health, tolerance
from herne_testing.harvesting import NOW
from hypothesis import given
from hypothesis import strategies as st

DAY = timedelta(days=1)
GOOD = Facts("DAILY", created=NOW - 90 * DAY, last_success=NOW - timedelta(hours=3), outcome="ok")


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, State.OK),
        ({"outcome": "cancelled"}, State.OK),
        ({"outcome": "partial"}, State.INCOMPLETE),
        ({"outcome": "partial", "last_success": NOW - 2 * DAY}, State.LATE),
        ({"outcome": "partial", "paused": True}, State.PAUSED),
        ({"outcome": "failed"}, State.FAILING),
        ({"outcome": "asks"}, State.FAILING),
        ({"outcome": "stalled"}, State.FAILING),
        ({"failing_since": NOW - DAY}, State.FAILING),
        ({"failing_since": NOW - DAY, "paused": True}, State.PAUSED),
        ({"last_success": NOW - 2 * DAY}, State.LATE),
        ({"last_success": NOW - 2 * DAY, "frequency": "WEEKLY"}, State.OK),
        ({"last_success": NOW - 300 * DAY, "frequency": "MANUAL"}, State.OK),
        ({"last_success": None, "outcome": None, "created": NOW}, State.NEVER),
        ({"last_success": None, "outcome": None}, State.LATE),
        ({"last_success": None, "outcome": None, "frequency": "MANUAL"}, State.NEVER),
    ],
)
def test_what_facts_make_of_a_source(changes: dict[str, Any], state: State) -> None:
    assert health(replace(GOOD, **changes), NOW).state is state


def test_a_paused_source_has_no_next_run_and_nothing_due() -> None:
    told = health(replace(GOOD, paused=True, next_run=NOW + DAY), NOW)
    assert (told.next_run, told.due) == (None, None)


@given(st.sampled_from(sorted(PERIODS)), st.datetimes(timezones=st.just(UTC)))
def test_a_source_gets_late_exactly_when_it_is_due(frequency: str, success: datetime) -> None:
    """And not before a whole period has passed, at any time of the year."""
    facts = replace(GOOD, frequency=frequency, last_success=success)
    due = health(facts, NOW).due
    assert due is not None
    assert facts.last_success is not None
    assert due - facts.last_success == PERIODS[frequency] + tolerance(PERIODS[frequency])
    assert health(facts, due).state is State.OK
    assert health(facts, due + timedelta(seconds=1)).state is State.LATE
