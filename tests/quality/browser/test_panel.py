"""What GovData would say, while somebody types in a real browser."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from herne_testing.live import form, main_button, open_sections, press, typed
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from herne_testing.live import Site
    from playwright.sync_api import Browser, Page, Request, Route

pytestmark = pytest.mark.needs("browser")

CHECK = re.compile(r"/quality/check/")
FORMS = [
    "/dataset/new",
    "/dataset_series/new",
    "/data_service/new",
    "/dataset/edit/radverkehr",
    "/dataset/radverkehr/resource/new",
]


@pytest.fixture(scope="module")
def dataset(site: Site) -> dict[str, Any]:
    """A dataset with which nothing is wrong."""
    from ckan.tests import factories, helpers

    site.announce()
    created: dict[str, Any] = helpers.call_action(
        "package_create",
        {"user": factories.Sysadmin(image_url="")["name"], "ignore_auth": False},
        name="radverkehr",
        title="Radverkehr",
        notes="Stundenwerte",
        resources=[{"url": "https://herne.de/a.csv", "name": "Werte", "format": "CSV"}],
    )
    return created


@pytest.fixture
def asked(steward: Page) -> Iterator[list[Request]]:
    """The checks that the page asked for, as they go on."""
    requests: list[Request] = []

    def note(request: Request) -> None:
        if CHECK.search(request.url):
            requests.append(request)

    steward.on("request", note)
    yield requests
    steward.remove_listener("request", note)
    steward.unroute_all(behavior="ignoreErrors")


def opened(page: Page, address: str) -> Page:
    """The page with the first check's answer."""
    page.goto(address)
    page.wait_for_selector("[data-herne-summary]")
    return page


def fill(page: Page, name: str, value: str) -> None:
    """Type into a control, also what the browser's own checks would not take."""
    control = form(page).locator(f'[name="{name}"]')
    control.evaluate("c => { if (['date', 'url', 'email'].includes(c.type)) c.type = 'text'; }")
    control.fill(value)


def notes_at(page: Page, name: str) -> list[str]:
    """The texts that describe a control, as a screen reader gets them."""
    control = form(page).locator(f'[name="{name}"]')
    ids = (control.get_attribute("aria-describedby") or "").split()
    return [page.locator(f'[id="{one}"]').inner_text() for one in ids if one.startswith("herne-note")]


def settled(page: Page, requests: list[Request], number: int) -> None:
    """Wait until so many checks were asked for and answered, and no more come."""
    page.wait_for_timeout(900)
    page.wait_for_load_state("networkidle")
    assert len(requests) == number


def test_a_mistake_is_told_at_its_field_and_goes_when_mended(
    steward: Page, site: Site, dataset: dict[str, Any]
) -> None:
    opened(steward, site.url + "/dataset/edit/radverkehr")
    open_sections(steward)
    control = form(steward).locator('[name="url"]')
    fill(steward, "url", "irgendwo")
    expect(control).to_have_attribute("aria-invalid", "true")
    (said,) = notes_at(steward, "url")
    assert "irgendwo" in said or "https://" in said
    assert said in steward.locator(".herne-notes-wrong").inner_text()
    expect(steward.locator(".herne-check-line")).to_contain_text("1 ")

    fill(steward, "url", "https://www.herne.de/rad")
    expect(steward.locator(".herne-notes-wrong")).to_have_count(0)
    assert notes_at(steward, "url") == []
    assert control.get_attribute("aria-invalid") is None
    assert control.get_attribute("aria-describedby") == "field-url-help" or not control.get_attribute(
        "aria-describedby"
    )


def test_what_the_last_save_found_goes_when_mended(
    steward: Page, site: Site, dataset: dict[str, Any]
) -> None:
    opened(steward, site.url + "/dataset/edit/radverkehr")
    open_sections(steward)
    fill(steward, "url", "irgendwo")
    press(steward)
    steward.wait_for_selector("[data-herne-summary]")
    field = form(steward).locator('[data-herne-field="url"]').first
    error = field.locator(".herne-error")
    assert error.is_visible()
    assert field.locator(".herne-note").count() == 0, "said twice"
    fill(steward, "url", "https://www.herne.de/rad")
    expect(error).to_have_count(0)
    assert field.locator("[aria-invalid]").count() == 0
    fill(steward, "url", "anderswo")
    expect(field.locator(".herne-note-wrong")).to_have_count(1)


def test_nobody_is_blamed_for_a_form_they_have_just_opened(steward: Page, site: Site) -> None:
    opened(steward, site.url + "/dataset/new")
    missing = steward.locator(".herne-notes-missing")
    assert "Titel" in missing.inner_text()
    assert "Beschreibung" in missing.inner_text()
    assert steward.locator(".herne-notes-wrong, .herne-note-wrong, [aria-invalid]").count() == 0
    assert notes_at(steward, "title") == []

    steward.focus("#field-title")
    steward.keyboard.press("Tab")
    assert len(notes_at(steward, "title")) == 1
    assert steward.locator("[aria-invalid]").count() == 0
    steward.fill("#field-title", "Radverkehr")
    expect(missing).not_to_contain_text("Titel")
    assert notes_at(steward, "title") == []


