"""The page "What GovData sees" and the badge in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from herne_testing.live import Site
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.needs("browser")

PAGES = {
    "dataset": "/dataset/radverkehr/govdata",
    "dataset with faults": "/dataset/ohne-daten/govdata",
    "private dataset": "/dataset/intern/govdata",
    "series": "/dataset_series/rad-jaehrlich/govdata",
    "service": "/data_service/wfs-verkehr/govdata",
    "badge": "/dataset/ohne-daten",
    "English": "/en/dataset/radverkehr/govdata",
}


@pytest.fixture(scope="module")
def content(site: Site) -> None:
    """A dataset that complies, one with a fault, a private one, a series and a service."""
    from ckan.tests import factories, helpers

    site.announce()
    user = {"user": factories.Sysadmin(image_url="")["name"], "ignore_auth": False}

    def create(name: str, title: str, **values: Any) -> None:
        helpers.call_action("package_create", user, name=name, title=title, notes="Probe.", **values)

    file = {"url": "https://herne.de/a.csv", "name": "Werte", "format": "CSV"}
    create("rad-jaehrlich", "Rad, jährlich", type="dataset_series")
    create("radverkehr", "Radverkehr", theme=["TRAN"], license_id="dl-de/by-2.0",
           license_attribution_by_text="Stadt Herne, Verkehr", resources=[file])  # fmt: skip
    create("ohne-daten", "Ohne Daten")
    create("intern", "Intern", private=True, resources=[file])
    create("wfs-verkehr", "WFS Verkehr", type="data_service", endpoint_url=["https://geo.herne.de/wfs"])


@pytest.fixture
def visitor(site: Site, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="de-DE")
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


def fact(page: Page, label: str) -> str:
    return page.locator(".herne-facts tr", has=page.get_by_role("rowheader", name=label)).inner_text()


@pytest.mark.usefixtures("content")
def test_the_tab_says_what_arrives(steward: Page, site: Site) -> None:
    steward.goto(site.url + "/en/dataset/radverkehr")
    steward.get_by_role("link", name="What GovData sees").click()
    assert steward.url.endswith("/en/dataset/radverkehr/govdata")
    assert "http://dcat-ap.de/def/licenses/dl-by-de/2.0" in fact(steward, "Licence")
    assert "Stadt Herne, Verkehr" in fact(steward, "Attribution")
    assert "Stadt Herne" in fact(steward, "Publisher")
    assert "@" in fact(steward, "Contact")
    assert "Level/municipality" in fact(steward, "Level of geocoding")
    assert "Herne" in fact(steward, "Place")
    assert "municipalityKey/05916000" in fact(steward, "Place")
    assert "contributors/openNRW" in fact(steward, "Contributor ID")
    assert "Transport" in fact(steward, "Themes")
    assert "dcat:Dataset" in steward.locator("#turtle").inner_text()


@pytest.mark.usefixtures("content")
def test_the_score_reads_as_text(steward: Page, site: Site) -> None:
    steward.goto(site.url + PAGES["dataset"])
    rows = steward.locator(".herne-score tbody tr")
    assert rows.count() == 5
    for row in rows.all():
        points, possible = (
            int(word) for word in row.locator("td").last.inner_text().split() if word.isdigit()
        )
        assert row.locator("meter").evaluate("meter => [meter.value, meter.max]") == [points, possible]
    assert "405" in steward.locator("section[aria-labelledby=seen-score] p").first.inner_text()


@pytest.mark.usefixtures("content")
@pytest.mark.parametrize("where", [".herne-notes", ".herne-gains", ".herne-facts"])
def test_links_lead_into_the_forms(steward: Page, site: Site, where: str) -> None:
    steward.goto(site.url + PAGES["dataset"])
    link = steward.locator(f"{where} a[href*='#field-']").first
    target = (link.get_attribute("href") or "").partition("#")[2]
    link.click()
    steward.wait_for_url(f"**#{target}")
    steward.wait_for_function(f"document.activeElement.id === '{target}'")
    assert steward.locator(f"#{target}").is_visible()


@pytest.mark.usefixtures("content")
def test_the_turtle_can_be_copied(steward: Page, site: Site) -> None:
    steward.context.grant_permissions(["clipboard-read", "clipboard-write"])
    steward.goto(site.url + PAGES["dataset"])
    button = steward.locator("button[data-module-from=turtle]")
    button.focus()
    steward.keyboard.press("Enter")
    expect(button.get_by_role("status")).not_to_be_empty()
    copied = steward.evaluate("navigator.clipboard.readText()")
    assert copied == steward.locator("#turtle").inner_text().strip()


@pytest.mark.usefixtures("content")
def test_the_verdict_and_its_history_follow_a_save(steward: Page, site: Site) -> None:
    from ckan import model
    from ckan.tests import helpers

    steward.goto(site.url + PAGES["dataset with faults"])
    assert steward.locator(".herne-notes-wrong li").count() == 1
    user = {"user": model.User.get(site.user).name, "ignore_auth": False}
    helpers.call_action("resource_create", user, package_id="ohne-daten", url="https://herne.de/b.csv")
    steward.reload()
    assert steward.locator(".herne-notes-wrong").count() == 0
    history = steward.locator("details", has=steward.locator("table"))
    history.locator("summary").click()
    assert [row.locator("td").first.inner_text() for row in history.locator("tbody tr").all()] == ["0", "1"]
    helpers.call_action("package_patch", user, id="ohne-daten", resources=[])


@pytest.mark.usefixtures("content")
def test_what_is_private_is_said_to_be(steward: Page, site: Site) -> None:
    steward.goto(site.url + PAGES["private dataset"])
    assert steward.locator(".alert-info").is_visible()
    assert "Intern" in steward.locator("#turtle").inner_text()


@pytest.mark.usefixtures("content")
def test_visitors_have_the_badge_and_no_tab(visitor: Page, site: Site) -> None:
    visitor.goto(site.url + "/dataset/radverkehr")
    assert "DCAT-AP.de 3.0" in visitor.locator(".herne-verdict").inner_text()
    assert visitor.locator("a[href$='/govdata']").count() == 0
    visitor.goto(site.url + PAGES["dataset"])
    assert visitor.locator("#turtle").count() == 0


@pytest.mark.usefixtures("content")
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", PAGES)
def test_no_barriers_and_no_overflow(steward: Page, site: Site, name: str, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python")
    steward.set_viewport_size({"width": width, "height": 900})
    try:
        steward.goto(site.url + PAGES[name])
        assert steward.evaluate("document.documentElement.scrollWidth") <= width
        steward.evaluate((Path(axe.__file__).parent / "axe.min.js").read_text("utf-8"))
        found = steward.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
        serious = [entry for entry in found if entry["impact"] in ("serious", "critical")]
        assert [(entry["id"], [node["html"] for node in entry["nodes"]]) for entry in serious] == []
    finally:
        steward.set_viewport_size({"width": 1280, "height": 900})
