"""The portal that harvests an unruly source: what it has, and how a run is ended from outside."""

from __future__ import annotations

import contextlib
import dataclasses
import multiprocessing
import re
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from ckan.common import config
from ckan.lib import jobs
from ckanext.harvest.model import HarvestSource
from ckanext.herne.harvest.reports import report_of
from ckanext.herne.harvesters.catalogues import collect
from ckanext.herne.harvesters.catalogues.source import CatalogueSource
from ckanext.herne.harvesters.operations import leases, lifecycle, runs, scheduling
from ckanext.herne.harvesters.operations import work as working
from ckanext.herne.harvesters.operations.http import Limits
from ckanext.herne.harvesters.operations.http.options import MEGABYTE
from ckanext.herne.harvesters.operations.lifecycle import Conductor
from ckanext.herne.harvesters.operations.work import work
from ckanext.herne.portal.language import speaking
from ckanext.herne.quality import sources
from herne_testing.paged import Paged
from herne_testing.unruly import unruly

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ckanext.herne.harvest.reports import Report

LIMITS = Limits(
    connect_seconds=1,
    read_seconds=0.5,
    total_seconds=1,
    body_bytes=MEGABYTE,
    attempts=3,
    backoff_seconds=0.01,
    longest_wait_seconds=2,
)
PAGES = 20
LEASE = 2  # seconds
SYSTEM = {"ignore_auth": True, "user": ""}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits of a second instead of minutes, so that all of it can be waited for."""
    monkeypatch.setitem(config, "ckanext.herne.harvest.allow_private_addresses", True)
    monkeypatch.setitem(config, "ckanext.herne.harvest.host_failures", 10_000)
    # in English, as the table is; the portal itself keeps its language, which datasets have, too
    monkeypatch.setattr(working, "speaking", lambda _language: speaking("en"))
    monkeypatch.setattr(collect, "page_language", lambda: "en")
    monkeypatch.setattr(lifecycle, "limits", lambda: LIMITS)
    monkeypatch.setattr(CatalogueSource, "limits", None)
    monkeypatch.setattr(sources, "MAX_PAGES", PAGES)
    monkeypatch.setattr(runs, "LEASE", timedelta(seconds=LEASE))
    monkeypatch.setattr(leases, "SIGN_OF_LIFE", LEASE / 5)


@dataclass(frozen=True)
class Stored:
    """What the portal has of a dataset."""

    id: str
    title: str
    notes: str
    state: str
    links: tuple[tuple[str, str], ...]

    def at(self, version: int) -> Stored:
        """The same as the source says it in another version."""
        return dataclasses.replace(self, notes=re.sub(r"Stand \d+", f"Stand {version}", self.notes))


State = dict[str, Stored]


@dataclass(frozen=True)
class Harvest:
    """A harvest source of the portal and the catalogue it reads; `first` is what its first run left."""

    id: str
    catalogue: Paged
    first: State = field(default_factory=dict)

    def run(self) -> str:
        """Harvests here and now; gives the job's id."""
        job_id = scheduling.prepare(self.id)
        work(job_id)
        return job_id

    def news(self) -> None:
        """From now on the source says something else of each dataset."""
        self.catalogue.version += 1
        self.catalogue.behave()

    def state(self) -> State:
        """What the portal has of the source, by the identifiers there."""
        model.Session.rollback()
        found = {}
        for guid, package_id in model.Session.execute(_records(self.id)):
            shown = tk.get_action("package_show")(SYSTEM | {"use_cache": False}, {"id": package_id})
            links = tuple((one["url"], one["license_id"]) for one in shown["resources"])
            found[guid] = Stored(*(shown[key] for key in ("id", "title", "notes", "state")), links)
        return found

    def indexed(self) -> set[str]:
        """What the search says of the source's datasets."""
        asked = {"q": "title:(Bäume OR Brunnen OR Bänke)", "rows": 100}
        return {one["notes"] for one in tk.get_action("package_search")(dict(SYSTEM), asked)["results"]}


def _records(source_id: str) -> Any:
    from ckanext.herne.harvest.model import record_table as table

    return (
        table.select()
        .with_only_columns(table.c.guid, table.c.package_id)
        .where(table.c.source_id == source_id)
    )


@pytest.fixture(scope="module")
def harvest(portal: Any) -> Iterator[Harvest]:
    """The source, and that its first state is stored."""
    with unruly() as server:
        catalogue = Paged(server)
        catalogue.behave()
        data = {
            "name": "unruhig",
            "title": "Unruly source",
            "url": catalogue.url,
            "source_type": "herne_dcat",
            "frequency": "MANUAL",
            "owner_org": "stadt-herne",
        }
        user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
        made = tk.get_action("harvest_source_create")({"ignore_auth": True, "user": user}, data)
        yield Harvest(HarvestSource.get(made["id"]).id, catalogue)


@contextlib.contextmanager
def at(stage: str, act: Callable[[], None]) -> Iterator[None]:
    """Does `act` once, when a run comes to the stage; in `apply` after the first record was written."""
    step = 1 if stage == "apply" else 0
    original, todo = Conductor._progress, [act]

    def progress(self: Conductor, name: str, done: int = 0, total: int = 0) -> None:
        original(self, name, done, total)
        if (name, done) == (stage, step) and todo:
            todo.pop()()

    Conductor._progress = progress  # type: ignore[method-assign]
    try:
        yield
    finally:
        Conductor._progress = original  # type: ignore[method-assign]


def killed_at(stage: str, job_id: str) -> None:
    """Has a worker of its own process begin the run, and kills it (SIGKILL) in the stage."""
    fork = multiprocessing.get_context("fork")
    reached = fork.Event()

    def begin() -> None:
        model.Session.remove()
        model.meta.engine.dispose(close=False)

        def wait() -> None:
            reached.set()
            time.sleep(60)

        with at(stage, wait):
            work(job_id)

    worker = fork.Process(target=begin)
    worker.start()
    assert reached.wait(30)
    worker.kill()
    worker.join()


def taken_up(job_id: str) -> None:
    """CKAN's own worker does what the beat finds left, once the lease is over."""
    time.sleep(LEASE)
    scheduling.beat("")
    jobs.Worker([scheduling.QUEUE]).work(burst=True)
    model.Session.remove()
    found = runs.get(job_id)
    assert found is not None
    assert found.finished


def told(job_id: str) -> Report:
    """The report of the run."""
    with speaking("en"):
        found = report_of(job_id)
    assert found is not None
    return found
