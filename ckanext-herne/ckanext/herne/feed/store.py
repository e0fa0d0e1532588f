"""Reads what the catalogue serves. It neither renders nor writes: `staging` does the latter.

Whoever reads sees public, active packages alone, whatever the tables still hold: what is withdrawn is gone
at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any, NamedTuple

import ckan.model as model
import sqlalchemy as sa
from ckanext.herne.feed.fragments import Fragment, part
from ckanext.herne.feed.model import change_table, entry_table, fragment_table
from ckanext.herne.quality.reports.subjects import PUBLIC

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from ckanext.herne.feed.fragments import Part

_package = model.package_table.c
_entry, _fragment, _change = entry_table.c, fragment_table.c, change_table.c
_VISIBLE = entry_table.join(model.package_table, sa.and_(_package.id == _entry.package_id, PUBLIC))


class Row(NamedTuple):
    """An entry as a page needs it; `digest` is that of its texts in the syntax asked for."""

    package_id: str
    uri: str
    record_uri: str
    kind: str
    position: int
    owner_position: int
    refers: Sequence[str]
    has_tables: bool
    published: datetime
    digest: str


_TEXTS = sa.and_(_fragment.package_id == _entry.package_id, _fragment.syntax == sa.bindparam("syntax"))
_ROWS = (
    sa.select(*(_entry[name] for name in Row._fields[:-1]), sa.func.coalesce(_fragment.digest, ""))
    .select_from(_VISIBLE.outerjoin(fragment_table, _TEXTS))
    .where(_entry.position.isnot(None))
)
_BETWEEN = (sa.bindparam("first"), sa.bindparam("last"))
# What each request asks is put together once: that takes as long as asking.
_OF_PORTAL = _ROWS.where(_entry.position.between(*_BETWEEN)).order_by(_entry.position)
_OF_OWNER = _ROWS.where(
    _entry.owner_position.between(*_BETWEEN), _entry.owner_org == sa.bindparam("owner_id")
).order_by(_entry.owner_position)
_LATEST = sa.select(_change.id, _change.at).order_by(_change.id.desc()).limit(1)


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest change of what is served; 0 and None if nothing ever was."""

    id: int = 0
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Extent:
    """What is served altogether: number of packages, first creation of one (UTC).

    `is_complete` unless the portal has public packages that never came by here: then it is not built yet.
    """

    total: int
    since: datetime | None
    is_complete: bool


def rows(first: int, last: int, syntax: str, owner_id: str = "") -> list[Row]:
    """The entries with positions from `first` to `last`, those within the organization if one is given."""
    wanted, owner = (_OF_OWNER, {"owner_id": owner_id}) if owner_id else (_OF_PORTAL, {})
    return _read(wanted, {"first": first, "last": last, "syntax": syntax, **owner})


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


def parts(name: str, package_ids: Collection[str], syntax: str) -> dict[str, Part]:
    """One text (`fragments.SHARES`) of packages in a syntax, checked."""
    wanted = sa.select(_fragment.package_id, _fragment[name], _fragment.digest).where(
        _fragment.package_id.in_(package_ids), _fragment.syntax == syntax
    )
    return {key: part(name, text, digest) for key, text, digest in model.Session.execute(wanted).tuples()}


def latest() -> Latest:
    """The newest change: it alone tells whether anything did change."""
    change = model.Session.execute(_LATEST).one_or_none()
    return Latest(*change) if change else Latest()


def extent(owner_id: str = "") -> Extent:
    """What is served altogether, within the organization if one is given."""
    columns = (sa.func.count(), sa.func.min(_package.metadata_created))
    total, since = model.Session.execute(_served(columns, owner_id)).one()
    return Extent(total, since and since.replace(tzinfo=UTC), _is_complete())


def pages(size: int, owner_id: str = "") -> list[int]:
    """The numbers of the pages of `size` places each on which anything stands, in order; 1 is the first."""
    place = _entry.owner_position if owner_id else _entry.position
    number = ((place - 1) // size + 1).label("number")
    found = _served((number,), owner_id).distinct().order_by(number)
    return list(model.Session.execute(found).scalars())


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


def public_packages_exist(owner_id: str = "") -> bool:
    """Whether the portal, or the organization, has any package that visitors see."""
    public = sa.and_(PUBLIC, _package.owner_org == owner_id) if owner_id else PUBLIC
    return bool(model.Session.execute(sa.select(sa.exists().where(public))).scalar())


def _served(columns: Sequence[Any], owner_id: str) -> Any:
    served = sa.select(*columns).select_from(_VISIBLE).where(_entry.position.isnot(None))
    return served.where(_entry.owner_org == owner_id) if owner_id else served


def _is_complete() -> bool:
    unknown = sa.and_(PUBLIC, ~sa.exists().where(_entry.package_id == _package.id))
    return not model.Session.execute(sa.select(sa.exists().where(unknown))).scalar()


def _rows(condition: Any, syntax: str, order: Any = None) -> list[Row]:
    return _read(_ROWS.where(condition).order_by(order), {"syntax": syntax})


def _read(wanted: sa.Select[Any], values: Mapping[str, Any]) -> list[Row]:
    return [Row._make(row) for row in model.Session.execute(wanted, values)]
