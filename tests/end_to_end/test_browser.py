"""The portal in a real browser: pictures to look at, a steward's way, and a session that ends at logout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests
from herne_testing.portal import PICTURES

if TYPE_CHECKING:
    from herne_testing.portal import Portal
    from playwright.sync_api import Page

pytestmark = pytest.mark.needs("browser")


def _login(page: Page, portal: Portal) -> None:
    page.goto(f"{portal.url}/user/login")
    page.fill("#field-login", portal.admin)
    page.fill("#field-password", portal.password)
    page.press("#field-password", "Enter")
    page.wait_for_url("**/dashboard/**")


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", ["/", "/dataset/", "/organization/stadt-herne"])
def test_pages_fit_the_screen_and_say_demo(page: Page, portal: Portal, path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(portal.url + path)
    PICTURES.mkdir(parents=True, exist_ok=True)
    name = path.strip("/").replace("/", "-") or "start"
    page.screenshot(path=PICTURES / f"{name}-{width}.png", full_page=True)
    assert page.locator("html").get_attribute("lang") == "de"
    assert "erfunden" in page.inner_text("body")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_steward_publishes_a_dataset_and_finds_herne_s_defaults(page: Page, portal: Portal) -> None:
    _login(page, portal)
    page.goto(f"{portal.url}/dataset/new")
    page.fill("#field-title", "Zählstellen für Radverkehr")
    page.fill("#field-notes", "Standorte der Zählstellen.")
    page.screenshot(path=PICTURES / "dataset-form.png", full_page=True)
    page.click("form#dataset-edit button[name=save]")
    page.wait_for_url("**/dataset/**/resource/new**")
    dataset = portal.result("package_show", id="zaehlstellen-fuer-radverkehr")
    try:
        assert dataset["license_id"] == "dl-de/zero-2.0"
        assert dataset["private"] is False
    finally:
        portal.result("dataset_purge", id=dataset["id"])


def test_a_session_ends_at_logout(page: Page, portal: Portal) -> None:
    _login(page, portal)
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    dashboard = f"{portal.url}/dashboard/datasets"
    assert requests.get(dashboard, cookies=cookies, timeout=30, allow_redirects=False).status_code == 200
    page.goto(f"{portal.url}/user/_logout")
    if page.locator("form[action*=logout] button").count():
        page.click("form[action*=logout] button")
    assert requests.get(dashboard, cookies=cookies, timeout=30, allow_redirects=False).status_code != 200
