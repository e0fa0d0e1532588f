"""The downloads of typed tables as distributions of their dataset, in the form of CKAN's resources.

A steward and a visitor see one resource per table, whose page lists the downloads; a catalogue lists each of
them. So they are made when a dataset is described, from what the table can be had in at that moment, and are
stored nowhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ckanext.herne.regions.store import areas
from ckanext.herne.tables.export.formats import address, formats_of
from ckanext.herne.tables.export.reading import Rows
from ckanext.herne.tables.model import TableError
from ckanext.herne.tables.stored import declaration

if TYPE_CHECKING:
    from ckanext.herne.tables.export.formats import Format

Package = dict[str, Any]
Resource = dict[str, Any]

_OWN_FILE = ("uri", "size", "hash", "hash_algorithm", "download_url", "access_services", "datastore_active")
"""What is true of the table's resource and not of another form of its rows."""


def with_downloads(package: Package, site_url: str) -> Package:
    """The package with each download of its tables among its resources; the CSV is the table's resource."""
    resources = [
        one for resource in package.get("resources", []) for one in _downloads(resource, site_url.rstrip("/"))
    ]
    return {**package, "resources": resources} if resources else package


def formats_of_resource(resource: Resource) -> list[Format]:
    """What the typed table of a resource can be had in; nothing if it has no such table."""
    if not resource.get("datastore_active"):
        return []
    try:
        return formats_of(Rows(declaration(resource["id"]), resource["id"], areas=areas()))
    except TableError:
        return []


def _downloads(resource: Resource, site: str) -> list[Resource]:
    is_table = resource.get("url_type") == "datastore"  # rows of an uploaded file are had as that file
    first, *others = (is_table and formats_of_resource(resource)) or [None]
    if first is None:
        return [resource]
    shared = {name: value for name, value in resource.items() if name not in _OWN_FILE}
    return [resource | _file(resource, first, site), *(_of(shared, one, site) for one in others)]


def _of(shared: Resource, wanted: Format, site: str) -> Resource:
    """A further form of the rows: a part of the page of its table, as its address says."""
    names = {language: f"{name} ({wanted.label})" for language, name in _translated(shared)}
    name = f"{shared.get('name') or shared['id']} ({wanted.label})"
    said = {"id": f"{shared['id']}#{wanted.ending}", "name": name, "name_translated": names}
    return shared | said | _file(shared, wanted, site)


def _translated(shared: Resource) -> list[tuple[str, str]]:
    return [(language, name) for language, name in (shared.get("name_translated") or {}).items() if name]


def _file(resource: Resource, wanted: Format, site: str) -> Resource:
    return {
        "url": f"{site}{address(resource['id'], wanted.ending)}",
        "url_type": "",
        "format": wanted.label,
        "mimetype": wanted.media_type,
    }
