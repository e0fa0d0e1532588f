"""An operator who saves packages, and the feed as it is stored."""

from __future__ import annotations

import copy
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib.jobs import get_queue
from ckan.lib.redis import connect_to_redis
from ckan.tests import helpers
from ckanext.herne.feed import jobs, store

FILE = {"url": "https://example.org/a.csv", "format": "CSV", "name": "A"}
SERIES = {"type": "dataset_series", "title": "Reihe"}


def admin() -> dict[str, Any]:
    return {"user": tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"], "ignore_auth": True}


def create(**fields: Any) -> dict[str, Any]:
    """A new package; a good dataset unless the fields say otherwise."""
    given = {"title": "Gut", "notes": "Probe.", "resources": [FILE], **fields}
    if given.get("type"):
        del given["resources"]
    return helpers.call_action("package_create", admin(), **copy.deepcopy(given))


def change(dataset: dict[str, Any], **fields: Any) -> None:
    helpers.call_action("package_patch", admin(), id=dataset["id"], **copy.deepcopy(fields))


def forget() -> None:
    """No job waits any more."""
    get_queue().empty()
    connect_to_redis().delete(jobs._key("waiting"), jobs._key("called"))


def waiting() -> set[str]:
    """The packages that a job will publish."""
    return {package_id.decode() for package_id in connect_to_redis().hkeys(jobs._key("waiting"))}


def perform() -> None:
    """Do the one job that is in the queue, as a worker does."""
    (job,) = [job for job in get_queue().jobs if job.func_name == "ckanext.herne.feed.jobs.work"]
    get_queue().empty()
    job.perform()


def entry(dataset: dict[str, Any]) -> Any:
    """The row of the package in the feed."""
    model.Session.rollback()
    return store.find(dataset["id"])


def text(dataset: dict[str, Any], syntax: str = "ttl") -> str:
    """What the feed serves of the package."""
    model.Session.rollback()
    return store.texts([dataset["id"]], syntax)[dataset["id"]].content


def served() -> list[str]:
    """The packages that are served, in their order."""
    model.Session.rollback()
    return [row.package_id for row in store.rows(1, 1000, "ttl")]
