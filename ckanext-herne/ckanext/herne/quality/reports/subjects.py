"""Packages as CKAN has them, described as the feed describes them, with what they refer to.

It asks CKAN; judging is left to `verdict`. What a package refers to is described only as far as the one who
asks may see it: nobody learns from a report what a private series is called.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckanext.herne.dcat_ap_de.profile import portal_settings
from ckanext.herne.dcat_ap_de.writer import description, with_others
from ckanext.herne.portal.references import ANYBODY, related
from ckanext.herne.portal.saving import TYPES
from ckanext.herne.tables.export.distributions import with_downloads

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from ckanext.herne.dcat_ap_de.writer import Description
    from rdflib import Graph

Package = dict[str, Any]

BATCH = 500

_package = model.package_table
REPORTED = sa.and_(_package.c.state == "active", _package.c.type.in_(TYPES))  # packages that have reports
PUBLIC = sa.and_(REPORTED, _package.c.private.is_(False))


@dataclass(frozen=True, slots=True)
class Subject:
    """A described package: alone (`main`), and as a graph with the packages that it refers to beside it."""

    main: Description
    graph: Graph

    @property
    def uri(self) -> str:
        return str(self.main.uri)

    @property
    def related(self) -> frozenset[str]:
        """The URIs of the other packages in the graph."""
        return frozenset(self.main.refers)


def ids(condition: Any) -> Iterator[str]:
    """Ids of the packages that meet a condition, in order, a batch at a time."""
    after = ""
    while batch := _ids(sa.and_(condition, _package.c.id > after)):
        yield from batch
        after = batch[-1]


def number(condition: Any) -> int:
    """How many packages meet a condition."""
    rows = sa.select(sa.func.count()).select_from(_package).where(condition)
    return int(model.Session.execute(rows).scalar_one())


def stored(package_id: str) -> Package | None:
    """The active package as the database has it now; None if there is none (any more)."""
    try:
        package: Package = tk.get_action("package_show")(
            {"ignore_auth": True, "user": "", "use_cache": False}, {"id": package_id}
        )
    except tk.ObjectNotFound:
        return None
    is_reported = package["state"] == "active" and package["type"] in TYPES
    return package if is_reported else None


def modified(package: Package) -> datetime:
    """When the package's metadata changed (UTC, without a zone, as CKAN has it)."""
    return datetime.fromisoformat(package["metadata_modified"])


def subject(
    package: Package,
    who: Mapping[str, Any] = ANYBODY,
    listed: Callable[[Collection[str]], Collection[str]] | None = None,
) -> Subject:
    """The package described with what `who` may see of the packages it refers to.

    A public package is judged with the public ones, as a harvester gets it; with `listed`, only with those
    of them whose URIs that gives back. Downloads of tables are among its distributions.
    """
    settings = portal_settings()
    others = related(package, who, may_be_private=bool(package.get("private")))
    if listed is not None:
        others = {uri: others[uri] for uri in listed(others)}
    main = description(with_downloads(package, settings.site_url), settings, others)
    return Subject(main, with_others(main, settings, others))


def _ids(condition: Any) -> Sequence[str]:
    rows = sa.select(_package.c.id).where(condition).order_by(_package.c.id).limit(BATCH)
    found = model.Session.execute(rows).scalars().all()
    model.Session.rollback()  # the one who works on them takes long
    return list(found)
