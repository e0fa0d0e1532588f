"""Reads what the catalogue serves. It neither renders nor writes: `staging` does the latter.

Whoever reads sees public, active packages alone, whatever the tables still hold: what is withdrawn is gone
at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ckan.model as model
import sqlalchemy as sa
from ckanext.herne.feed.fragments import Fragment
from ckanext.herne.feed.model import change_table, entry_table, fragment_table
from ckanext.herne.quality.reports.subjects import PUBLIC

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

_package = model.package_table.c
_entry, _fragment, _change = entry_table.c, fragment_table.c, change_table.c
_VISIBLE = entry_table.join(model.package_table, sa.and_(_package.id == _entry.package_id, PUBLIC))


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as a page needs it; `digest` is that of its texts in the syntax asked for."""

    package_id: str
    uri: str
    record_uri: str
    kind: str
    position: int
    owner_position: int
    refers: tuple[str, ...]
    has_tables: bool
    published: datetime
    digest: str


def rows(first: int, last: int, syntax: str, owner_id: str = "") -> list[Row]:
    """The entries with positions from `first` to `last`, those within the organization if one is given."""
    place = _entry.owner_position if owner_id else _entry.position
    condition = sa.and_(place.between(first, last), *([_entry.owner_org == owner_id] if owner_id else []))
    return _rows(condition, syntax, place)


def rows_of(package_ids: Sequence[str], syntax: str) -> list[Row]:
    """The entries of packages, in their order; those that are not served are left out."""
    found = {row.package_id: row for row in _rows(_entry.package_id.in_(package_ids), syntax)}
    return [found[package_id] for package_id in package_ids if package_id in found]


def beside_rows(uris: Collection[str], syntax: str) -> list[Row]:
    """The entries of the packages that have these URIs, by URI."""
    return _rows(_entry.uri.in_(uris), syntax, _entry.uri) if uris else []


def texts(package_ids: Collection[str], syntax: str) -> dict[str, Fragment]:
    """The stored texts of packages in a syntax, whether they are whole or not."""
    columns = (_fragment.package_id, _fragment.content, _fragment.beside, _fragment.digest)
    wanted = sa.select(*columns).where(_fragment.package_id.in_(package_ids), _fragment.syntax == syntax)
    return {row.package_id: Fragment(*row[1:]) for row in model.Session.execute(wanted)}


def last_position(owner_id: str = "") -> int:
    """The highest position that is served, within the organization if one is given; 0 without entries."""
    place = _entry.owner_position if owner_id else _entry.position
    return int(_over_served(sa.func.max(place), owner_id) or 0)


def count(owner_id: str = "") -> int:
    """How many entries are served."""
    return int(_over_served(sa.func.count(_entry.position), owner_id))


def newest(owner_id: str = "") -> datetime | None:
    """When what is served last changed, be it that something was withdrawn (UTC)."""
    published = _over_served(sa.func.max(_entry.published), owner_id)
    if owner_id:
        return published
    withdrawn = model.Session.execute(sa.select(sa.func.max(_change.at))).scalar()
    return max((at for at in (published, withdrawn) if at), default=None)


def listed(uris: Collection[str]) -> set[str]:
    """Those of the URIs whose packages are served."""
    if not uris:
        return set()
    found = sa.select(_entry.uri).select_from(_VISIBLE).where(_entry.position.isnot(None))
    return set(model.Session.execute(found.where(_entry.uri.in_(uris))).scalars())


def find(package_id: str) -> Any:
    """A package's row of herne_feed_entry, served or held; None if there is none."""
    entry = sa.select(entry_table).where(_entry.package_id == package_id)
    return model.Session.execute(entry).one_or_none()


def referring(uri: str) -> list[str]:
    """Ids of the packages that name this URI."""
    found = sa.select(_entry.package_id).where(_entry.refers.contains([uri]))
    return list(model.Session.execute(found).scalars())


def changes(after: int, limit: int) -> list[Any]:
    """The rows of herne_feed_change behind number `after`, oldest first."""
    found = sa.select(change_table).where(_change.id > after).order_by(_change.id).limit(limit)
    return list(model.Session.execute(found))


def last_change(package_key: str) -> Any:
    """The newest change of a package (its id or URI); None if it was never served."""
    own = sa.or_(_change.package_id == package_key, _change.uri == package_key)
    newest_first = sa.select(change_table).where(own).order_by(_change.id.desc()).limit(1)
    return model.Session.execute(newest_first).one_or_none()


def public_packages_exist() -> bool:
    """Whether the portal has any package that visitors see."""
    return bool(model.Session.execute(sa.select(sa.exists().where(PUBLIC))).scalar())


def _rows(condition: Any, syntax: str, order: Any = None) -> list[Row]:
    columns = [_entry[name] for name in Row.__dataclass_fields__ if name != "digest"]
    texts_of = sa.and_(_fragment.package_id == _entry.package_id, _fragment.syntax == syntax)
    wanted = (
        sa.select(*columns, sa.func.coalesce(_fragment.digest, ""))
        .select_from(_VISIBLE.outerjoin(fragment_table, texts_of))
        .where(_entry.position.isnot(None), condition)
    )
    found = model.Session.execute(wanted if order is None else wanted.order_by(order))
    return [Row(*row[:6], tuple(row[6]), *row[7:]) for row in found]


def _over_served(what: Any, owner_id: str) -> Any:
    served = sa.select(what).select_from(_VISIBLE).where(_entry.position.isnot(None))
    return model.Session.execute(served.where(_entry.owner_org == owner_id) if owner_id else served).scalar()
