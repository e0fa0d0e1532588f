"""What the sitemaps list: every public page of the portal, read from the database in pages of fixed size.

Packages are numbered by when they were made, so that a new one does not move the others. All sitemaps lie at
the root: one may only list what is below its own folder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import ckan.model as model
import sqlalchemy as sa
from ckanext.herne.quality.reports.subjects import PUBLIC

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

SIZE = 10_000  # addresses in one sitemap; the protocol (sitemaps.org) allows 50,000, which take two seconds
PORTAL = "portal"  # name of the sitemap with what is no package; those of packages have numbers from 1 on

_package, _group = model.package_table.c, model.group_table.c


class Listed(NamedTuple):
    """A page or a sitemap: `name` is its path or number, `modified` when it changed last (UTC, no zone)."""

    name: str
    modified: datetime | None


def sitemaps() -> list[Listed]:
    """The sitemaps there are."""
    place = sa.func.row_number(type_=sa.Integer).over(order_by=(_package.metadata_created, _package.id))
    numbered = sa.select(place.label("place"), _package.metadata_modified).where(PUBLIC).subquery()
    number = ((numbered.c.place - 1) // SIZE + 1).label("number")
    rows = sa.select(number, sa.func.max(numbered.c.metadata_modified)).group_by(number).order_by(number)
    of_packages = [Listed(str(row[0]), row[1]) for row in model.Session.execute(rows)]
    return [Listed(PORTAL, newest(of_packages)), *of_packages]


def newest(listed: Iterable[Listed]) -> datetime | None:
    """When the last of the entries changed."""
    return max((entry.modified for entry in listed if entry.modified), default=None)


def portal_pages() -> list[Listed]:
    """The start page, the lists and the organizations; an organization changes with what it publishes."""
    changed = sa.func.max(_package.metadata_modified)
    owned = sa.join(
        model.group_table, model.package_table, sa.and_(PUBLIC, _package.owner_org == _group.id), True
    )
    active = sa.and_(_group.is_organization, _group.state == model.State.ACTIVE)
    rows = sa.select(_group.name, changed).select_from(owned).where(active).group_by(_group.name)
    organizations = [
        Listed(f"/organization/{row[0]}", row[1]) for row in model.Session.execute(rows.order_by(_group.name))
    ]
    last = newest(organizations)
    return [*(Listed(path, last) for path in ("/", "/dataset/", "/organization/")), *organizations]


def package_pages(number: int) -> list[Listed]:
    """The pages of one sitemap of packages; none if there is no such sitemap."""
    columns = (_package.type, _package.name, _package.metadata_modified)
    rows = sa.select(*columns).where(PUBLIC).order_by(_package.metadata_created, _package.id)
    page = rows.offset((number - 1) * SIZE).limit(SIZE)
    return [Listed(f"/{kind}/{name}", modified) for kind, name, modified in model.Session.execute(page)]
