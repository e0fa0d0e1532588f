"""Harvesting the demo's invented sources into a portal that runs, once per home, and what came of it."""

from __future__ import annotations

import http.client
import json
import time
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

from herne_stack.api import ActionError, Api
from herne_stack.configuration import ORGANIZATION

if TYPE_CHECKING:
    from collections.abc import Callable

    from herne_stack.reporting import Reporter

POLL_SECONDS = 1.0
PATIENCE_SECONDS = 300
PAGE = 500


def sources() -> list[dict[str, Any]]:
    """The demo's harvest sources as herne_demo states them."""
    import yaml

    text = resources.files("herne_demo").joinpath("sources.yaml").read_text("utf-8")
    found: list[dict[str, Any]] = yaml.safe_load(text)
    return found


@dataclass(frozen=True)
class Outcome:
    """How many sources were harvested now, and what went wrong, as text."""

    harvested: int
    failures: list[str]


def harvest(api: Api, demo_url: str, reporter: Reporter, tick: Callable[[], None]) -> Outcome:
    """Create the sources, run those that have not succeeded yet, and wait.

    `tick` is called while waiting, so that the supervisor keeps an eye on its services.
    """
    waiting = {}
    for source in sources():
        identifier = _ensure_source(api, source, demo_url)
        if not _succeeded(_last_job(api, identifier)):
            api.call("harvest_job_create", source_id=identifier, run=True)
            waiting[identifier] = source["title"]
    number = len(waiting)
    if not waiting:
        return Outcome(0, [])
    with reporter.step(f"Harvesting {number} sources"):
        return Outcome(number, _wait(api, waiting, reporter, tick))


def _ensure_source(api: Api, source: dict[str, Any], demo_url: str) -> str:
    """The id of the source; its address follows the demo server's port."""
    url = f"{demo_url}/{source['url'].lstrip('/')}"
    try:
        known = api.call("package_show", id=source["name"])
    except ActionError as error:
        if error.status != http.HTTPStatus.NOT_FOUND:
            raise
        made = api.call(
            "harvest_source_create",
            name=source["name"],
            title=source["title"],
            source_type=source["source_type"],
            url=url,
            config=json.dumps(source.get("config") or {}),
            frequency=source.get("frequency", "MANUAL"),
            owner_org=ORGANIZATION,
        )
        return str(made["id"])
    if known["url"] != url:
        api.call("harvest_source_patch", id=known["id"], url=url)
    return str(known["id"])


def _last_job(api: Api, source: str) -> dict[str, Any] | None:
    job: dict[str, Any] | None = api.call("harvest_source_show_status", id=source).get("last_job")
    return job


def _succeeded(job: dict[str, Any] | None) -> bool:
    return bool(job and job["status"] == "Finished" and not job["stats"].get("errored"))


def _wait(api: Api, waiting: dict[str, str], reporter: Reporter, tick: Callable[[], None]) -> list[str]:
    failures = []
    total, deadline = len(waiting), time.monotonic() + PATIENCE_SECONDS
    while waiting and time.monotonic() < deadline:
        for identifier, title in list(waiting.items()):
            job = _last_job(api, identifier)
            if job and job["status"] == "Finished":
                del waiting[identifier]
                failures += _errors(title, job)
        reporter.progress("Harvesting", total - len(waiting), total)
        tick()
        time.sleep(POLL_SECONDS)
    return failures + [f"{title}: not finished after {PATIENCE_SECONDS} s" for title in waiting.values()]


def _errors(title: str, job: dict[str, Any]) -> list[str]:
    """What went wrong in a finished job; the summaries are lists of {message, error_count} or pairs."""
    found = [*job.get("gather_error_summary", []), *job.get("object_error_summary", [])]
    messages = [one["message"] if isinstance(one, dict) else str(one[0]) for one in found]
    if not messages and job["stats"].get("errored"):
        messages = [f"{job['stats']['errored']} errors"]
    return [f"{title}: {message}" for message in messages]


def count(api: Api) -> tuple[int, int]:
    """How many public datasets there are, and rows in their DataStore tables."""
    datasets, rows, start = 0, 0, 0
    while True:
        page = api.call("package_search", fq="dataset_type:dataset", rows=PAGE, start=start)
        for dataset in page["results"]:
            rows += sum(_rows(api, one["id"]) for one in dataset["resources"] if one.get("datastore_active"))
        datasets, start = page["count"], start + PAGE
        if start >= datasets:
            return datasets, rows


def _rows(api: Api, resource: str) -> int:
    return int(api.call("datastore_search", resource_id=resource, limit=0)["total"])
