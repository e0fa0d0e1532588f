"""What each source brought: its records and the packages they became (table `herne_harvest_record`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ckan.model as model
import sqlalchemy as sa
from ckanext.herne.harvest.model import record_table
from sqlalchemy.dialects.postgresql import insert

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from ckanext.herne.harvesters.operations.source import Item

_record = record_table.c
_KEY = ("source_id", "guid")


@dataclass(frozen=True)
class Record:
    """A record of a source as it was stored last; `state` is its package's, None if there is none.

    `described` are the fields the source gave then, `held_by` the source that brings it instead.
    """

    source_id: str
    guid: str
    package_id: str | None
    title: str
    fingerprint: str
    described: Mapping[str, Any] | None
    missing_since: datetime | None
    held_by: str | None
    state: str | None

    @property
    def is_stored(self) -> bool:
        """Whether its dataset is here and to be seen."""
        return self.state == "active"

    def says(self, fingerprint: str, said: Mapping[str, Any]) -> bool:
        """Whether it is known to say just this."""
        return self.fingerprint == fingerprint and self.described == said


_FIELDS = (
    *(_record[name] for name in Record.__dataclass_fields__ if name != "state"),
    model.package_table.c.state,
)
_JOINED = record_table.outerjoin(model.package_table, model.package_table.c.id == _record.package_id)


def of_source(source_id: str) -> dict[str, Record]:
    """All records of a source by guid."""
    rows = model.Session.execute(
        sa.select(*_FIELDS).select_from(_JOINED).where(_record.source_id == source_id)
    )
    return {row.guid: Record(*row) for row in rows}


def elsewhere(source_id: str, guids: Collection[str]) -> dict[str, Record]:
    """Records of the same name that other sources brought, which are stored."""
    same = (_record.source_id != source_id, _record.guid.in_(guids), _record.held_by.is_(None))
    rows = model.Session.execute(
        sa.select(*_FIELDS).select_from(_JOINED).where(*same, model.package_table.c.state == "active")
    )
    return {row.guid: Record(*row) for row in rows}


def put(source_id: str, guid: str, now: datetime, **values: Any) -> None:
    """Writes `values` to a record, which is made if it is new. The caller commits."""
    statement = insert(record_table).values(
        source_id=source_id, guid=guid, first_seen=now, last_seen=now, **values
    )
    model.Session.execute(
        statement.on_conflict_do_update(
            index_elements=_KEY, set_={**values, "last_seen": now, "missing_since": None}
        )
    )


def take_over(source_id: str, guid: str) -> None:
    """Notes that this source brings the record, not the others that have it too. The caller commits."""
    others = (_record.guid == guid, _record.source_id != source_id)
    model.Session.execute(record_table.update().where(*others).values(held_by=source_id))


def yield_to(winner: str, source_id: str, guid: str, package_id: str) -> None:
    """Notes of one record that another source brings its dataset now. The caller commits."""
    its = (_record.source_id == source_id, _record.guid == guid, _record.package_id == package_id)
    model.Session.execute(record_table.update().where(*its).values(held_by=winner))


def hold(source_id: str, item: Item, other: Record, now: datetime, *, package_id: str | None) -> None:
    """Notes that another source brings the record; a dataset of its own stays with it. The caller commits."""
    known = {"title": item.title, "held_by": other.source_id, "package_id": package_id}
    put(source_id, item.guid, now, **known, fingerprint="", described=None)


def seen(source_id: str, now: datetime, missing: Collection[str]) -> None:
    """Notes of all records of a source that they are there, but for the `missing`. The caller commits.

    What was missing before keeps its time.
    """
    mine = record_table.update().where(_record.source_id == source_id)
    model.Session.execute(mine.where(_record.guid.not_in(missing)).values(last_seen=now, missing_since=None))
    newly = _record.guid.in_(missing) & _record.missing_since.is_(None)
    model.Session.execute(mine.where(newly).values(missing_since=now))


def forget(source_id: str, guid: str) -> None:
    """Removes a record whose dataset was deleted. The caller commits."""
    model.Session.execute(record_table.delete().where(_record.source_id == source_id, _record.guid == guid))
