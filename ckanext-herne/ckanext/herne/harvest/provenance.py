"""Where a harvested dataset comes from, for everybody: source, name there, last change, and if it is to go.

Of a source's address and configuration nothing is told: they are for its editors.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckanext.harvest.model import HarvestSource
from ckanext.herne.harvest.model import record_table
from ckanext.herne.harvesters.operations import kinds, twins
from ckanext.herne.harvesters.operations.errors import ConfigError
from ckanext.herne.harvesters.operations.vanishing import Bounds

_record, _package = record_table.c, model.package_table.c
GRACE = "ckanext.herne.harvest.grace_days"


@dataclass(frozen=True, slots=True)
class Provenance:
    """The record behind a dataset. `guid` is its name at the source, `link` the same where it is an address.

    `missing_since` is when the source did not have it any more, `deleted_from` when the dataset may be
    deleted for that; `also_at` names the sources that have the same record, but are held by this one,
    `twice_at` those that bring it as a dataset of their own.
    """

    source_id: str
    source_name: str
    source_title: str
    guid: str
    link: str | None
    first_seen: datetime
    last_seen: datetime
    changed_at: datetime | None
    missing_since: datetime | None
    deleted_from: datetime | None
    also_at: tuple[str, ...]
    twice_at: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """For programs; times in ISO 8601."""
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in asdict(self).items()
        }


def provenance(package_id: str) -> Provenance | None:
    """Where a dataset comes from; None for one that was not harvested."""
    row = model.Session.execute(
        sa.select(*record_table.c, _package.name, _package.title.label("source_title"))
        .join(model.package_table, _package.id == _record.source_id)
        .where(_record.package_id == package_id, _record.held_by.is_(None))
        .order_by(_record.last_seen.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    return Provenance(
        source_id=row.source_id,
        source_name=row.name,
        source_title=row.source_title or row.name,
        guid=row.guid,
        link=row.guid if row.guid.startswith(("https://", "http://")) else None,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        changed_at=row.changed_at,
        missing_since=row.missing_since,
        deleted_from=row.missing_since + grace(row.source_id) if row.missing_since else None,
        also_at=_held(row.source_id, row.guid),
        twice_at=_titles(_package.id.in_(twins.twins_with_datasets(row.source_id))),
    )


def grace(source_id: str) -> timedelta:
    """How long a dataset of this source stays that is no longer there."""
    source = HarvestSource.get(source_id)
    try:
        configured = kinds.source_class(source.type).configured(source.config)
    except ConfigError:
        return timedelta(days=tk.config[GRACE])
    return Bounds.of(configured.config).grace


def _held(source_id: str, guid: str) -> tuple[str, ...]:
    """The titles of the sources that have the record, but leave it to this one."""
    # a record that is named after its source has another name at each
    same = sa.or_(_record.guid == guid, _record.guid == _record.source_id + guid.removeprefix(source_id))
    return _titles(_package.id.in_(sa.select(_record.source_id).where(same, _record.held_by == source_id)))


def _titles(condition: Any) -> tuple[str, ...]:
    """The titles of sources in use."""
    titles = sa.select(sa.func.coalesce(sa.func.nullif(_package.title, ""), _package.name))
    found = titles.where(condition, _package.state == "active").order_by(_package.title)
    return tuple(model.Session.execute(found).scalars())


@tk.side_effect_free
def herne_harvest_provenance(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any] | None:
    """Where a harvested dataset comes from.

    :param id: id or name of the dataset. Whoever may see it may ask.
    :returns: the fields of `Provenance`; nothing for a dataset that was not harvested.
    """
    tk.check_access("package_show", context, {"id": tk.get_or_bust(data_dict, "id")})
    package = model.Package.get(data_dict["id"])
    found = provenance(package.id)
    return found.as_dict() if found else None
