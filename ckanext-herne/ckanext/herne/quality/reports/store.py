"""Reads and writes stored reports. It neither judges nor decides who may read.

Writing happens in the session's transaction; committing is left to the caller.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import ckan.model as model
import sqlalchemy as sa
from ckanext.herne.quality.formats import as_dict
from ckanext.herne.quality.report import Record, Report, Result
from ckanext.herne.quality.reports.model import history_table, report_table
from ckanext.herne.quality.reports.subjects import REPORTED
from ckanext.herne.quality.reports.verdict import InShort, Verdict, in_short, shapes_version
from sqlalchemy.dialects.postgresql import insert

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HISTORY = 100  # changes of the verdict that are kept of each package
BATCH = 500
VERDICT = ("conforms", "violations", "warnings", "infos", "mqa_points")
FIELDS = tuple(Result.__dataclass_fields__)

_package, _report, _history = model.package_table, report_table.c, history_table.c


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored report; `checked` is when it was judged, `is_outdated` if package or shapes changed since."""

    package_id: str
    uri: str
    checked: datetime
    package_modified: datetime
    fingerprint: str
    shapes_version: str
    report: Report
    mqa: dict[str, Any] | None
    is_outdated: bool

    @property
    def in_short(self) -> InShort:
        """As `Verdict.in_short`."""
        return in_short(self.report, self.mqa["points"] if self.mqa else None)


def lock(package_id: str) -> None:
    """Wait until nobody else judges this package; held until the transaction ends."""
    key = sa.func.hashtextextended(f"herne_quality {package_id}", 0)
    model.Session.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))


def find(package_id: str) -> Stored | None:
    """The stored report of a package."""
    found = list(_stored(_report.package_id == package_id, 1))
    return found[0] if found else None


def every(condition: Any) -> Iterator[Stored]:
    """The reports of all packages that meet a condition, by package id, a batch at a time."""
    after = ""
    while batch := list(_stored(sa.and_(condition, _report.package_id > after), BATCH)):
        yield from batch
        after = batch[-1].package_id


def save(package_id: str, verdict: Verdict, fingerprint: str, package_modified: datetime) -> None:
    """Store a verdict in place of the last one, and in the history if it differs from that."""
    now = datetime.now(UTC)
    short = dict(zip(VERDICT, verdict.in_short, strict=True))
    last = find(package_id)
    row = {
        "package_id": package_id,
        "uri": verdict.uri,
        "checked": now,
        "package_modified": package_modified,
        "fingerprint": fingerprint,
        "engine": verdict.report.engine,
        "shapes_version": verdict.shapes_version,
        **short,
        "report": as_dict(verdict.report),
        "mqa": verdict.score.as_dict() if verdict.score else None,
    }
    new = insert(report_table).values(row)
    model.Session.execute(new.on_conflict_do_update(index_elements=["package_id"], set_=row))
    if last is None or last.in_short != verdict.in_short:
        model.Session.execute(history_table.insert().values(package_id=package_id, at=now, **short))
        _shorten(package_id)


def touch(package_id: str, package_modified: datetime) -> None:
    """Note that a report still holds for the package as it was saved at `package_modified`."""
    same = sa.update(report_table).where(_report.package_id == package_id)
    model.Session.execute(same.values(package_modified=package_modified))


def history(package_id: str) -> list[dict[str, Any]]:
    """Every change of a package's verdict that is kept, oldest first."""
    columns = (_history.at, *(_history[name] for name in VERDICT))
    rows = sa.select(*columns).where(_history.package_id == package_id).order_by(_history.id)
    return [dict(row) for row in model.Session.execute(rows).mappings()]


def packages(*, only_due: bool) -> Iterator[str]:
    """Ids of all packages that have reports, or (`only_due`) lack one of their current state; in batches."""
    after = ""
    condition = _due() if only_due else sa.true()
    while batch := _ids(sa.and_(condition, _package.c.id > after)):
        yield from batch
        after = batch[-1]


def count(*, only_due: bool) -> int:
    """How many packages `packages` gives."""
    rows = sa.select(sa.func.count()).select_from(_joined()).where(REPORTED)
    return int(model.Session.execute(rows.where(_due()) if only_due else rows).scalar() or 0)


def _ids(condition: Any) -> Sequence[str]:
    rows = sa.select(_package.c.id).select_from(_joined()).where(REPORTED, condition)
    found = model.Session.execute(rows.order_by(_package.c.id).limit(BATCH)).scalars().all()
    model.Session.rollback()  # the one who works on them takes long
    return list(found)


def _joined() -> Any:
    return _package.outerjoin(report_table, _report.package_id == _package.c.id)


def _due() -> Any:
    return sa.or_(_report.package_id.is_(None), _outdated())


def _outdated() -> Any:
    changed = _report.package_modified != _package.c.metadata_modified
    return sa.or_(changed, _report.shapes_version != shapes_version())


def _stored(condition: Any, limit: int) -> Iterator[Stored]:
    rows = sa.select(report_table, _outdated().label("is_outdated")).select_from(_joined()).where(condition)
    for row in model.Session.execute(rows.order_by(_report.package_id).limit(limit)):
        yield Stored(
            package_id=row.package_id,
            uri=row.uri,
            checked=row.checked,
            package_modified=row.package_modified,
            fingerprint=row.fingerprint,
            shapes_version=row.shapes_version,
            report=_report_of(row.uri, row.report),
            mqa=row.mqa,
            is_outdated=row.is_outdated,
        )


def _report_of(uri: str, content: dict[str, Any]) -> Report:
    """The report that its own JSON form stands for; older forms may lack fields of a result."""
    results = tuple(
        Result(**{name: result.get(name, "") for name in FIELDS}) for result in content["results"]
    )
    title = results[0].title if results else uri
    shapes = tuple(content["shapes"])
    return Report(results, content["datasets"], content["engine"], shapes, (Record(title, uri),))


def _shorten(package_id: str) -> None:
    newest = sa.select(_history.id).where(_history.package_id == package_id)
    kept = newest.order_by(_history.id.desc()).limit(HISTORY)
    old = sa.and_(_history.package_id == package_id, _history.id.not_in(kept))
    model.Session.execute(history_table.delete().where(old))
