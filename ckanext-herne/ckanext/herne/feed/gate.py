"""The gate: only what conforms enters the feed, unless an administrator sets it to let everything through.

It decides and tells what is held back. That a held package is served as it was last good is `staging`'s part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckanext.herne.feed.model import entry_table
from ckanext.herne.quality.reports.model import report_table
from ckanext.herne.quality.reports.subjects import PUBLIC

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

OPTION = "ckanext.herne.gate"
HOLD, WARN = "hold", "warn"

_package, _entry, _report = model.package_table.c, entry_table.c, report_table.c
_JOINED = entry_table.join(model.package_table, sa.and_(_package.id == _entry.package_id, PUBLIC)).outerjoin(
    report_table, _report.package_id == _entry.package_id
)


@dataclass(frozen=True, slots=True)
class Held:
    """A package that the gate keeps out since a time (UTC); `is_served` if its last good version goes out."""

    package_id: str
    name: str
    title: str
    type: str
    owner_org: str
    since: datetime
    violations: int
    is_served: bool


def mode() -> str:
    """HOLD or WARN: what the gate does with packages that do not conform."""
    return str(tk.config[OPTION])


def lets_through(*, conforms: bool) -> bool:
    """Whether a package goes out as it is now."""
    return conforms or mode() == WARN


def held(owner_ids: Collection[str] | None = None) -> list[Held]:
    """What is held back, of these organizations only if they are given, the oldest first."""
    condition = _entry.held_since.isnot(None)
    if owner_ids is not None:
        condition = sa.and_(condition, _package.owner_org.in_(owner_ids))
    return _held(condition)


def held_package(package_id: str) -> Held | None:
    """The same of one package; None if it goes out as it is."""
    found = _held(sa.and_(_entry.held_since.isnot(None), _entry.package_id == package_id))
    return found[0] if found else None


def affected() -> list[str]:
    """Ids of the packages for which the gate's mode makes a difference."""
    violating = sa.or_(_entry.held_since.isnot(None), _report.conforms.is_(False))
    return list(
        model.Session.execute(sa.select(_entry.package_id).select_from(_JOINED).where(violating)).scalars()
    )


def _held(condition: Any) -> list[Held]:
    columns = (
        *(_package[name] for name in ("id", "name", "title", "type")),
        sa.func.coalesce(_package.owner_org, ""),
        _entry.held_since,
        sa.func.coalesce(_report.violations, 0),
        _entry.position.isnot(None),
    )
    found = sa.select(*columns).select_from(_JOINED).where(condition).order_by(_entry.held_since)
    return [Held(*row) for row in model.Session.execute(found)]