def test_recommendations_stand_at_their_fields_without_a_link_to_blame(
    steward: Page, site: Site, dataset: dict[str, Any]
) -> None:
    opened(steward, site.url + "/dataset/edit/radverkehr")
    assert len(notes_at(steward, "tag_string")) == 1
    fill(steward, "tag_string", "rad, zählung")
    expect(form(steward).locator('[data-herne-field="tag_string"] .herne-note')).to_have_count(0)


def test_a_note_leads_to_its_field_by_keyboard(steward: Page, site: Site, dataset: dict[str, Any]) -> None:
    opened(steward, site.url + "/dataset/edit/radverkehr")
    section = steward.locator("#group-themes")
    assert section.get_attribute("open") is None
    steward.locator(".herne-check-line a").focus()
    steward.keyboard.press("Enter")
    assert steward.evaluate("document.activeElement.id") == "herne-check-title"
    for _step in range(30):
        steward.keyboard.press("Tab")
        if steward.evaluate("document.activeElement.hash") == "#field-theme":
            break
    steward.keyboard.press("Enter")
    assert section.get_attribute("open") is not None
    assert steward.evaluate("document.activeElement.id") == "field-theme"
    note = steward.evaluate("document.activeElement.getAttribute('aria-describedby')").split()[0]
    assert steward.locator(f"#{note}").is_visible()


def test_a_link_from_another_page_opens_the_section(
    steward: Page, site: Site, dataset: dict[str, Any]
) -> None:
    steward.goto(site.url + "/dataset/edit/radverkehr#field-theme")
    steward.wait_for_function("document.activeElement.id === 'field-theme'")
    assert steward.locator("#group-themes").get_attribute("open") is not None


def test_nothing_is_asked_twice(
    steward: Page, site: Site, dataset: dict[str, Any], asked: list[Request]
) -> None:
    opened(steward, site.url + "/dataset/edit/radverkehr")
    settled(steward, asked, 1)
    steward.locator("#group-themes > summary").click()
    steward.focus("#field-title")
    steward.keyboard.press("Tab")
    settled(steward, asked, 1)
    steward.focus("#field-title")
    steward.keyboard.type("x", delay=10)
    steward.keyboard.press("Backspace")
    settled(steward, asked, 1)
    steward.locator("#field-title").press_sequentially(" an Dauerzählstellen", delay=30)
    settled(steward, asked, 2)


def test_a_late_answer_does_not_win(
    steward: Page, site: Site, dataset: dict[str, Any], asked: list[Request]
) -> None:
    opened(steward, site.url + "/dataset/edit/radverkehr")
    held: list[Route] = []
    steward.route(CHECK, lambda route: held.append(route) if not held else route.continue_())
    steward.fill("#field-title", "")
    while not held:
        steward.wait_for_timeout(50)
    steward.fill("#field-title", "Doch ein Titel")
    steward.wait_for_timeout(900)
    steward.wait_for_load_state("networkidle")
    held[0].abort()
    steward.wait_for_timeout(200)
    assert steward.locator(".herne-notes-missing").count() == 0
    assert steward.locator("[data-herne-trouble]").is_hidden()


def test_a_screen_reader_hears_changes_alone(steward: Page, site: Site, dataset: dict[str, Any]) -> None:
    opened(steward, site.url + "/dataset/edit/radverkehr")
    status = form(steward).locator(".herne-check-line [role=status]")
    assert status.inner_text() == steward.locator("[data-herne-summary]").inner_text()
    steward.evaluate(
        """() => {
            window.spoken = [];
            const status = document.querySelector('.herne-check-line [role=status]');
            new MutationObserver(() => window.spoken.push(status.textContent))
                .observe(status, {childList: true, characterData: true, subtree: true});
        }"""
    )
    for text in ("Radverkehr 1", "Radverkehr 12"):
        with steward.expect_response(CHECK):
            steward.fill("#field-title", text)
    assert steward.evaluate("window.spoken") == []
    with steward.expect_response(CHECK):
        steward.fill("#field-title", "")
    steward.wait_for_function("window.spoken.length === 1")
    regions = steward.locator(
        "#herne-check [aria-live], #herne-check [role=status], #herne-check [role=alert]"
    )
    assert regions.count() == 0


@pytest.mark.parametrize("status", [400, 403, 404, 429, 500, 502, None])
def test_trouble_costs_nothing_that_was_typed(
    steward: Page, site: Site, dataset: dict[str, Any], asked: list[Request], status: int | None
) -> None:
    opened(steward, site.url + "/dataset/edit/radverkehr")
    told = steward.locator("[data-herne-notes]").inner_text()

    def answer(route: Route) -> None:
        if status is None:
            route.abort()
        else:
            route.fulfill(status=status, headers={"Retry-After": "60"}, body="<h1>Fehler</h1>")

    steward.route(CHECK, answer)
    open_sections(steward)
    fill(steward, "notes", "Stundenwerte, neu gefasst.")
    fill(steward, "url", "https://www.herne.de/neu")
    before = typed(steward)
    trouble = steward.locator("[data-herne-trouble]")
    expect(trouble).to_be_visible()
    assert "stays as it is" in trouble.inner_text() or "wie" in trouble.inner_text()
    assert "Fehler" not in trouble.inner_text()
    assert typed(steward) == before
    assert steward.locator("[data-herne-notes]").inner_text() == told
    assert main_button(steward).is_enabled()

    steward.unroute(CHECK)
    steward.wait_for_timeout(300)
    assert typed(steward) == before


