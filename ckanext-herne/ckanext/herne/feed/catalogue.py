"""The catalogues that are served, and what each says about itself: the portal's, and one per organization.

Their heads are the only RDF that is rendered while somebody waits, once per version of the settings. Which
packages stand on a page is left to `pages`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckanext.herne.dcat_ap_de.profile import portal_settings, told
from ckanext.herne.dcat_ap_de.writer import catalogue_description, description
from ckanext.herne.feed.syntaxes import body
from ckanext.herne.portal import owners
from ckanext.herne.portal.defaults import of_organization

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ckanext.herne.dcat_ap_de.settings import Settings
    from ckanext.herne.dcat_ap_de.writer import Description


@dataclass(frozen=True)
class Catalogue:
    """A catalogue: `path` is its address in the portal without an ending; `owner_id` is "" if it has all."""

    uri: str
    path: str
    settings: Settings
    owner_id: str = ""

    def addresses(self, ending: str, filters: Mapping[str, str]) -> str:
        """The address of its pages, with `{number}` for the number of one."""
        given = f"{urlencode(filters)}&" if filters else ""
        return f"{self.settings.site_url.rstrip('/')}{self.path}.{ending}?{given}page={{number}}"

    def head(self, syntax: str) -> str:
        """What it says about itself, as a body of that syntax; times, links and paging belong to a page."""
        return _rendered(
            self.uri, self.settings, syntax, lambda: catalogue_description(self.settings, {}, self.uri)
        )

    @property
    def table_service_uri(self) -> str:
        """The DataStore API as a service: one for the whole portal."""
        return str(self.settings.table_service["uri"])

    def table_service(self, syntax: str) -> str:
        """The table service as a body of that syntax; which datasets it delivers belongs to a page."""
        service = self.settings.table_service
        return _rendered(
            self.table_service_uri, self.settings, syntax, lambda: description(service, self.settings)
        )


class FileCatalogue(Catalogue):
    """A catalogue whose pages are files below `path`, the address of a folder somewhere."""

    def addresses(self, ending: str, filters: Mapping[str, str]) -> str:
        return f"{self.path}/catalog-{{number}}.{ending}"


def portal_catalogue() -> Catalogue:
    """The catalogue of everything that is public."""
    settings = portal_settings()
    return Catalogue(settings.base, "/catalog", settings)


def organization_catalogue(reference: str) -> Catalogue:
    """The catalogue of what the organization with this id or name owns.

    :raises toolkit.ObjectNotFound: there is no such organization (any more).
    """
    group = model.Group.get(reference)
    if group is None or not group.is_organization or group.state != model.State.ACTIVE:
        raise tk.ObjectNotFound(tk._("There is no organization {}.").format(reference))
    portal, page = portal_settings(), f"/organization/{group.name}"
    own = {"publisher": of_organization(owners.facts(group.id)).get("publisher", [portal.publisher])}
    settings = replace(
        portal,
        title=f"{portal.title}: {group.title or group.name}",
        description=group.description or portal.description,
        more={**portal.more, **own, "homepage": portal.site_url.rstrip("/") + page},
    )
    return Catalogue(f"{portal.base}/organization/{group.id}/catalog", f"{page}/catalog", settings, group.id)


# By node and syntax, each with the settings it was rendered from.
_bodies: dict[tuple[str, str], tuple[Settings, str]] = {}


def _rendered(uri: str, settings: Settings, syntax: str, describe: Callable[[], Description]) -> str:
    known = _bodies.get((uri, syntax))
    if known is None or known[0] != settings:
        known = _bodies[uri, syntax] = settings, body(told(describe()).graph, syntax)
    return known[1]
