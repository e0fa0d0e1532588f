"""Runs as the database knows them: who works on one, how far it is, what came of it (`herne_harvest_run`).

Each function is one short transaction on a connection of its own, so that progress and leases are seen at
once, whatever the session of the run does.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import ckan.model as model
import sqlalchemy as sa
from ckanext.herne.harvest import ledger
from ckanext.herne.harvest.model import memory_table, run_table
from sqlalchemy.dialects.postgresql import insert

if TYPE_CHECKING:
    from collections.abc import Mapping

LEASE = timedelta(seconds=40)
"""So long a worker counts as alive after its last sign of life."""
ATTEMPTS = 3
"""So many workers may die over a run before it is given up."""
GOES_ON = "goes_on"
"""The entry of a source's memory that says that there is more than its last run took."""
KEPT_PLANS = 20
"""Of so many runs a source's plans are kept; they are long."""

_run, _memory = run_table.c, memory_table.c


@dataclass(frozen=True, slots=True)
class Run(ledger.Run):
    """A run with its plan and with who works on it. Times are aware."""

    worker: str | None
    lease_until: datetime | None
    attempts: int
    plan: dict[str, Any] | None


_SELECT = sa.select(*(_run[field.name] for field in fields(Run)))


def _now() -> datetime:
    return datetime.now(UTC)


def _all(statement: Any) -> list[Run]:
    with model.meta.engine.begin() as connection:
        return [Run(*row) for row in connection.execute(statement)]


def _do(statement: Any) -> int:
    with model.meta.engine.begin() as connection:
        return int(connection.execute(statement).rowcount)


def create(job_id: str, source_id: str, kind: str, *, accept_deletions: bool) -> bool:
    """Queues a run; False if another of the source is not finished."""
    now = _now()
    row = {"job_id": job_id, "source_id": source_id, "kind": kind, "accept_deletions": accept_deletions}
    statement = insert(run_table).values(**row, stage="queued", progressed_at=now, created=now)
    return _do(statement.on_conflict_do_nothing()) == 1


def get(job_id: str) -> Run | None:
    """The run of a job."""
    return next(iter(_all(_SELECT.where(_run.job_id == job_id))), None)


def of_source(source_id: str, limit: int = KEPT_PLANS) -> list[Run]:
    """The runs of a source, newest first."""
    return _all(_SELECT.where(_run.source_id == source_id).order_by(_run.created.desc()).limit(limit))


def unfinished() -> list[Run]:
    """All runs that are queued or under way, oldest first."""
    return _all(_SELECT.where(_run.finished.is_(None)).order_by(_run.created))


def take(job_id: str, worker: str) -> Run | None:
    """Leases the run to `worker`; None if it is finished, or another worker has it."""
    now = _now()
    is_free = _run.lease_until.is_(None) | (_run.lease_until < now)
    statement = (
        run_table.update()
        .where(_run.job_id == job_id, _run.finished.is_(None), is_free)
        .values(
            worker=worker,
            lease_until=now + LEASE,
            attempts=_run.attempts + 1,
            started=sa.func.coalesce(_run.started, now),
            progressed_at=now,
        )
        .returning(*_SELECT.selected_columns)
    )
    return next(iter(_all(statement)), None)


def renew(job_id: str, worker: str) -> Run | None:
    """Prolongs the lease; None if `worker` has lost it."""
    statement = (
        run_table.update()
        .where(_run.job_id == job_id, _run.worker == worker, _run.finished.is_(None))
        .values(lease_until=_now() + LEASE)
        .returning(*_SELECT.selected_columns)
    )
    return next(iter(_all(statement)), None)


def release(job_id: str, worker: str) -> None:
    """Gives the run back as if `worker` had never taken it; it goes on where it is."""
    mine = (_run.job_id == job_id, _run.worker == worker, _run.finished.is_(None))
    _do(run_table.update().where(*mine).values(lease_until=None, attempts=_run.attempts - 1))


def progress(job_id: str, stage: str, done: int, total: int, moved: datetime) -> None:
    """Notes that the run is at step `done` of `total` steps of a stage, and when it moved last."""
    mine = run_table.update().where(_run.job_id == job_id)
    _do(mine.values(stage=stage, done=done, total=total, progressed_at=moved))


def put_plan(job_id: str, plan: Mapping[str, Any], counts: Mapping[str, int]) -> None:
    """Keeps what the run is going to do, and drops the plans of the source's oldest runs."""
    _do(run_table.update().where(_run.job_id == job_id).values(plan=dict(plan), counts=dict(counts)))
    source = sa.select(_run.source_id).where(_run.job_id == job_id).scalar_subquery()
    kept = sa.select(_run.job_id).where(_run.source_id == source).order_by(_run.created.desc())
    old = (_run.source_id == source, _run.job_id.not_in(kept.limit(KEPT_PLANS)))
    _do(run_table.update().where(*old, _run.plan.isnot(None)).values(plan=None))


def finish(job_id: str, outcome: str, message: str, counts: Mapping[str, int]) -> bool:
    """Ends the run; False if it had ended before."""
    values = {"outcome": outcome, "message": message, "counts": dict(counts), "stage": "done"}
    unfinished_ = run_table.update().where(_run.job_id == job_id, _run.finished.is_(None))
    return _do(unfinished_.values(**values, finished=_now(), lease_until=None)) == 1


def ask_to_cancel(source_id: str) -> list[Run]:
    """Asks the run of a source that is not finished to end; gives it."""
    mine = (_run.source_id == source_id, _run.finished.is_(None))
    return _all(run_table.update().where(*mine).values(cancel=True).returning(*_SELECT.selected_columns))


@dataclass(frozen=True)
class Memory:
    """What is kept of a source from one run to the next."""

    memory: dict[str, Any]
    paused: bool
    last_success: datetime | None
    failing_since: datetime | None


def memory(source_id: str) -> Memory:
    """What is kept of a source; nothing for a new one."""
    wanted = sa.select(*(_memory[name] for name in Memory.__dataclass_fields__))
    with model.meta.engine.begin() as connection:
        row = connection.execute(wanted.where(_memory.source_id == source_id)).first()
    return Memory(*row) if row else Memory({}, paused=False, last_success=None, failing_since=None)


def going_on() -> list[str]:
    """The sources whose last run left something for the next one, which is to begin by itself."""
    wanted = sa.select(_memory.source_id).where(_memory.memory[GOES_ON].as_boolean())
    with model.meta.engine.begin() as connection:
        return list(connection.execute(wanted).scalars())


def remember(source_id: str, **values: Any) -> None:
    """Changes what is kept of a source."""
    statement = insert(memory_table).values(source_id=source_id, **values)
    _do(statement.on_conflict_do_update(index_elements=["source_id"], set_=values))
