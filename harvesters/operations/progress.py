"""How far a run is: known at once in the process, and soon in the database, whatever the source's pace.

A source may answer a hundred times in a second; a page that shows the run looks every three.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

from ckanext.herne.harvesters.operations import runs

OFTEN = 1.0
"""Seconds between two notes within a stage; a new stage is noted at once."""


class Progress:
    """The steps of a run. `write` may be called by another thread, so that the last step is never lost."""

    def __init__(self, job_id: str) -> None:
        self._job_id = job_id
        self._at = ("", 0, 0)
        self._moved = datetime.now(UTC)
        self._is_told = True
        self._told_stage, self._told_at = "", 0.0
        self._one_at_a_time = threading.Lock()

    def step(self, stage: str, done: int, total: int) -> None:
        """The run is at step `done` of `total` of a stage."""
        self._at, self._moved, self._is_told = (stage, done, total), datetime.now(UTC), False
        if stage != self._told_stage or time.monotonic() - self._told_at >= OFTEN:
            self.write()

    def again(self) -> None:
        """Something moved within the same step."""
        self.step(*self._at)

    def write(self) -> None:
        """Notes the last step in the database, if that is not done yet."""
        with self._one_at_a_time:
            if self._is_told:
                return
            at, moved = self._at, self._moved
            runs.progress(self._job_id, *at, moved)
            self._is_told = moved == self._moved
            self._told_stage, self._told_at = at[0], time.monotonic()
