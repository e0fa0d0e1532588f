"""The feed in numbers."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckanext.herne.feed import gate, store
from ckanext.herne.feed.layout import layout
from ckanext.herne.feed.model import change_table, entry_table, staged_entry_table
from ckanext.herne.quality.reports import subjects
from ckanext.herne.quality.reports.subjects import PUBLIC

_package, _entry, _change = model.package_table.c, entry_table.c, change_table.c


def numbers() -> dict[str, Any]:
    """Packages that are public, served, held and out of date; the last change; what a rebuild has prepared.

    `last_change` is in UTC, None if there was none; its `last_number` is what `/catalog/changes` counts by.
    """
    current = sa.and_(
        _entry.package_id == _package.id,
        _entry.package_modified == _package.metadata_modified,
        _entry.layout == layout(),
    )
    newest = sa.select(_change.id, _change.at).order_by(_change.id.desc()).limit(1)
    last = model.Session.execute(newest).one_or_none()
    return {
        "public": subjects.number(PUBLIC),
        "served": store.extent().total,
        "held": len(gate.held()),
        "outdated": subjects.number(sa.and_(PUBLIC, ~sa.exists().where(current))),
        "gate": gate.mode(),
        "last_change": last.at.isoformat() if last else None,
        "last_number": last.id if last else 0,
        "rebuild": model.Session.execute(
            sa.select(sa.func.count()).select_from(staged_entry_table)
        ).scalar_one(),
    }
