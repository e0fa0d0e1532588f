"""The newest changes in the catalogue, one for each package, for people who follow it in a feed reader.

It reads the log that publishing writes. The whole log, for programs that keep a copy of the catalogue, is
/catalog/changes.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

import ckan.model as model
import sqlalchemy as sa
from ckanext.herne.feed.model import change_table
from ckanext.herne.portal.texts import CONTROL_CHARACTER
from ckanext.herne.portal.translations import NotATranslationError, translations
from ckanext.herne.quality.reports.subjects import PUBLIC

if TYPE_CHECKING:
    from datetime import datetime

PAGE = 50  # changes
WITHDRAWN = "withdrawn"

_change, _package = change_table.c, model.package_table.c


class Change(NamedTuple):
    """What became of a package last. `path`, `title` and `notes` (Markdown) are empty if it is withdrawn."""

    id: int
    at: datetime
    uri: str
    path: str
    title: str
    notes: str
    replaced_by: str | None

    @property
    def is_withdrawn(self) -> bool:
        """Whether the package left the catalogue."""
        return not self.path


def newest(before: int | None, language: str) -> list[Change]:
    """A page of changes, newest first: those with an id below `before`, and one more if others follow.

    What is not public (any more) has no entry but that of its withdrawal.
    """
    newer = change_table.alias()
    is_last = ~sa.exists().where(newer.c.package_id == _change.package_id, newer.c.id > _change.id)
    shown = sa.or_(PUBLIC, _change.kind == WITHDRAWN)
    joined = sa.join(change_table, model.package_table, _package.id == _change.package_id, isouter=True)
    columns = (_change, _package.type, _package.name, _package.title, _package.notes, _package.extras)
    rows = sa.select(*columns).select_from(joined).where(is_last, shown)
    if before is not None:
        rows = rows.where(_change.id < before)
    page = model.Session.execute(rows.order_by(_change.id.desc()).limit(PAGE + 1))
    return [_change_of(row, language) for row in page]


def _change_of(row: sa.Row, language: str) -> Change:
    if row.kind == WITHDRAWN:
        return Change(row.id, row.at, row.uri, "", "", "", row.replaced_by)
    title, notes = (_told(row, field, language) for field in ("title", "notes"))
    return Change(row.id, row.at, row.uri, f"/{row.type}/{row.name}", title or row.name, notes, None)


def _told(row: sa.Row, field: str, language: str) -> str:
    """A text of the package in `language`, else in the portal's own; without what XML cannot hold."""
    texts: dict[str, str] = {}
    with suppress(NotATranslationError):
        texts = translations((row.extras or {}).get(f"{field}_translated"), field)
    return CONTROL_CHARACTER.sub("", texts.get(language) or getattr(row, field) or "")
