"""The harvest pages in a real browser: barriers, narrow screens, keyboard, progress without reload."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ckan import model
from ckanext.herne.harvest.model import run_table
from herne_testing import harvesting
from herne_testing.harvesting import COUNTS, PLAN, made_run, made_source, remember
from herne_testing.portal import PICTURES

if TYPE_CHECKING:
    from herne_testing.live import Site
    from playwright.sync_api import Page

pytestmark = pytest.mark.needs("browser")

OWNER = "stadt-herne"
PAGES = {
    "overview": "/harvest",
    "overview-en": "/en/harvest",
    "nothing": "/harvest?q=gibtesnicht",
    "source": "/harvest/statistik",
    "source-en": "/en/harvest/statistik",
    "new": "/harvest/neu",
    "running": "/harvest/laufend",
    "asks": "/harvest/fragend",
    "form": "/harvest/new",
    "form-en": "/en/harvest/new",
    "edit": "/harvest/edit/statistik",
    "report": "/harvest/statistik/job/{report}",
    "report-en": "/en/harvest/statistik/job/{report}",
    "dry": "/harvest/statistik/job/{dry}",
}


@pytest.fixture(scope="module")
def runs(site: Site) -> dict[str, str]:
    """Sources in several states; the ids of a run and a dry run."""
    harvesting.forget()
    now = datetime.now(UTC)
    owner = model.Group.get(OWNER).id
    for name in ("statistik", "neu", "laufend", "fragend"):
        made_source(name, owner, title=f"Quelle {name}")
    good = model.Package.get("statistik").id
    for days in range(25, 0, -1):
        counts = {"create": days % 4, "change": days % 7, "unchanged": 40, "errors": days % 3}
        made_run(good, "partial" if days % 3 else "ok", now - timedelta(days=days), counts=counts)
    remember(good, last_success=now)
    errors = [
        {"guid": "g-bad", "title": "Kitas", "problem": "Blatt 2: Spalte B hat keinen Namen. Bitte ergänzen"}
    ]
    counts = COUNTS | {"errors": 1}
    report = made_run(good, "partial", now, plan={**PLAN, "errors": errors}, counts=counts)
    dry = made_run(good, "ok", now - timedelta(hours=1), plan=PLAN, counts=COUNTS, kind="plan")
    made_run(model.Package.get("laufend").id, None, now, done=30, total=120)
    why = "9 von 10 Datensätzen sind nicht mehr an der Quelle. Nichts wurde geändert"
    made_run(model.Package.get("fragend").id, "asks", now, plan=PLAN, message=why)
    return {"report": report, "dry": dry}


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", PAGES)
def test_no_barriers_and_no_overflow(
    steward: Page, site: Site, runs: dict[str, str], name: str, width: int
) -> None:
    axe = pytest.importorskip("axe_playwright_python")
    steward.set_viewport_size({"width": width, "height": 900})
    steward.goto(site.url + PAGES[name].format(**runs))
    if name.startswith("source"):
        steward.wait_for_function("() => document.querySelectorAll('.herne-chart svg').length === 3")
    steward.evaluate("document.querySelectorAll('.main details').forEach(d => { d.open = true; })")
    steward.evaluate((Path(axe.__file__).parent / "axe.min.js").read_text("utf-8"))
    found = steward.evaluate("axe.run('.main', {resultTypes: ['violations']})")["violations"]
    assert [(entry["id"], [node["html"] for node in entry["nodes"]]) for entry in found] == []
    assert steward.evaluate("document.documentElement.scrollWidth") <= width
    PICTURES.mkdir(parents=True, exist_ok=True)
    steward.screenshot(path=PICTURES / f"harvest-{name}-{width}.png", full_page=True)


def test_progress_is_shown_without_reload_and_its_end_too(
    steward: Page, site: Site, runs: dict[str, str]
) -> None:
    steward.goto(f"{site.url}/harvest/laufend")
    assert steward.locator("progress").get_attribute("value") == "30"
    steward.evaluate("window.isTheSamePage = true")
    change(stage="apply", done=90)
    steward.wait_for_function("() => document.querySelector('progress').value === 90")
    assert steward.evaluate("window.isTheSamePage")
    change(stage="done", outcome="ok", finished=datetime.now(UTC))
    steward.wait_for_selector("[data-herne-progress]", state="detached")
    assert steward.locator("#last").is_visible()


def change(**values: Any) -> None:
    source = model.Package.get("laufend").id
    model.Session.execute(run_table.update().where(run_table.c.source_id == source).values(**values))
    model.Session.commit()


def test_buttons_are_reached_and_named_by_keyboard(steward: Page, site: Site, runs: dict[str, str]) -> None:
    steward.goto(f"{site.url}/harvest/neu")
    steward.locator(".herne-harvest-buttons button").first.focus()
    names = []
    for _number in range(4):
        names.append(steward.evaluate("document.activeElement.textContent.trim()"))
        steward.keyboard.press("Tab")
    assert names == [
        steward.locator(f".herne-harvest-buttons >> nth=0 >> .btn >> nth={number}").inner_text().strip()
        for number in range(4)
    ]
    assert len(set(names)) == 4


def test_a_source_is_made_after_its_mistake_was_named(
    steward: Page, site: Site, runs: dict[str, str]
) -> None:
    steward.goto(f"{site.url}/harvest/new")
    steward.fill("#field-title", "Luft am Bahnhof")
    steward.check("#kind-herne_sensorthings")
    steward.fill("#field-url", "https://sensoren.example/v1.1")
    steward.fill("#field-config", "domain: air_quality\npriority: hoch")
    steward.press("#save", "Enter")
    summary = steward.locator(".herne-source-form [role=alert]")
    assert "nicht gespeichert" in summary.inner_text()
    assert "2" in summary.locator("li", has_text="Konfiguration").inner_text()
    assert steward.input_value("#field-config") == "domain: air_quality\npriority: hoch"
    assert steward.is_checked("#kind-herne_sensorthings")
    steward.screenshot(path=PICTURES / "harvest-form-mistake.png", full_page=True)
    assert summary.locator("a", has_text="Konfiguration").get_attribute("href") == "#field-config"
    steward.fill("#field-config", "domain: air_quality\npriority: 2")
    steward.press("#save", "Enter")
    steward.wait_for_url("**/harvest/luft-am-bahnhof*")
    assert steward.locator(".herne-harvest-buttons button", has_text="Probelauf").is_visible()
