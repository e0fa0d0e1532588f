"""Fixtures: the portal at an address of its own, with an editor who can log in.

A folder whose tests need them imports all three in its conftest.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from herne_testing.live import Site, listening

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="module")
def site(portal: Any) -> Iterator[Site]:
    """The loaded portal, listening."""
    from ckan import model
    from ckan.tests import factories

    person = factories.User(name="redaktion", password="ein langes Passwort", image_url="")
    organization = model.Group.get("stadt-herne")
    member = model.Member(table_id=person["id"], table_name="user", group=organization, capacity="editor")
    model.Session.add(member)
    model.Session.commit()
    with listening(portal.app) as url:
        address = Site(url=url, user="redaktion", password="ein langes Passwort")
        address.announce()
        yield address


@pytest.fixture(autouse=True)
def own_address(site: Site) -> None:
    """Before each test CKAN sets its configuration back, so the address has to be told again."""
    site.announce()


@pytest.fixture(scope="module")
def steward(site: Site, browser: Browser) -> Iterator[Page]:
    """A page of the editor, logged in once for the module."""
    # Without motion: a page that still scrolls cannot be measured.
    context = browser.new_context(
        locale="de-DE",
        viewport={"width": 1280, "height": 900},
        bypass_csp=True,
        reduced_motion="reduce",
    )
    context.set_default_timeout(20_000)
    page = context.new_page()
    site.log_in(page)
    yield page
    context.close()