def test_the_check_backs_off_and_comes_back(
    steward: Page, site: Site, dataset: dict[str, Any], asked: list[Request]
) -> None:
    opened(steward, site.url + "/dataset/edit/radverkehr")
    steward.route(CHECK, lambda route: route.fulfill(status=429, headers={"Retry-After": "2"}, body=""))
    fill(steward, "notes", "Eins.")
    expect(steward.locator("[data-herne-trouble]")).to_be_visible()
    number = len(asked)
    fill(steward, "notes", "Zwei.")
    steward.wait_for_timeout(1000)
    assert len(asked) == number, "asked again before the server wants it"
    steward.unroute(CHECK)
    expect(steward.locator("[data-herne-trouble]")).to_be_hidden(timeout=5000)
    assert "Zwei." in (asked[-1].post_data or "")


@pytest.mark.parametrize("path", FORMS)
def test_every_form_has_the_panel(steward: Page, site: Site, dataset: dict[str, Any], path: str) -> None:
    opened(steward, site.url + path)
    assert steward.locator(".herne-notes li").count() >= 1
    for link in steward.locator(".herne-notes a[href^='#']").all():
        target = (link.get_attribute("href") or "").removeprefix("#")
        assert steward.locator(f'[id="{target}"]').count() == 1, target


def test_a_chosen_file_counts_and_stays_here(
    steward: Page, site: Site, dataset: dict[str, Any], asked: list[Request]
) -> None:
    opened(steward, site.url + "/dataset/radverkehr/resource/new")
    assert steward.locator(".herne-notes-missing a[href='#field-url']").count() == 1
    content = b"Jahr;Wert\n" + b"2024;1\n" * 100_000
    steward.set_input_files("#field-upload", {"name": "werte.csv", "mimeType": "text/csv", "buffer": content})
    expect(steward.locator(".herne-notes-missing")).to_have_count(0)
    assert "Format" not in steward.locator(".herne-notes").inner_text()
    assert len(asked[-1].post_data_buffer or b"") < 20_000
    assert steward.evaluate("document.querySelector('#field-upload').files.length") == 1


def test_an_entry_added_by_button_is_checked(steward: Page, site: Site, dataset: dict[str, Any]) -> None:
    opened(steward, site.url + "/dataset/edit/radverkehr")
    open_sections(steward)
    box = form(steward).locator('fieldset[data-herne-field="contact"]')
    box.get_by_role("button", name="hinzufügen").click()
    steward.keyboard.type("Amt 2")
    fill(steward, "contact-1-email", "keine")
    expect(form(steward).locator('[name="contact-1-email"]')).to_have_attribute("aria-invalid", "true")
    box.get_by_role("button", name="Entfernen").last.click()
    expect(steward.locator(".herne-notes-wrong")).to_have_count(0)


def test_the_panel_speaks_the_pages_language(steward: Page, site: Site, dataset: dict[str, Any]) -> None:
    opened(steward, site.url + "/en/dataset/edit/radverkehr")
    assert "What GovData would say" in steward.locator("#herne-check").inner_text()
    assert "Enter at least one" in steward.locator("#herne-check").inner_text() or (
        "missing (recommended)" in steward.locator("#herne-check").inner_text()
    )


def test_without_scripts_the_panel_is_not_there(
    site: Site, browser: Browser, dataset: dict[str, Any]
) -> None:
    context = browser.new_context(locale="de-DE", java_script_enabled=False)
    page = context.new_page()
    site.log_in(page)
    page.goto(site.url + "/dataset/edit/radverkehr")
    assert page.locator("#herne-check").is_hidden()
    assert main_button(page).is_visible()
    context.close()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", FORMS)
def test_no_barriers_with_notes_shown(
    steward: Page, site: Site, dataset: dict[str, Any], path: str, width: int
) -> None:
    axe = pytest.importorskip("axe_playwright_python")
    steward.set_viewport_size({"width": width, "height": 900})
    try:
        opened(steward, site.url + path)
        open_sections(steward)
        fill(steward, "issued", "gestern")
        steward.wait_for_selector(".herne-note-wrong")
        assert steward.evaluate("document.documentElement.scrollWidth") <= width
        steward.evaluate((Path(axe.__file__).parent / "axe.min.js").read_text("utf-8"))
        found = steward.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
        serious = [entry for entry in found if entry["impact"] in ("serious", "critical")]
        assert [(entry["id"], [node["html"] for node in entry["nodes"]]) for entry in serious] == []
    finally:
        steward.set_viewport_size({"width": 1280, "height": 900})
