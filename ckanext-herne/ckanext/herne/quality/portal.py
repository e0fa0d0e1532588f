"""This portal's packages as `ckan herne validate` takes them, and where the portal keeps installed shapes."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from ckan.plugins import toolkit
from ckanext.herne.dcat_ap_de.profile import portal_settings
from ckanext.herne.dcat_ap_de.writer import catalogue_description
from ckanext.herne.quality.reports import statistics
from ckanext.herne.quality.reports.subjects import Subject, ids, number, stored, subject
from ckanext.herne.quality.sources import SourceError

OPERATOR = {"ignore_auth": True, "user": "", "use_cache": False}


@dataclass(frozen=True)
class Holdings:
    """A number of descriptions, made while asked for: memory holds one package and its graph."""

    count: int
    subjects: Iterator[Subject]


def everything() -> Holdings:
    """The catalogue itself and every public package, as an anonymous harvester would get them."""
    packages = _public(statistics.public())
    return Holdings(packages.count + 1, chain(_catalogue(), packages.subjects))


def organization(name: str) -> Holdings:
    """Every public package of an organization.

    :raises SourceError: there is no such organization.
    """
    try:
        found = toolkit.get_action("organization_show")(dict(OPERATOR), {"id": name})
    except toolkit.ObjectNotFound as error:
        raise SourceError("no_organization", name) from error
    return _public(statistics.public(found["id"]))


def dataset(name: str) -> Holdings:
    """One package by id or name, private or draft as it may be, with all that it refers to.

    :raises SourceError: there is no such package.
    """
    try:
        found = toolkit.get_action("package_show")(dict(OPERATOR), {"id": name})
    except toolkit.ObjectNotFound as error:
        raise SourceError("no_dataset", name) from error
    return Holdings(1, iter([subject(found, OPERATOR)]))


def shapes_directory() -> Path:
    """Where installed shapes lie: `ckanext.herne.shapes_directory`, else below the portal's file storage.

    :raises SourceError: the configuration names neither.
    """
    chosen = toolkit.config.get("ckanext.herne.shapes_directory")
    storage = toolkit.config.get("ckan.storage_path")
    if not chosen and not storage:
        raise SourceError("no_storage", "ckanext.herne.shapes_directory")
    return Path(chosen) if chosen else Path(storage) / "herne" / "shapes"


def _catalogue() -> Iterator[Subject]:
    described = catalogue_description(portal_settings(), {})
    yield Subject(described, described.graph)


def _public(condition: Any) -> Holdings:
    return Holdings(number(condition), _subjects(condition))


def _subjects(condition: Any) -> Iterator[Subject]:
    """What is deleted while we read is left out."""
    for package_id in ids(condition):
        package = stored(package_id)
        if package:
            yield subject(package)
