"""The quality pages in a real browser: barriers, narrow screens, keyboard, charts under a strict policy."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ckan import model
from ckan.tests import factories, helpers
from ckanext.herne.quality.reports import refresh
from ckanext.herne.quality.reports.model import history_table
from herne_testing.live import Site, listening
from herne_testing.portal import PICTURES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, Route

pytestmark = pytest.mark.needs("browser")
FILE = {"url": "https://example.org/a.csv", "format": "CSV", "name": "A"}
PAGES = {
    "portal": "/quality",
    "portal in English": "/en/quality",
    "organization": "/organization/stadt-herne/quality",
    "nothing found": "/quality?q=gibtesnicht",
    "no data": "/organization/leer/quality",
}
STRICT = "default-src 'self'; script-src 'self'; style-src 'self'"
DAYS = 200


@pytest.fixture(scope="module")
def site(portal: Any) -> Iterator[Site]:
    """Four packages with a past, behind a real address."""
    context = {"user": factories.Sysadmin(image_url="")["name"], "ignore_auth": True}
    factories.Organization(name="leer", title="Noch leer", image_url="")
    factories.Organization(name="museum", title="Emschertal-Museum", image_url="")
    titles = ("Radverkehr an Dauerzählstellen", "Baumkataster", "Spielplätze", "Öffentliche Toiletten")
    for number, title in enumerate(titles):
        made = helpers.call_action(
            "package_create",
            dict(context),
            title=title,
            notes="Probe.",
            owner_org="museum" if number == 1 else "stadt-herne",
            resources=[FILE] if number else [],
        )
        refresh.refresh(made["id"])
        _past(made["id"], number)
    with listening(portal.app) as url:
        address = Site(url=url, user="", password="")
        address.announce()
        yield address


def _past(package_id: str, number: int) -> None:
    """A verdict that got better and worse."""
    for step in range(6):
        at = datetime.now(UTC) - timedelta(days=DAYS - 30 * step - 7 * number)
        bad = (step + number) % 3
        row = {
            "package_id": package_id,
            "at": at,
            "conforms": not bad,
            "violations": bad,
            "warnings": 3 - bad,
        }
        model.Session.execute(
            history_table.insert().values(**row, infos=0, mqa_points=150 + 20 * step - 30 * bad)
        )
    model.Session.commit()


@pytest.fixture(autouse=True)
def own_address(site: Site) -> None:
    """Before each test CKAN sets its configuration back, so the address has to be told again."""
    site.announce()


@pytest.fixture(scope="module")
def reader(site: Site, browser: Browser) -> Iterator[Page]:
    """A German visitor without motion: a page that still scrolls cannot be measured."""
    context = browser.new_context(
        locale="de-DE", viewport={"width": 1280, "height": 900}, bypass_csp=True, reduced_motion="reduce"
    )
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


def drawn(page: Page) -> None:
    """Wait until the charts are interactive."""
    page.wait_for_function("() => document.querySelectorAll('.herne-chart svg').length === 3")


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", PAGES)
def test_no_barriers_and_no_overflow(reader: Page, site: Site, name: str, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python")
    reader.set_viewport_size({"width": width, "height": 900})
    reader.goto(site.url + PAGES[name])
    if "no data" not in name:
        drawn(reader)
    reader.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    reader.evaluate((Path(axe.__file__).parent / "axe.min.js").read_text("utf-8"))
    found = reader.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    barriers = [(entry["id"], [node["html"] for node in entry["nodes"]]) for entry in found]
    assert barriers == []
    assert reader.evaluate("document.documentElement.scrollWidth") <= width
    PICTURES.mkdir(parents=True, exist_ok=True)
    reader.screenshot(path=PICTURES / f"quality-{name}-{width}.png", full_page=True)


def test_charts_answer_the_mouse_under_a_strict_policy(browser: Browser, site: Site) -> None:
    """No eval, no inline script or style of ours."""
    page = browser.new_context(locale="de-DE", timezone_id="America/Los_Angeles").new_page()
    page.add_init_script(
        "window.refused = []; document.addEventListener('securitypolicyviolation',"
        " event => window.refused.push(`${event.effectiveDirective} ${event.sourceFile} ${event.sample}`))"
    )
    page.route("**/quality", strictly)
    page.goto(f"{site.url}/quality")
    drawn(page)
    specification = json.loads(page.locator(".herne-chart script").first.text_content() or "")
    page.locator(".herne-chart svg").first.hover(position={"x": 200, "y": 80})
    tooltip = page.locator("#vg-tooltip-element.visible")
    tooltip.wait_for()
    told = dict(line.split("\t") for line in tooltip.inner_text().splitlines())
    assert told.keys() == {"Tag", "Anteil bestanden"}
    day = datetime.strptime(told["Tag"], "%d.%m.%y").replace(tzinfo=UTC).date().isoformat()
    values = {one["day"][:10]: one["value"] for one in specification["data"]["values"]}
    assert told["Anteil bestanden"] == f"{values[day]:.0%}"
    ours = ("charts", "vega", "script-src")
    assert [one for one in page.evaluate("window.refused") if any(name in one for name in ours)] == []
    page.context.close()


def strictly(route: Route) -> None:
    """Answer with the portal's page, and a policy stricter than the portal's."""
    response = route.fetch()
    route.fulfill(response=response, headers={**response.headers, "content-security-policy": STRICT})


def test_without_scripts_the_page_is_whole(browser: Browser, site: Site) -> None:
    context = browser.new_context(locale="de-DE", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.url}/quality")
    for picture in page.locator(".herne-chart img").all():
        box = picture.bounding_box()
        assert box
        assert box["width"] > 200
        assert "niedrigster Wert" in (picture.get_attribute("alt") or "")
    page.get_by_label("Ergebnis").select_option("Mit Fehlern")
    page.get_by_role("button", name="Filtern").click()
    assert page.locator(".herne-entries tbody tr").count() == 1
    page.get_by_role("link", name="Titel").click()
    assert page.url.endswith("state=violations&sort=title#entries")
    assert page.locator("th[aria-sort=ascending]").inner_text().startswith("Titel")
    context.close()


def test_the_table_is_worked_by_keyboard(reader: Page, site: Site) -> None:
    reader.goto(f"{site.url}/quality")
    reader.get_by_role("link", name="MQA-Punkte").focus()
    reader.keyboard.press("Enter")
    reader.wait_for_url("**sort=-mqa#entries")
    reader.locator(".herne-wide").last.focus()
    assert reader.evaluate("document.activeElement.getAttribute('aria-labelledby')") == "entries-caption"
