"""Reads runs as they are recorded, and the errors that ckanext-harvest keeps of their jobs."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import ckan.model as model
import sqlalchemy as sa
from ckanext.harvest.model import HarvestGatherError, HarvestObject, HarvestObjectError
from ckanext.herne.harvest.health import SUCCESSFUL
from ckanext.herne.harvest.model import run_table

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime, timedelta

_run = run_table.c
COUNTS = ("create", "change", "unchanged", "delete", "held", "errors")
ROWS = ("rows_inserted", "rows_changed", "rows_removed")


@dataclass(frozen=True, slots=True)
class Run:
    """A run or dry run without its plan; see the table for what the fields mean."""

    job_id: str
    source_id: str
    kind: str
    stage: str
    done: int
    total: int
    progressed_at: datetime
    cancel: bool
    accept_deletions: bool
    counts: dict[str, int]
    outcome: str | None
    message: str
    created: datetime
    started: datetime | None
    finished: datetime | None

    @property
    def is_dry(self) -> bool:
        """Whether it only tells what a run would do."""
        return self.kind == "plan"

    @property
    def at(self) -> datetime:
        """Where it stands in the course of time."""
        return self.finished or self.started or self.created

    @property
    def took(self) -> timedelta | None:
        """How long it worked; None until it is over."""
        return self.finished - self.started if self.finished and self.started else None

    @property
    def is_as_planned(self) -> bool:
        """Whether its plan and numbers are what it did; a dry run's are what it was for."""
        return self.outcome in SUCCESSFUL

    @property
    def result(self) -> dict[str, int]:
        """Its numbers; none for a run that ended before it did what it had planned."""
        return self.counts if self.is_as_planned else {}

    def count(self, *names: str) -> int:
        """The sum of some numbers of its result."""
        return sum(int(self.result.get(name) or 0) for name in names)


_COLUMNS = [run_table.c[field.name] for field in fields(Run)]


def run(job_id: str) -> Run | None:
    """A run; None if there is none of this job."""
    row = model.Session.execute(sa.select(*_COLUMNS).where(_run.job_id == job_id)).mappings().one_or_none()
    return Run(**row) if row else None


def runs(
    source_ids: Collection[str], limit: int, *, before: datetime | None = None, since: datetime | None = None
) -> list[Run]:
    """The newest runs of some sources, dry ones too; `before` and `since` bound when they were created."""
    query = sa.select(*_COLUMNS).where(_run.source_id.in_(source_ids))
    if before is not None:
        query = query.where(_run.created < before)
    if since is not None:
        query = query.where(_run.created >= since)
    found = model.Session.execute(query.order_by(_run.created.desc(), _run.job_id).limit(limit))
    return [Run(**row) for row in found.mappings()]


def plan(job_id: str) -> dict[str, Any]:
    """What a run found to do; empty before it has planned."""
    return dict(model.Session.execute(sa.select(_run.plan).where(_run.job_id == job_id)).scalar() or {})


def errors(job_id: str) -> list[dict[str, str]]:
    """The errors of a job, those of the whole before those of a record: guid ("" for the whole), problem."""
    whole = sa.select(sa.literal("").label("guid"), HarvestGatherError.message).where(
        HarvestGatherError.harvest_job_id == job_id
    )
    single = (
        sa.select(HarvestObject.guid, HarvestObjectError.message)
        .join(HarvestObject, HarvestObject.id == HarvestObjectError.harvest_object_id)
        .where(HarvestObject.harvest_job_id == job_id)
        .order_by(HarvestObjectError.created)
    )
    rows = [row for query in (whole, single) for row in model.Session.execute(query).mappings()]
    return [{"guid": row["guid"] or "", "problem": row["message"] or ""} for row in rows]
