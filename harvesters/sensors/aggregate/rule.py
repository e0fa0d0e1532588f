"""How the observations of a quantity become one value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

Aggregate = Literal["mean", "min", "max", "sum", "time_weighted", "vector_mean", "counter"]
"""`sum` adds what each observation counted since the one before; `counter` adds the steps of a reading that
only grows and now and then begins again at zero; `vector_mean` is the mean of directions in degrees."""

LASTING = ("time_weighted", "counter")
"""Aggregates whose observations speak for a time, not for an instant: their coverage is time."""


@dataclass(frozen=True)
class Rule:
    """The aggregate of a quantity and when it is believed.

    `cadence` is the time expected between two observations, `hold` (at most an hour) the time for which an
    observation is believed when nothing newer comes. A bucket that is covered by less than
    `minimum_coverage` (0 to 1) has no value.
    """

    aggregate: Aggregate
    cadence: timedelta
    minimum_coverage: float = 0.75
    hold: timedelta = timedelta(minutes=30)

    @property
    def lead(self) -> timedelta:
        """How long before a bucket the observations begin that have a part in it."""
        return self.hold if self.aggregate in LASTING else timedelta(0)

    @property
    def lag(self) -> timedelta:
        """How long after a bucket they end: the step of a counter shows at the next reading."""
        return self.hold if self.aggregate == "counter" else timedelta(0)
