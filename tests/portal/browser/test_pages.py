"""Pages in a real browser: series and services, barriers, narrow screens."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from herne_testing.live import open_sections, press

if TYPE_CHECKING:
    from herne_testing.live import Site
    from playwright.sync_api import Page

pytestmark = pytest.mark.needs("browser")

PAGES = {
    "start": "/",
    "search": "/dataset/",
    "dataset": "/dataset/radverkehr",
    "dataset in English": "/en/dataset/radverkehr",
    "resource": "RESOURCE",
    "series": "/dataset_series/rad-jaehrlich",
    "service": "/data_service/wfs-verkehr",
    "organization": "/organization/stadt-herne",
    "organization's own page": "/organization/about/stadt-herne",
    "form of a dataset": "/dataset/new",
    "form of a series": "/dataset_series/new",
    "form of a service": "/data_service/new",
    "form of a resource": "/dataset/radverkehr/resource/new",
    "dataset being edited": "/dataset/edit/radverkehr",
}


@pytest.fixture(scope="module")
def content(site: Site) -> dict[str, Any]:
    """A series, a dataset that says much, and a service, made by the API."""
    from ckan.tests import factories, helpers

    site.announce()
    user = {"user": factories.Sysadmin(image_url="")["name"], "ignore_auth": False}

    def create(**values: Any) -> dict[str, Any]:
        created: dict[str, Any] = helpers.call_action("package_create", user, **values)
        return created

    create(type="dataset_series", name="rad-jaehrlich", title="Rad, jährlich", notes="Je Jahr einer.")
    create(type="dataset_series", name="leer", title="Noch leer", notes="Kommt.")
    dataset = create(
        name="radverkehr",
        title="Radverkehr an Dauerzählstellen",
        title_translated={"en": "Bicycle counts"},
        notes="Stundenwerte.",
        theme=["TRAN"],
        in_series=["rad-jaehrlich"],
        hvd="true",
        hvd_category=["http://data.europa.eu/bna/c_b79e35eb"],
        license_id="dl-de/by-2.0",
        license_attribution_by_text="Stadt Herne, Verkehr",
        provenance=["Gezählt", "https://herne.de/rad"],
        creator=[{"name": "Tiefbau", "email": "tiefbau@herne.de"}],
        further_statements=[{"property": "http://purl.org/dc/terms/audience", "value": "alle"}],
        resources=[{"url": "https://herne.de/a.csv", "name": "Werte", "format": "CSV"}],
    )
    create(name="luftbilder", title="Luftbilder", notes="Nicht offen.", license_id="cc-by-nc/4.0",
           license_attribution_by_text="Stadt Herne")  # fmt: skip
    create(
        type="data_service",
        name="wfs-verkehr",
        title="WFS Verkehr",
        notes="Geodaten.",
        endpoint_url=["https://geo.herne.de/wfs"],
        endpoint_description=["https://geo.herne.de/wfs?REQUEST=GetCapabilities"],
        serves_dataset=["radverkehr"],
    )
    return dataset


def address(site: Site, content: dict[str, Any], path: str) -> str:
    resource = f"/dataset/radverkehr/resource/{content['resources'][0]['id']}"
    return site.url + path.replace("RESOURCE", resource)


@pytest.mark.parametrize("name", PAGES)
def test_no_serious_barriers(steward: Page, site: Site, content: dict[str, Any], name: str) -> None:
    axe = pytest.importorskip("axe_playwright_python")
    steward.goto(address(site, content, PAGES[name]))
    open_sections(steward) if "form" in name else None
    steward.evaluate((Path(axe.__file__).parent / "axe.min.js").read_text("utf-8"))
    found = steward.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    barriers = [
        (entry["id"], [node["html"] for node in entry["nodes"]])
        for entry in found
        if entry["impact"] in ("serious", "critical")
    ]
    assert barriers == []


@pytest.mark.parametrize("name", PAGES)
def test_pages_fit_a_phone(steward: Page, site: Site, content: dict[str, Any], name: str) -> None:
    steward.set_viewport_size({"width": 390, "height": 844})
    try:
        steward.goto(address(site, content, PAGES[name]))
        assert steward.evaluate("document.documentElement.scrollWidth") <= 390
    finally:
        steward.set_viewport_size({"width": 1280, "height": 900})


def test_a_dataset_page_tells_what_is_known_and_nothing_else(
    steward: Page, site: Site, content: dict[str, Any]
) -> None:
    steward.goto(site.url + "/dataset/radverkehr")
    rows = steward.locator(".herne-facts tr:has(td)")
    assert all(row.locator("td").inner_text().strip() for row in rows.all())
    groups = steward.locator(".herne-facts-group").all_inner_texts()
    assert "Raumbezug" in groups
    assert len(groups) == len(set(groups))
    assert steward.locator("h1 .herne-hvd").inner_text() == "HVD"
    further = steward.locator("details", has_text="Weitere Angaben aus der Quelle")
    assert further.get_attribute("open") is None
    assert "1 Angabe" in further.inner_text()
    assert (
        steward.get_by_role("link", name="Rad, jährlich").get_attribute("href")
        == "/dataset_series/rad-jaehrlich"
    )
    assert (
        steward.get_by_role("link", name="WFS Verkehr").get_attribute("href") == "/data_service/wfs-verkehr"
    )
    file = steward.locator(".herne-resource")
    assert "Namensnennung" in file.inner_text()
    assert "Stadt Herne, Verkehr" in file.inner_text()


def test_a_page_speaks_the_visitors_language(steward: Page, site: Site, content: dict[str, Any]) -> None:
    steward.goto(site.url + "/en/dataset/radverkehr")
    assert "Bicycle counts" in steward.locator("h1").inner_text()
    assert steward.locator("div[lang=de] .notes").inner_text() == "Stundenwerte."


def test_a_closed_licence_is_not_hidden(steward: Page, site: Site, content: dict[str, Any]) -> None:
    steward.goto(site.url + "/dataset/luftbilder")
    assert "schränkt die Nutzung ein" in steward.locator(".herne-closed").inner_text()
    steward.goto(site.url + "/dataset/radverkehr")
    assert steward.locator(".herne-closed").count() == 0


def test_the_search_shows_types_and_filters_by_them(
    steward: Page, site: Site, content: dict[str, Any]
) -> None:
    steward.goto(site.url + "/dataset/")
    assert sorted(steward.locator(".dataset-item .herne-type").all_inner_texts()) == [
        "Dienst",
        "Serie",
        "Serie",
    ]
    assert "Art" in steward.locator(".module-heading").last.inner_text()
    steward.locator("a[href*='dataset_type=dataset_series']").click()
    steward.wait_for_url("**dataset_type=dataset_series**")
    assert set(steward.locator(".dataset-item .herne-type").all_inner_texts()) == {"Serie"}


def test_an_address_can_be_copied(steward: Page, site: Site, content: dict[str, Any]) -> None:
    steward.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.url)
    steward.goto(site.url + "/data_service/wfs-verkehr")
    button = steward.get_by_role("button", name="Adresse kopieren")
    button.focus()
    steward.keyboard.press("Enter")
    steward.get_by_text("Kopiert").wait_for()
    assert steward.evaluate("navigator.clipboard.readText()") == "https://geo.herne.de/wfs"


def test_an_organization_says_who_it_is(steward: Page, site: Site, content: dict[str, Any]) -> None:
    from ckan.tests import factories, helpers

    helpers.call_action(
        "organization_patch",
        {"user": factories.Sysadmin(image_url="")["name"], "ignore_auth": False},
        id="stadt-herne",
        email="opendata@herne.de",
        url="https://www.herne.de",
        publisher_type="LocalAuthority",
    )
    for path in ("/organization/stadt-herne", "/organization/about/stadt-herne"):
        steward.goto(site.url + path)
        text = steward.locator(".herne-belongs").first.inner_text()
        assert "Kommunalverwaltung" in text
        assert "opendata@herne.de" in text
        assert "https://www.herne.de" in text


def test_a_series_its_dataset_and_a_service_are_made_in_the_browser(
    steward: Page, site: Site, content: dict[str, Any]
) -> None:
    steward.goto(site.url + "/dataset/")
    steward.get_by_text("Etwas anderes").click()
    steward.get_by_role("link", name="Serie hinzufügen").click()
    steward.fill("#field-title", "Baumkataster nach Jahren")
    steward.fill("#field-notes", "Der Stand am Jahresende.")
    press(steward)
    assert steward.url.endswith("/dataset_series/baumkataster-nach-jahren")
    assert "noch kein Datensatz" in steward.locator(".herne-members").inner_text()

    steward.get_by_role("link", name="Datensatz zu dieser Serie hinzufügen").click()
    assert steward.get_by_role("checkbox", name="Baumkataster nach Jahren").is_checked()
    steward.fill("#field-title", "Baumkataster 2025")
    steward.fill("#field-notes", "Alle Straßenbäume.")
    press(steward)
    steward.fill("#field-url", "https://www.herne.de/baeume-2025.csv")
    press(steward)
    assert steward.url.endswith("/dataset/baumkataster-2025")
    steward.get_by_role("link", name="Baumkataster nach Jahren").click()
    assert steward.locator(".herne-members li").all_inner_texts()[0].startswith("Baumkataster 2025")

    steward.goto(site.url + "/data_service/new")
    steward.fill("#field-title", "WFS Bäume")
    steward.fill("#field-notes", "Alle Bäume als Geodaten.")
    steward.fill("#field-endpoint_url", "https://geo.herne.de/wfs/baeume")
    open_sections(steward)
    steward.get_by_role("checkbox", name="Baumkataster 2025").check()
    press(steward)
    assert steward.url.endswith("/data_service/wfs-baeume")
    steward.locator(".herne-access").get_by_role("link", name="Baumkataster 2025").click()
    assert steward.get_by_role("link", name="WFS Bäume").is_visible()


def test_one_csv_is_public_and_licensed_after_six_interactions(
    steward: Page, site: Site, content: dict[str, Any]
) -> None:
    from ckan.tests import helpers

    steward.goto(site.url + "/dataset/")
    done = 0
    steward.get_by_role("link", name="Datensatz hinzufügen").click()
    done += 1
    steward.fill("#field-title", "Eine Tabelle")
    done += 1
    steward.fill("#field-notes", "Mit zwei Spalten.")
    done += 1
    steward.get_by_role("button", name="Weiter: Daten hinzufügen").click()
    done += 1
    csv = {"name": "tabelle.csv", "mimeType": "text/csv", "buffer": b"a;b\n1;2\n"}
    steward.set_input_files("#field-upload", csv)
    done += 1
    steward.get_by_role("button", name="Veröffentlichen").click()
    done += 1
    steward.wait_for_url("**/dataset/eine-tabelle")
    assert done <= 6
    stored = helpers.call_action("package_show", {"user": "", "ignore_auth": False}, id="eine-tabelle")
    assert stored["license_id"] == "dl-de/zero-2.0"
    assert stored["private"] is False
    assert stored["resources"][0]["format"] == "CSV"
