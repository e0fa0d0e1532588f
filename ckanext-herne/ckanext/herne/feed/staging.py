"""Writes what the catalogue serves: versions of packages are staged first, and applied afterwards.

The save that makes a version applies it at once, a rebuild applies all of them together. Applying takes a
lock that is held until the transaction ends, so that positions are given and changes are logged in the order
in which they become visible. Committing is left to the caller.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import ckan.model as model
import sqlalchemy as sa
from ckanext.herne.feed.model import (
    change_table,
    entry_table,
    fragment_table,
    staged_entry_table,
    staged_fragment_table,
)
from ckanext.herne.feed.store import find
from ckanext.herne.quality.reports.subjects import PUBLIC
from sqlalchemy.dialects.postgresql import insert

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from ckanext.herne.feed.fragments import Fragment

BATCH = 500
NEVER = datetime.min  # noqa: DTZ901 - without a zone, as CKAN has it
NAMED = ("uri", "record_uri", "kind", "refers", "has_tables")  # what is served together with the texts

_package = model.package_table.c
_entry, _fragment = entry_table.c, fragment_table.c
_staged, _staged_text = staged_entry_table.c, staged_fragment_table.c


@dataclass(frozen=True, slots=True)
class Version:
    """A package as it is described now; `is_good` if the gate lets it through."""

    package_id: str
    uri: str
    record_uri: str
    kind: str
    owner_org: str
    refers: list[str]
    has_tables: bool
    package_modified: datetime
    layout: str
    is_good: bool


@dataclass(frozen=True, slots=True)
class Applied:
    """Which packages became held, which were let through again, and which are served from or no more."""

    held: frozenset[str] = frozenset()
    released: frozenset[str] = frozenset()
    relisted: frozenset[str] = frozenset()


def lock() -> None:
    """Wait until nobody else changes what is served; held until the transaction ends."""
    model.Session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext("herne_feed"))))


def stage(version: Version, fragments: Mapping[str, Fragment]) -> None:
    """Have a version wait until it is applied, in place of another that waits."""
    row = asdict(version)
    new = insert(staged_entry_table).values(row)
    model.Session.execute(new.on_conflict_do_update(index_elements=["package_id"], set_=row))
    model.Session.execute(staged_fragment_table.delete().where(_staged_text.package_id == version.package_id))
    lines = [
        {"package_id": version.package_id, "syntax": syntax, **asdict(fragment)}
        for syntax, fragment in fragments.items()
    ]
    model.Session.execute(staged_fragment_table.insert(), lines)


def apply(package_id: str = "") -> Applied:
    """Serve the version of a package that waits, or all that wait; what the gate keeps out is held.

    A held package is served as it was last good, or not at all if it never was. Versions of packages that
    have changed since, or are no longer public, are dropped.
    """
    lock()
    waiting = sa.true() if not package_id else _staged.package_id == package_id
    _drop_stale(waiting)
    versions = _waiting_versions(waiting)
    entries = _entries_of([version.package_id for version in versions])
    good = [version for version in versions if version.is_good]
    changed = _take_texts(waiting)
    now = datetime.now(UTC)
    for version in versions:
        if not version.is_good:
            _hold(version, entries.get(version.package_id), now)
    _list(good, entries, changed, now)
    _log(good, entries, changed, now)
    model.Session.execute(staged_fragment_table.delete().where(_of(waiting)))
    model.Session.execute(staged_entry_table.delete().where(waiting))
    return _applied(versions, entries)


def hold_unknown(package_id: str, owner_org: str) -> None:
    """Hold a package that could not even be described, unless it is known; it counts as out of date."""
    row = {"uri": "", "record_uri": "", "kind": "dataset", "refers": [], "has_tables": False, "layout": ""}
    new = insert(entry_table).values(
        **row,
        package_id=package_id,
        owner_org=owner_org,
        package_modified=NEVER,
        held_since=datetime.now(UTC),
    )
    model.Session.execute(new.on_conflict_do_nothing())


def restore(package_id: str, fragments: Mapping[str, Fragment]) -> None:
    """Put texts in place of damaged ones that said the same; a change if they are written otherwise now."""
    lock()
    digests = sa.select(_fragment.syntax, _fragment.digest).where(_fragment.package_id == package_id)
    before = dict(model.Session.execute(digests).tuples().all())
    for syntax, fragment in fragments.items():
        row = {"package_id": package_id, "syntax": syntax, **asdict(fragment)}
        new = insert(fragment_table).values(row)
        model.Session.execute(
            new.on_conflict_do_update(index_elements=["package_id", "syntax"], set_=asdict(fragment))
        )
    entry = find(package_id)
    is_other = any(before.get(syntax) != fragment.digest for syntax, fragment in fragments.items())
    if is_other and entry is not None and entry.position is not None:
        _log([entry], {package_id: entry}, {package_id}, datetime.now(UTC))


def withdraw(package_id: str, replaced_by: str | None = None) -> bool:
    """Serve a package no more; whether it was served."""
    lock()
    entry = find(package_id)
    for table in (entry_table, fragment_table, staged_entry_table, staged_fragment_table):
        model.Session.execute(table.delete().where(table.c.package_id == package_id))
    if entry is None or entry.position is None:
        return False
    gone = {"package_id": package_id, "uri": entry.uri, "kind": "withdrawn", "replaced_by": replaced_by}
    model.Session.execute(change_table.insert().values(at=datetime.now(UTC), **gone))
    return True


def _waiting_versions(waiting: Any) -> list[Any]:
    """The older package first: it gets the lower position."""
    package_of = staged_entry_table.join(model.package_table, _package.id == _staged.package_id)
    rows = sa.select(staged_entry_table).select_from(package_of).where(waiting)
    return list(model.Session.execute(rows.order_by(_package.metadata_created, _package.id)))


def _of(waiting: Any) -> Any:
    """The condition on a staged text whose version meets the condition `waiting`."""
    return _staged_text.package_id.in_(sa.select(_staged.package_id).where(waiting))


def _drop_stale(waiting: Any) -> None:
    current = sa.exists().where(
        _package.id == _staged.package_id, _package.metadata_modified == _staged.package_modified, PUBLIC
    )
    stale = sa.and_(waiting, ~current)
    model.Session.execute(staged_fragment_table.delete().where(_of(stale)))
    model.Session.execute(staged_entry_table.delete().where(stale))


def _entries_of(package_ids: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for start in range(0, len(package_ids), BATCH):
        some = sa.select(entry_table).where(_entry.package_id.in_(package_ids[start : start + BATCH]))
        found |= {entry.package_id: entry for entry in model.Session.execute(some)}
    return found


def _take_texts(waiting: Any) -> set[str]:
    """Serve the texts of the good versions; the ids of packages of which one is not what it was."""
    columns = ("package_id", "syntax", "content", "beside", "digest")
    good = sa.select(*(_staged_text[name] for name in columns)).where(
        _of(sa.and_(waiting, _staged.is_good.is_(True)))
    )
    new = insert(fragment_table).from_select(columns, good)
    told = new.on_conflict_do_update(
        index_elements=["package_id", "syntax"],
        set_={name: new.excluded[name] for name in columns[2:]},
        where=sa.or_(
            _fragment.digest != new.excluded.digest,
            _fragment.content != new.excluded.content,  # a damaged text has the digest of the right one
            _fragment.beside != new.excluded.beside,
        ),
    ).returning(_fragment.package_id)
    return set(model.Session.execute(told).scalars())


def _hold(version: Any, entry: Any, now: datetime) -> None:
    """Note that the current version is not served; what is served stays."""
    judged = {"package_modified": version.package_modified, "layout": version.layout}
    held = {**judged, "held_since": entry.held_since or now if entry else now}
    if entry is None:
        described = {name: getattr(version, name) for name in (*NAMED, "package_id", "owner_org")}
        model.Session.execute(entry_table.insert().values(**described, **held))
    else:
        model.Session.execute(
            entry_table.update().where(_entry.package_id == version.package_id).values(held)
        )


def _list(
    versions: Iterable[Any], entries: Mapping[str, Any], changed: Collection[str], now: datetime
) -> None:
    """Serve versions at the positions that their packages have, or behind all others."""
    last = int(model.Session.execute(sa.select(sa.func.max(_entry.position))).scalar() or 0)
    by_owner = sa.select(_entry.owner_org, sa.func.max(_entry.owner_position)).group_by(_entry.owner_org)
    last_of: dict[str, int] = {owner: place or 0 for owner, place in model.Session.execute(by_owner).tuples()}
    new_rows = []
    for version in versions:
        entry: Any = entries.get(version.package_id)
        row = {name: getattr(version, name) for name in (*NAMED, "package_id", "owner_org")}
        row |= {"package_modified": version.package_modified, "layout": version.layout, "held_since": None}
        is_new = entry is None or entry.position is None
        is_moved = is_new or entry.owner_org != version.owner_org
        last += is_new
        last_of[version.owner_org] = last_of.get(version.owner_org, 0) + is_moved
        row["position"] = last if is_new else entry.position
        row["owner_position"] = last_of[version.owner_org] if is_moved else entry.owner_position
        row["published"] = now if is_new or version.package_id in changed else entry.published
        new_rows.append(row)
    for start in range(0, len(new_rows), BATCH):
        new = insert(entry_table).values(new_rows[start : start + BATCH])
        values = {name: new.excluded[name] for name in new_rows[0] if name != "package_id"}
        model.Session.execute(new.on_conflict_do_update(index_elements=["package_id"], set_=values))


def _log(
    versions: Iterable[Any], entries: Mapping[str, Any], changed: Collection[str], now: datetime
) -> None:
    lines = []
    for version in versions:
        entry: Any = entries.get(version.package_id)
        is_new = entry is None or entry.position is None
        if is_new or version.package_id in changed:
            kind = "created" if is_new else "changed"
            lines.append({"at": now, "package_id": version.package_id, "uri": version.uri, "kind": kind})
    if lines:
        model.Session.execute(change_table.insert(), lines)


def _applied(versions: Iterable[Any], entries: Mapping[str, Any]) -> Applied:
    held, released, relisted = set(), set(), set()
    for version in versions:
        entry: Any = entries.get(version.package_id)
        was_held = entry is not None and entry.held_since is not None
        was_listed = entry is not None and entry.position is not None
        if was_held and version.is_good:
            released.add(version.package_id)
        if not was_held and not version.is_good:
            held.add(version.package_id)
        if version.is_good and (not was_listed or entry.uri != version.uri):
            relisted.add(version.package_id)
    return Applied(frozenset(held), frozenset(released), frozenset(relisted))
