"""Reads harvest sources with what is known of their runs. It neither writes nor decides who may read.

ckanext-harvest's times are UTC without a zone; here every time has one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import ckan.model as model
import sqlalchemy as sa
from ckanext.harvest.model import HarvestSource
from ckanext.herne.harvest.health import Facts, Health, State, health
from ckanext.herne.harvest.model import memory_table, record_table, run_table

if TYPE_CHECKING:
    from collections.abc import Collection

_source, _package, _group = HarvestSource.__table__.c, model.package_table.c, model.group_table.c
_memory, _record, _run = memory_table.c, record_table.c, run_table.c


@dataclass(frozen=True, slots=True)
class Source:
    """A harvest source with its health at the time of reading."""

    id: str
    name: str
    title: str
    url: str
    type: str
    frequency: str
    organization: str | None
    organization_name: str | None
    organization_title: str | None
    facts: Facts
    health: Health
    told: str | None
    running: str | None
    last_run: str | None
    datasets: int
    is_deleted: bool

    @property
    def state(self) -> str:
        """Its state of health."""
        return self.health.state.value


def sources(organizations: Collection[str] | None = None, now: datetime | None = None) -> list[Source]:
    """The sources in use of some organizations (ids), or all; the worst first, then by title."""
    owned = sa.true() if organizations is None else _package.owner_org.in_(organizations)
    worst = list(State)
    return sorted(
        _read(sa.and_(_package.state == "active", owned), now),
        key=lambda one: (worst.index(one.health.state), one.title.lower()),
    )


def source(reference: str, now: datetime | None = None) -> Source | None:
    """The source with this id or name; None if there is none. It may be deleted."""
    return next(iter(_read(sa.or_(_package.id == reference, _package.name == reference), now)), None)


def health_of(source_id: str, now: datetime | None = None) -> Health:
    """The health of a source that exists."""
    found = source(source_id, now)
    if found is None:
        raise LookupError(source_id)
    return found.health


def aware(moment: datetime | None) -> datetime | None:
    """A time of ckanext-harvest's or CKAN's tables, with its zone."""
    return moment.replace(tzinfo=UTC) if moment and not moment.tzinfo else moment


def _read(condition: Any, now: datetime | None) -> list[Source]:
    moment = now or datetime.now(UTC)
    return [_source_of(row, moment) for row in model.Session.execute(_rows(condition)).mappings()]


def _rows(condition: Any) -> Any:
    """One row per source; the run under way and the last finished one are looked up by index."""
    finished = sa.and_(_run.source_id == _source.id, _run.kind == "run", _run.finished.is_not(None))
    newest = sa.select(_run.job_id).where(finished).order_by(_run.created.desc()).limit(1)
    outcome = sa.select(_run.outcome).where(finished, _run.outcome != "cancelled")
    running = sa.select(_run.job_id).where(_run.source_id == _source.id, _run.finished.is_(None)).limit(1)
    datasets = sa.select(sa.func.count(_record.package_id)).where(_record.source_id == _source.id)
    joined = (
        HarvestSource.__table__.join(model.package_table, _package.id == _source.id)
        .outerjoin(model.group_table, _group.id == _package.owner_org)
        .outerjoin(memory_table, _memory.source_id == _source.id)
    )
    return (
        sa.select(
            *(_source.id, _source.url, _source.type, _source.frequency, _source.created, _source.next_run),
            *(
                _package.name,
                _package.state,
                sa.func.coalesce(sa.func.nullif(_package.title, ""), _package.name).label("title"),
            ),
            *(_package.owner_org, _group.name.label("organization_name")),
            sa.func.coalesce(sa.func.nullif(_group.title, ""), _group.name).label("organization_title"),
            *(_memory.paused, _memory.failing_since, _memory.last_success, _memory.told),
            newest.scalar_subquery().label("last_run"),
            outcome.order_by(_run.created.desc()).limit(1).scalar_subquery().label("outcome"),
            running.scalar_subquery().label("running"),
            datasets.scalar_subquery().label("datasets"),
        )
        .select_from(joined)
        .where(condition)
    )


def _source_of(row: Any, now: datetime) -> Source:
    facts = Facts(
        frequency=row["frequency"] or "MANUAL",
        created=aware(row["created"]) or now,
        paused=bool(row["paused"]),
        failing_since=row["failing_since"],
        last_success=row["last_success"],
        next_run=aware(row["next_run"]),
        outcome=row["outcome"],
    )
    return Source(
        id=row["id"],
        name=row["name"],
        title=row["title"],
        url=row["url"],
        type=row["type"],
        frequency=facts.frequency,
        organization=row["owner_org"],
        organization_name=row["organization_name"],
        organization_title=row["organization_title"],
        facts=facts,
        health=health(facts, now),
        told=row["told"],
        running=row["running"],
        last_run=row["last_run"],
        datasets=row["datasets"],
        is_deleted=row["state"] != "active",
    )
