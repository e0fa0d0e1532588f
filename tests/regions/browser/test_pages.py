"""Spatial units and downloads of tables in a real browser: barriers, narrow screens, keyboard, the form."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from herne_testing.live import Site
    from playwright.sync_api import Page

pytestmark = pytest.mark.needs("browser")

PAGES = [
    "/regions",
    "/en/regions",
    "/regions/stadtbezirk/01",
    "/dataset/?vocab_region=stadtbezirk/01",
    "/dataset/baeume/resource/RESOURCE",
    "/en/dataset/baeume/resource/RESOURCE",
]
DICTIONARY = "/dataset/baeume/dictionary/RESOURCE"


@pytest.fixture(scope="module")
def resource(site: Site) -> str:
    """The invented city, and the resource of a dataset of one of its quarters, which has a typed table."""
    import ckan.plugins.toolkit as tk
    from ckan.tests import factories
    from ckanext.herne.regions.loading import load
    from ckanext.herne.regions.reading import Names
    from ckanext.herne.tables import Column, Table, ensure
    from herne_testing.districts import city, document

    site.announce()
    load(document(city()), "city.geojson", Names())
    entry = {"url": "/datastore", "url_type": "datastore", "name": "Bäume", "format": "CSV"}
    context = {"ignore_auth": True, "user": factories.Sysadmin(image_url="")["name"]}
    data = {"name": "baeume", "title": "Straßenbäume", "notes": "Alle.", "resources": [entry]}
    made = tk.get_action("package_create")(context, data | {"spatial_coverage": [{"uri": "ortsteil/01"}]})
    column = Column("height", "numeric", "Höhe", "Height", "Höhe des Baums.", "Height of the tree.", "m")
    found: str = made["resources"][0]["id"]
    ensure(Table("Bäume", (column,), ("height",)), found)
    return found


@pytest.mark.parametrize("path", PAGES)
def test_no_serious_barriers(steward: Page, site: Site, resource: str, path: str) -> None:
    axe = pytest.importorskip("axe_playwright_python")
    steward.goto(site.url + path.replace("RESOURCE", resource))
    steward.evaluate((Path(axe.__file__).parent / "axe.min.js").read_text("utf-8"))
    found = steward.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    serious = [
        (entry["id"], [node["html"] for node in entry["nodes"]])
        for entry in found
        if entry["impact"] in ("serious", "critical")
    ]
    assert serious == []


@pytest.mark.parametrize("path", [*PAGES, DICTIONARY])
def test_nothing_is_cut_off_on_a_narrow_screen(steward: Page, site: Site, resource: str, path: str) -> None:
    steward.set_viewport_size({"width": 390, "height": 800})
    steward.goto(site.url + path.replace("RESOURCE", resource))
    assert steward.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_district_is_chosen_on_the_map_by_keyboard(steward: Page, site: Site, resource: str) -> None:
    steward.goto(f"{site.url}/dataset/")
    steward.locator("svg.herne-map a").first.focus()
    steward.keyboard.press("Enter")
    steward.wait_for_url("**vocab_region=ortsteil%2F01**")
    assert steward.get_by_role("link", name="Straßenbäume").count()


def test_a_district_that_is_chosen_in_the_form_brings_its_name(
    steward: Page, site: Site, resource: str
) -> None:
    steward.goto(f"{site.url}/dataset/edit/baeume")
    steward.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    control = steward.locator("input[name=spatial_coverage-0-uri]")
    offered: list[Any] = control.evaluate("c => [...c.list.options].map(o => [o.label, o.value])")
    chosen = next(value for label, value in offered if label == "ortsteil 16 (erfunden) (Ortsteil)")
    control.fill(chosen)
    with steward.expect_navigation():
        steward.locator(".herne-actions .btn-primary").click()
    assert "ortsteil 16 (erfunden) (Ortsteil)" in steward.locator(".main").inner_text()


def test_the_dictionary_keeps_what_it_says_in_english(steward: Page, site: Site, resource: str) -> None:
    from ckanext.herne.tables.stored import declaration

    before = declaration(resource)
    steward.goto(f"{site.url}/dataset/baeume/dictionary/{resource}")
    steward.get_by_label("Bezeichnung auf Englisch").or_(steward.get_by_label("Label in English")).wait_for()
    with steward.expect_navigation():
        steward.locator("button[name=save]").click()
    assert declaration(resource) == before
