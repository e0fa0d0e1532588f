"""How a harvest source is: one of six states, and by when the next success is due. Pure.

A source that is harvested on demand is never late: nobody promised anything. One that came but for single
records is no failing one: its data are current, and somebody may look at the rest when it suits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ON_DEMAND = "MANUAL"
PERIODS: Mapping[str, timedelta] = {
    "ALWAYS": timedelta(hours=1),
    "DAILY": timedelta(days=1),
    "WEEKLY": timedelta(days=7),
    "BIWEEKLY": timedelta(days=14),
    "MONTHLY": timedelta(days=31),
}
FAILED = ("failed", "stalled", "asks")  # outcomes after which somebody has to look now
SUCCESSFUL = ("ok", "partial")  # outcomes after which the data are current, of single records perhaps not


class State(StrEnum):
    """What to tell of a source. The worst come first, as on the overview."""

    FAILING = "failing"
    LATE = "late"
    INCOMPLETE = "incomplete"
    NEVER = "never"
    PAUSED = "paused"
    OK = "ok"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a source; times are aware. `outcome` is that of its last finished run."""

    frequency: str
    created: datetime
    paused: bool = False
    failing_since: datetime | None = None
    last_success: datetime | None = None
    next_run: datetime | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """The state; by when a success was or is due (None on demand); the next run (None if there is none)."""

    state: State
    due: datetime | None
    next_run: datetime | None


def health(facts: Facts, now: datetime) -> Health:
    """The health of a source at `now` (aware)."""
    due = _due(facts)
    return Health(_state(facts, due, now), due, None if facts.paused else facts.next_run)


def tolerance(period: timedelta) -> timedelta:
    """How long a success may be overdue before it is late: a quarter of the period, at least an hour."""
    return max(timedelta(hours=1), period / 4)


def _due(facts: Facts) -> datetime | None:
    period = PERIODS.get(facts.frequency)
    if period is None or facts.paused:
        return None
    return (facts.last_success or facts.created) + period + tolerance(period)


def _state(facts: Facts, due: datetime | None, now: datetime) -> State:
    if facts.paused:
        return State.PAUSED
    if facts.failing_since or facts.outcome in FAILED:
        return State.FAILING
    if due is not None and now > due:
        return State.LATE
    if facts.outcome == "partial":
        return State.INCOMPLETE
    return State.OK if facts.last_success else State.NEVER
