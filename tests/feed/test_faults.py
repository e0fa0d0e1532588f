"""What breaks while somebody crawls: a page is right, or the client is told to come again."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.common import config
from ckanext.herne.feed import check, store
from ckanext.herne.feed.model import entry_table
from ckanext.herne.quality.sources import next_page
from herne_stack.process import Stop, end
from herne_stack.state import RUNNING
from herne_testing import servers
from herne_testing.publishing import create
from rdflib import DCAT, RDF, Graph

if TYPE_CHECKING:
    from collections.abc import Iterator

    from herne_stack.servers import Stack

pytestmark = pytest.mark.usefixtures("portal", "tidy", "pages_of_two")

SITE = "http://herne.test"
CKAN = Path(sys.executable).with_name("ckan")
PATHS = ("/catalog.ttl?page=2", "/catalog.jsonld", "/dataset/datensatz-1.nt", "/catalog/changes", "/catalog")


@pytest.fixture
def pages_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(config, "ckanext.dcat.datasets_per_page", 2)


@pytest.fixture
def own() -> Stack:
    """The servers below the tests."""
    if servers.running is None:
        pytest.skip("CKAN_SQLALCHEMY_URL names servers: they are not the tests' own to stop")
    return servers.running


@contextlib.contextmanager
def without(stack: Stack, name: str) -> Iterator[None]:
    """The server is down; afterwards it was started again, as after a crash."""
    identity = stack.state.services[name].identity
    assert identity
    end(identity, [Stop(signal.SIGINT, 40)])
    try:
        yield
    finally:
        stack.children.check_once(only=name)  # it notices
        while stack.state.services[name].state != RUNNING:
            time.sleep(0.1)
            stack.children.check_once(only=name)


def datasets(number: int) -> list[str]:
    """URIs of new datasets."""
    made = [create(title=f"Datensatz {count}", name=f"datensatz-{count}") for count in range(number)]
    return [f"{SITE}/dataset/{one['id']}" for one in made]


def crawled(portal: Any) -> Counter[str]:
    """How often each dataset stands on the pages; an answer that refuses is asked for once more."""
    seen: Counter[str] = Counter()
    todo = "/catalog.ttl"
    while todo:
        answer = portal.get(todo)
        if answer.status_code != 200:
            assert refuses(answer)
            answer = portal.get(todo)
        page = Graph().parse(data=answer.data, format="turtle")
        seen.update(str(node) for node in page.subjects(RDF.type, DCAT.Dataset))
        todo = (next_page(page, SITE) or "").removeprefix(SITE)
    return seen


def refuses(answer: Any) -> bool:
    """Whether the client is told to come again, in plain text."""
    is_told = answer.status_code == 503 and int(answer.headers["Retry-After"]) > 0
    return is_told and answer.mimetype == "text/plain"


def cut() -> None:
    """End every connection that the portal has to its database, as a restart does."""
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    with model.meta.engine.connect() as connection:
        connection.execute(sa.text(f"{others} AND usename = current_user"))


def test_a_database_that_is_restarted_in_a_crawl_costs_no_dataset(portal: Any, own: Stack) -> None:
    uris = datasets(6)
    before = {path: portal.get(path, status=200).data for path in PATHS}
    with without(own, "postgres"):
        for path in PATHS:
            assert refuses(portal.get(path)), path
    assert crawled(portal) == dict.fromkeys(uris, 1)
    assert {path: portal.get(path, status=200).data for path in PATHS} == before


@pytest.mark.usefixtures("own")
def test_a_database_that_goes_in_the_middle_of_a_page_leaves_none_of_it(
    portal: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    uris = datasets(3)
    read, before_reading = store.parts, iter([cut])

    def interrupted(*asked: Any) -> Any:
        next(before_reading, lambda: None)()
        return read(*asked)

    monkeypatch.setattr(store, "parts", interrupted)
    assert refuses(portal.get("/catalog.ttl"))
    assert crawled(portal) == dict.fromkeys(uris, 1)


def test_two_rebuilds_at_once_leave_every_crawl_whole(portal: Any) -> None:
    uris = datasets(8)
    model.Session.execute(entry_table.update().values(layout="alt"))
    model.Session.commit()
    command = [str(CKAN), "-c", "test.ini", "herne", "feed", "rebuild"]
    rebuilds = [
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(2)
    ]
    while any(process.poll() is None for process in rebuilds):
        assert crawled(portal) == dict.fromkeys(uris, 1)
    assert sorted(process.wait() for process in rebuilds) in ([0, 2], [0, 0])  # at once, or in a row
    assert crawled(portal) == dict.fromkeys(uris, 1)
    model.Session.rollback()
    assert check.faults() == []
