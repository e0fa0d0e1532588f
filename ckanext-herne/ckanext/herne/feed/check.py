"""Compares the feed with the database: what lacks, is out of date, damaged, or should not be there.

It tells; `repaired` mends. What it finds in a portal whose saves all succeed is nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import ckan.model as model
import sqlalchemy as sa
from ckanext.herne.feed import jobs, staging
from ckanext.herne.feed.layout import layout
from ckanext.herne.feed.model import entry_table, fragment_table
from ckanext.herne.feed.publish import publish
from ckanext.herne.feed.repair import repair
from ckanext.herne.feed.syntaxes import SYNTAXES
from ckanext.herne.quality.reports.subjects import PUBLIC

if TYPE_CHECKING:
    from collections.abc import Iterator

ABSENT, OUTDATED, OLD, DAMAGED, ORPHAN = "absent", "outdated", "old", "damaged", "orphan"

_package, _entry, _fragment = model.package_table.c, entry_table.c, fragment_table.c
_BOTH = model.package_table.join(entry_table, _entry.package_id == _package.id, full=True)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a package in the feed.

    ABSENT has no entry, OUTDATED was changed since it was judged, OLD was made by other code, settings or
    rules, DAMAGED has texts that are not what was made, ORPHAN has no public package (and is not served).
    """

    package_id: str
    name: str
    kind: str


def faults() -> list[Fault]:
    """All that is wrong, by kind and package."""
    kind = sa.case(
        (sa.or_(_package.id.is_(None), ~PUBLIC), ORPHAN),
        (_entry.package_id.is_(None), ABSENT),
        (_package.metadata_modified != _entry.package_modified, OUTDATED),
        (_entry.layout != layout(), OLD),
        (_entry.package_id.in_(_damaged()), DAMAGED),
    )
    key = sa.func.coalesce(_package.id, _entry.package_id)
    wanted = sa.select(key, sa.func.coalesce(_package.name, key), kind.label("kind")).select_from(_BOTH)
    concerned = sa.or_(PUBLIC, _entry.package_id.isnot(None))
    rows = model.Session.execute(wanted.where(concerned, kind.isnot(None)).order_by("kind", key))
    return [Fault(*row) for row in rows]


def repaired(found: list[Fault]) -> Iterator[tuple[Fault, Exception | None]]:
    """Mend faults one after the other, each in a transaction of its own; and why one could not be mended."""
    for fault in found:
        error = None
        try:
            _mend(fault)
            model.Session.commit()
        except Exception as failure:
            model.Session.rollback()
            error = failure
        finally:
            model.Session.expunge_all()  # thousands of packages in a row leave nothing behind
        yield fault, error


def _mend(fault: Fault) -> None:
    if fault.kind == DAMAGED:
        repair(fault.package_id)
    elif fault.kind == ORPHAN:
        staging.withdraw(fault.package_id)
    else:
        jobs.pass_on(fault.package_id, publish(fault.package_id))


def _damaged() -> sa.Select[tuple[str]]:
    """Ids of served packages of which a text lacks or is not what its digest says; the database counts."""
    content, beside = (
        sa.func.encode(sa.func.sha256(sa.func.convert_to(text, "UTF8")), "hex")
        for text in (_fragment.content, _fragment.beside)
    )
    whole = sa.and_(
        _fragment.package_id == _entry.package_id,
        _fragment.syntax.in_(SYNTAXES),
        _fragment.digest == sa.func.concat(content, beside),
    )
    number = sa.select(sa.func.count()).where(whole).correlate(entry_table).scalar_subquery()
    return sa.select(_entry.package_id).where(_entry.position.isnot(None), number < len(SYNTAXES))
