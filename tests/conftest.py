"""The real servers under the tests, and what happens where a browser, FROST or the shared folder is missing.

PostgreSQL, Valkey and Solr start once per process in `.herne-test/`, unless the environment names servers
already (CKAN_SQLALCHEMY_URL and its siblings). Each worker of pytest-xdist has servers of its own.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any

import pytest
from herne_testing import needs
from herne_testing.servers import real_servers
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

_servers = contextlib.ExitStack()
# how long an example takes says something of the machine, nothing of the suite
settings.register_profile("herne", deadline=None)
settings.load_profile("herne")


class ByPortal(LoadFileScheduling):
    """A file is the work of one worker; so are those that share a portal, which takes a minute to start."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return "tests/end_to_end" if file.startswith("tests/end_to_end/") else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByPortal:
    return ByPortal(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart() -> None:
    """Start the servers before CKAN's own plugin loads the ini file, which connects to them."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker:  # it inherits the addresses of servers that another process uses, and empties as it goes
        os.environ.pop("CKAN_SQLALCHEMY_URL", None)
    _servers.enter_context(real_servers(f".herne-test/{worker or 'main'}"))


def pytest_unconfigure() -> None:
    _servers.close()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, or in CI fail, a test whose needs this machine does not meet."""
    for mark in item.iter_markers("needs"):
        for need in mark.args:
            if reason := needs.ABSENT[need]():
                if needs.required(need):
                    pytest.fail(f"HERNE_TEST_REQUIRE names {need}: {reason}", pytrace=False)
                pytest.skip(reason)


@pytest.fixture(scope="session")
def loaded(reset_db: Callable[[], None]) -> Iterator[Any]:
    """The app with all plugins. Loading takes seconds and depends on nothing that a test leaves behind."""
    import ckan.plugins as p
    from ckan.tests import helpers

    p.load_all()
    reset_db()
    yield helpers._get_test_app()
    p.unload_all()


@pytest.fixture(scope="module")
def portal(
    loaded: Any,
    reset_db: Callable[[], None],
    migrate_db_for: Callable[[str], None],
    reset_index: Callable[[], None],
) -> Any:
    """The app with all plugins and the default organization, emptied once per module."""
    from ckan.tests import factories

    reset_db()
    for plugin in ("harvest", "activity", "herne_quality", "herne_feed", "herne_harvest"):
        migrate_db_for(plugin)
    _empty_own_tables()
    reset_index()
    factories.Organization(name="stadt-herne", title="Stadt Herne", image_url="")
    return loaded


def _empty_own_tables() -> None:
    """Feed and harvest outlive their packages, so emptying CKAN's own tables leaves them."""
    from ckan import model
    from ckanext.herne.feed.model import metadata as feed
    from ckanext.herne.harvest.model import metadata as harvest

    for table in (*feed.sorted_tables, *harvest.sorted_tables):
        model.Session.execute(table.delete())
    model.Session.commit()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, driven by Playwright; use it with `@pytest.mark.needs("browser")`."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=needs.browser(),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"],
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A German visitor with an empty cookie jar."""
    context = browser.new_context(locale="de-DE", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()
