"""What is held back, and that somebody is told of it, in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from herne_testing.live import Site
    from playwright.sync_api import Page

pytestmark = pytest.mark.needs("browser")

FILES = [{"url": "https://example.org/werte.csv", "format": "CSV", "name": "Werte"}]
PAGES = ["/dashboard/held", "/en/dashboard/held", "/dataset/activity/baeume"]


@pytest.fixture(scope="module")
def held(site: Site) -> dict[str, Any]:
    """Two datasets that are held back, of which harvesters have one, and a service with many errors."""
    from ckan.tests import factories, helpers

    site.announce()
    admin = {"user": factories.Sysadmin(image_url="")["name"], "ignore_auth": False}

    def create(**values: Any) -> dict[str, Any]:
        made: dict[str, Any] = helpers.call_action("package_create", dict(admin), **values)
        return made

    long = "Sitzplätze in Veranstaltungsräumen des Kulturzentrums nach Bestuhlung, Rang und Barrierefreiheit"
    create(name="sitze", title=long, notes="Noch ohne Dateien.")
    made = create(name="baeume", title="Straßenbäume", notes="Alle.", resources=FILES)
    helpers.call_action("package_patch", dict(admin), id=made["id"], resources=[])
    return made


@pytest.fixture(scope="module")
def told(held: dict[str, Any]) -> None:
    """What the job does, without the seconds that a worker takes."""
    from ckanext.herne.feed import telling

    telling.tell_people(held["id"], "held", "")


@pytest.mark.parametrize("path", PAGES)
def test_no_serious_barriers(steward: Page, site: Site, told: None, path: str) -> None:
    axe = pytest.importorskip("axe_playwright_python")
    steward.goto(site.url + path)
    steward.evaluate((Path(axe.__file__).parent / "axe.min.js").read_text("utf-8"))
    found = steward.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    serious = [
        (entry["id"], [node["html"] for node in entry["nodes"]])
        for entry in found
        if entry["impact"] in ("serious", "critical")
    ]
    assert serious == []


@pytest.mark.parametrize("path", PAGES)
def test_pages_fit_a_phone(steward: Page, site: Site, told: None, path: str) -> None:
    steward.set_viewport_size({"width": 390, "height": 844})
    try:
        steward.goto(site.url + path)
        assert steward.evaluate("document.documentElement.scrollWidth") <= 390
    finally:
        steward.set_viewport_size({"width": 1280, "height": 900})


def test_from_the_dashboard_to_the_form_by_keyboard(steward: Page, site: Site, told: None) -> None:
    steward.goto(f"{site.url}/dashboard/datasets")
    steward.locator(".nav-tabs a", has_text="(2)").press("Enter")
    steward.wait_for_url("**/dashboard/held")
    row = steward.locator(".herne-resource", has_text="Straßenbäume")
    row.locator("a[href$='/dataset/edit/baeume']").press("Enter")
    steward.wait_for_url("**/dataset/edit/baeume")


def test_who_saves_is_told_on_the_next_page(steward: Page, site: Site, told: None) -> None:
    steward.goto(f"{site.url}/dataset/edit/sitze")
    steward.fill("#field-notes", "Noch immer ohne Dateien.")
    steward.locator(".herne-actions .btn-primary").click()
    steward.wait_for_url("**/dataset/sitze")
    assert steward.locator(".alert-info ul").count() == 0  # it was held before: no news
    steward.goto(f"{site.url}/dataset/baeume/resource/new")
    steward.fill("#field-resource-url, #field-url", "https://example.org/neu.csv")
    steward.locator(".herne-actions .btn-primary").click()
    steward.wait_for_url("**/dataset/baeume**")
    assert steward.locator(".alert-success").count() == 1
