"""This portal's datasets as graphs, one at a time, and the place where it keeps installed shapes."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ckan.plugins import toolkit
from ckanext.herne.dcat_ap_de import describe, describe_catalogue
from ckanext.herne.dcat_ap_de.profile import NO_RECORDS, portal_settings
from ckanext.herne.portal.references import ANYBODY
from ckanext.herne.quality.sources import SourceError
from rdflib import Graph

PAGE = 100  # datasets that one search answers
OPERATOR = {"ignore_auth": True, "user": ""}


@dataclass(frozen=True)
class Holdings:
    """A number of descriptions, made while asked for: memory holds a page of dicts and one graph."""

    count: int
    graphs: Iterator[Graph]


def everything() -> Holdings:
    """The catalogue itself and every public dataset, as an anonymous harvester would get them."""
    count = _search("", 0, 0)["count"]
    return Holdings(count + 1, _with_catalogue(_public("")))


def organization(name: str) -> Holdings:
    """Every public dataset of an organization.

    :raises SourceError: there is no such organization.
    """
    try:
        found = toolkit.get_action("organization_show")(OPERATOR, {"id": name})
    except toolkit.ObjectNotFound as error:
        raise SourceError("no_organization", name) from error
    query = f"owner_org:{found['id']}"
    return Holdings(_search(query, 0, 0)["count"], _public(query))


def dataset(name: str) -> Holdings:
    """One dataset by id or name, private or draft as it may be.

    :raises SourceError: there is no such dataset.
    """
    try:
        found = toolkit.get_action("package_show")(OPERATOR, {"id": name})
    except toolkit.ObjectNotFound as error:
        raise SourceError("no_dataset", name) from error
    return Holdings(1, iter([describe(found, portal_settings())]))


def shapes_directory() -> Path:
    """Where installed shapes lie: `ckanext.herne.shapes_directory`, else below the portal's file storage.

    :raises SourceError: the configuration names neither.
    """
    chosen = toolkit.config.get("ckanext.herne.shapes_directory")
    storage = toolkit.config.get("ckan.storage_path")
    if not chosen and not storage:
        raise SourceError("no_storage", "ckanext.herne.shapes_directory")
    return Path(chosen) if chosen else Path(storage) / "herne" / "shapes"


def _with_catalogue(datasets: Iterator[Graph]) -> Iterator[Graph]:
    yield describe_catalogue(portal_settings())
    yield from datasets


def _public(query: str) -> Iterator[Graph]:
    settings, start = portal_settings(), 0
    while True:
        found = _search(query, start, PAGE)
        for entry in found["results"]:
            if entry.get("type") not in NO_RECORDS:
                yield describe(entry, settings)
        start += PAGE
        if start >= found["count"]:
            return


def _search(query: str, start: int, rows: int) -> dict[str, Any]:
    order = "metadata_created asc, id asc"  # what changes while we read does not move
    data = {"fq": query, "rows": rows, "start": start, "sort": order}
    found: dict[str, Any] = toolkit.get_action("package_search")(dict(ANYBODY), data)
    return found
