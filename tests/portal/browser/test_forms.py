"""The forms in a real browser: what stands open, what is said about a mistake, where the focus goes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from herne_testing.live import CONTROLS, form, main_button, open_controls, open_sections, press, typed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from herne_testing.live import Site
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.needs("browser")

FORMS = ["/dataset/new", "/dataset_series/new", "/data_service/new"]
SCREENS = [(1280, 900), (390, 844)]
MOBILITY = "http://data.europa.eu/bna/c_b79e35eb"

# Control, what somebody might type into it by mistake, and its label in the summary (German, English).
MISTAKES = [
    ("title", "", "Titel", "Title"),
    ("notes", "", "Beschreibung", "Description"),
    ("temporal_resolution", "bald", "Zeitliche Auflösung", "Time step of the data"),
    ("spatial_resolution_in_meters", "viel", "Räumliche Auflösung in Metern", "Spatial resolution in metres"),
    ("temporal_coverage-0-end", "1999-01-01", "Zeitraum der Daten", "Period of time covered"),
    ("contact-0-email", "keine", "Kontakt", "Contact"),
    ("publisher-0-url", "herne punkt de", "Herausgeber", "Publisher"),
    ("documentation", "kein Link", "Dokumente", "Documents"),
    ("url", "irgendwo", "Webseite dazu", "Landing page"),
    ("name", "Ä!", "Adresse der Seite", "Address of the page"),
    ("issued", "gestern", "Veröffentlicht am", "Published on"),
]
MISTAKES_OF_A_FILE = [
    ("url", "javascript:alert(1)", "Datei oder Link", "File or link"),
    ("compress_format", "gepackt", "Komprimierung", "Compression"),
    ("issued", "31.02.2025", "Veröffentlicht am", "Published on"),
    ("download_url", "nirgends", "Direkter Download", "Direct download"),
    ("spatial_resolution_in_meters", "viel", "Räumliche Auflösung in Metern", "Spatial resolution in metres"),
]
MISTAKES_OF_A_SERVICE = [
    ("title", "", "Titel", "Title"),
    ("endpoint_url", "", "Adresse des Dienstes", "Address of the service"),
    ("endpoint_description", "hinten links", "Beschreibung für Programme", "Description for programs"),
    ("contact-0-email", "keine", "Kontakt", "Contact"),
]
MISTAKES_OF_AN_ORGANIZATION = [
    ("url", "herne punkt de", "Webseite", "Website"),
    ("email", "keine", "E-Mail für Fragen", "E-mail for questions"),
    ("contact_url", "nebenan", "Kontaktformular", "Contact form"),
]


@pytest.fixture(scope="module")
def dataset(site: Site) -> dict[str, Any]:
    from ckan.tests import factories, helpers

    site.announce()

    created: dict[str, Any] = helpers.call_action(
        "package_create",
        {"user": factories.Sysadmin(image_url="")["name"], "ignore_auth": False},
        name="radverkehr",
        title="Radverkehr",
        notes="Stundenwerte",
        contact=[{"name": "Amt 1", "email": "eins@herne.de"}, {"name": "Amt 2", "email": "zwei@herne.de"}],
        resources=[{"url": "https://herne.de/a.csv", "name": "Werte", "format": "CSV"}],
    )
    return created


@pytest.fixture
def phone_and_desk(steward: Page, request: pytest.FixtureRequest) -> Iterator[Page]:
    width, height = request.param
    steward.set_viewport_size({"width": width, "height": height})
    yield steward
    steward.set_viewport_size({"width": 1280, "height": 900})


def shown(name: str) -> dict[str, Any]:
    from ckan import model
    from ckan.tests import helpers

    model.Session.rollback()  # this thread may remember what the portal's threads have changed
    found: dict[str, Any] = helpers.call_action("package_show", {"ignore_auth": True}, id=name)
    return found


def contacts(name: str) -> list[tuple[str, str]]:
    return [(entry["name"], entry["email"]) for entry in shown(name)["contact"]]


def fill(page: Page, name: str, value: str) -> None:
    """Type into a control, also what the browser's date picker would not take."""
    control = form(page).locator(f'[name="{name}"]')
    control.evaluate("c => { if (['date', 'url', 'email'].includes(c.type)) c.type = 'text'; }")
    control.fill(value)


@pytest.fixture
def without_scripts(site: Site, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="de-DE", java_script_enabled=False)
    context.set_default_timeout(20_000)
    page = context.new_page()
    site.log_in(page)
    yield page
    context.close()


def test_the_form_works_without_scripts(without_scripts: Page, site: Site) -> None:
    page = without_scripts
    page.goto(site.url + "/dataset/new")
    page.fill("#field-title", "Ohne Skripte")
    page.fill("#field-notes", "Geht auch.")
    page.locator("#group-hvd > summary").click()
    assert page.locator('[data-herne-field="hvd_category"]').is_visible()
    page.locator("#group-roles > summary").click()
    page.fill('[name="creator-0-name"]', "Erstellerin")
    with page.expect_navigation():
        main_button(page).click()
    assert page.locator(".herne-errors").all_inner_texts() == []
    page.wait_for_url("**/resource/new**")
    assert shown("ohne-skripte")["creator"][0]["name"] == "Erstellerin"


@pytest.mark.parametrize("path", [*FORMS, "/dataset/new-resource"])
def test_a_form_opens_with_few_controls(
    steward: Page, site: Site, dataset: dict[str, Any], path: str
) -> None:
    steward.goto(site.url + path.replace("new-resource", "radverkehr/resource/new"))
    names = open_controls(steward)
    assert 3 <= len(names) <= 15, names
    closed = form(steward).locator("details.herne-group:not([open])")
    assert closed.count() >= 4
    for hint in closed.locator(".herne-group-hint").all():
        assert hint.inner_text().strip()


@pytest.mark.parametrize(
    ("path", "required"),
    [
        (FORMS[0], {"title", "notes"}),
        (FORMS[1], {"title", "notes"}),
        (FORMS[2], {"title", "notes", "endpoint_url"}),
    ],
)
def test_required_means_required_in_html(steward: Page, site: Site, path: str, required: set[str]) -> None:
    steward.goto(site.url + path)
    marked = form(steward).locator(":required").evaluate_all("list => list.map(c => c.name)")
    assert set(marked) == required
    for name in required:
        label = form(steward).locator(f'label[for="field-{name}"]')
        assert "(erforderlich)" in label.inner_text()


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize(
    ("path", "mistakes"),
    [
        ("/dataset/new", MISTAKES),
        ("/data_service/new", MISTAKES_OF_A_SERVICE),
        ("/dataset/radverkehr/resource/new", MISTAKES_OF_A_FILE),
    ],
)
def test_every_mistake_is_named_at_its_control(
    steward: Page,
    site: Site,
    dataset: dict[str, Any],
    language: str,
    path: str,
    mistakes: list[tuple[str, ...]],
) -> None:
    steward.goto(site.url + ("/en" if language == "en" else "") + path)
    open_sections(steward)
    if path == "/dataset/new":
        fill(steward, "temporal_coverage-0-start", "2000-01-01")
    if path == "/data_service/new":
        fill(steward, "notes", "N")
    for name, value, *_labels in mistakes:
        fill(steward, name, value)
    press(steward)

    summary = steward.locator(".herne-errors")
    steward.wait_for_function("document.activeElement.matches('.herne-errors')")
    lines = {line.locator("a").inner_text(): line for line in summary.locator("li").all()}
    assert set(lines) == {labels[language == "en"] for _name, _value, *labels in mistakes}
    for name, _value, *labels in mistakes:
        control = form(steward).locator(f'[name="{name}"]')
        assert control.is_visible(), f"{name}: its section is closed"
        assert control.get_attribute("aria-invalid") == "true", name
        described = control.get_attribute("aria-describedby") or ""
        message = steward.locator(f"[id='{described.split()[0]}']").inner_text()
        line = lines[labels[language == "en"]]
        assert message in line.inner_text()
        line.locator("a").click()
        assert steward.evaluate("document.activeElement.name") == name


def test_the_browser_opens_the_section_with_a_mistake(steward: Page, site: Site) -> None:
    steward.goto(site.url + "/dataset/new")
    steward.fill("#field-title", "T")
    steward.fill("#field-notes", "N")
    open_sections(steward)
    steward.fill("#field-contact-0-email", "keine")
    form(steward).evaluate("form => form.querySelectorAll('details').forEach(d => { d.open = false; })")
    main_button(steward).click()
    assert steward.locator("#group-responsible").get_attribute("open") is not None
    assert steward.url.endswith("/dataset/new")


@pytest.fixture
def head_of_office(site: Site) -> Iterator[None]:
    """The steward may edit the organization itself."""
    from ckan.tests import helpers

    def serve_as(capacity: str) -> None:
        helpers.call_action(
            "member_create",
            {"ignore_auth": True},
            id="stadt-herne",
            object=site.user,
            object_type="user",
            capacity=capacity,
        )

    serve_as("admin")
    yield
    serve_as("editor")


@pytest.mark.usefixtures("head_of_office")
@pytest.mark.parametrize("language", ["de", "en"])
def test_mistakes_in_an_organization_are_named(steward: Page, site: Site, language: str) -> None:
    steward.goto(site.url + ("/en" if language == "en" else "") + "/organization/edit/stadt-herne")
    for name, value, *_labels in MISTAKES_OF_AN_ORGANIZATION:
        fill(steward, name, value)
    press(steward)
    lines = steward.locator(".herne-errors li a").all_inner_texts()
    assert lines == [labels[language == "en"] for _name, _value, *labels in MISTAKES_OF_AN_ORGANIZATION]
    assert form(steward).locator('[name="email"]').input_value() == "keine"


@pytest.mark.usefixtures("head_of_office")
@pytest.mark.parametrize("phone_and_desk", SCREENS, indirect=True)
@pytest.mark.parametrize(
    "path",
    [
        *FORMS,
        "/dataset/edit/radverkehr",
        "/dataset/radverkehr/resource/new",
        "/organization/edit/stadt-herne",
    ],
)
def test_the_button_is_in_view_and_hides_nothing(
    phone_and_desk: Page, site: Site, dataset: dict[str, Any], path: str
) -> None:
    page = phone_and_desk
    page.goto(site.url + path)
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]
    open_sections(page)
    height = page.evaluate("document.documentElement.scrollHeight")
    for place in (0, height // 3, 2 * height // 3):
        page.evaluate(f"window.scrollTo(0, {place})")
        box = main_button(page).bounding_box()
        form_box = form(page).bounding_box()
        assert box
        assert form_box
        if form_box["y"] + form_box["height"] > page.viewport_size["height"]:  # type: ignore[index]
            assert box["y"] >= 0
            assert box["y"] + box["height"] <= page.viewport_size["height"]  # type: ignore[index]
    hidden = form(page).evaluate(
        f"""async form => {{
            const bar = form.querySelector('.herne-actions');
            const wait = () => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
            const hidden = [];
            for (const control of form.querySelectorAll('{CONTROLS}, summary')) {{
                if (!control.checkVisibility() || bar.contains(control)) continue;
                const isHidden = () => {{
                    const [box, top] = [control.getBoundingClientRect(), bar.getBoundingClientRect().top];
                    // of a text area the browser keeps the line with the caret in view, here the first one
                    const bottom = control.matches('textarea') ? box.top + 60 : box.bottom;
                    return box.top >= innerHeight || box.top < 0 || (bottom > top + 1 && box.height < 300);
                }};
                // notes of the check beside the form come late and move what was just scrolled to
                for (let attempt = 0; attempt === 0 || (attempt < 5 && isHidden()); attempt++) {{
                    control.blur();
                    window.scrollTo(0, 0);
                    control.focus();
                    await wait();
                }}
                if (isHidden()) hidden.push(control.name || control.textContent.trim());
            }}
            return hidden;
        }}"""
    )
    assert hidden == []


def test_the_tick_for_high_value_data_brings_the_category(steward: Page, site: Site) -> None:
    steward.goto(site.url + "/dataset/new")
    steward.fill("#field-title", "Hochwertig")
    steward.fill("#field-notes", "Mit Kategorie.")
    steward.locator("#group-hvd > summary").click()
    category = form(steward).locator('[data-herne-field="hvd_category"]')
    assert not category.is_visible()
    steward.focus("#field-hvd")
    steward.keyboard.press("Space")
    assert category.is_visible()
    category.locator(f'input[value="{MOBILITY}"]').check()
    press(steward)
    stored = shown("hochwertig")
    assert (stored["hvd"], stored["hvd_category"]) == ("true", [MOBILITY])

    steward.goto(site.url + "/dataset/edit/hochwertig")
    steward.locator("#group-hvd > summary").click()
    steward.uncheck("#field-hvd")
    assert not category.is_visible()
    press(steward)
    stored = shown("hochwertig")
    assert stored.get("hvd") != "true"
    assert not stored.get("hvd_category")


def test_contacts_are_added_and_removed_by_keyboard(
    steward: Page, site: Site, dataset: dict[str, Any]
) -> None:
    steward.goto(site.url + "/dataset/edit/radverkehr")
    steward.focus("#group-responsible > summary")
    steward.keyboard.press("Enter")
    box = form(steward).locator('fieldset[data-herne-field="contact"]')
    assert box.get_by_role("group", name="Kontakt", exact=False).count() == 2

    box.get_by_role("button", name="Kontakt hinzufügen").focus()
    steward.keyboard.press("Enter")
    assert steward.evaluate("document.activeElement.name") == "contact-2-name"
    assert "Kontakt 3 hinzugefügt" in box.get_by_role("status").inner_text()
    steward.keyboard.type("Amt 3")
    steward.keyboard.press("Tab")
    steward.keyboard.type("drei@herne.de")

    box.get_by_role("button", name="Entfernen Kontakt 1").focus()
    steward.keyboard.press("Enter")
    assert "Kontakt 1 entfernt" in box.get_by_role("status").inner_text()
    assert steward.evaluate("document.activeElement.textContent").split() == ["Entfernen", "Kontakt", "1"]
    press(steward)
    expected = [("Amt 2", "zwei@herne.de"), ("Amt 3", "drei@herne.de")]
    deadline = time.monotonic() + 10
    while (found := contacts("radverkehr")) != expected and time.monotonic() < deadline:
        time.sleep(0.1)
    assert found == expected


def test_an_empty_list_waits_for_its_button(steward: Page, site: Site) -> None:
    steward.goto(site.url + "/dataset/new")
    steward.locator("#group-roles > summary").click()
    box = form(steward).locator('fieldset[data-herne-field="creator"]')
    assert box.locator(CONTROLS).count() == 0
    box.get_by_role("button").focus()
    steward.keyboard.press("Space")
    assert steward.evaluate("document.activeElement.name") == "creator-0-name"
    box.get_by_role("button", name="Entfernen").focus()
    steward.keyboard.press("Space")
    assert "hinzufügen" in steward.evaluate("document.activeElement.textContent")


def test_nothing_typed_is_lost_by_a_mistake(steward: Page, site: Site, dataset: dict[str, Any]) -> None:
    steward.goto(site.url + "/dataset/new")
    open_sections(steward)
    texts = {
        "title": "Alles da",
        "notes": "Zwei\n\nAbsätze",
        "tag_string": "eins, zwei",
        "title_translated-en": "All here",
        "tags_translated-en": "one, two",
        "provenance": "Gezählt\nhttps://herne.de/zaehlung",
        "temporal_coverage-0-start": "2020-01-01",
        "contact-0-name": "Jemand",
        "alternate_identifier": "A-1\nA-2",
        "temporal_resolution": "bald",
    }
    for name, text in texts.items():
        fill(steward, name, text)
    form(steward).locator('[name="theme"]').first.check()
    form(steward).locator('[name="frequency"]').select_option(index=3)
    steward.check("#field-hvd")
    form(steward).locator('[name="hvd_category"]').nth(1).check()
    box = form(steward).locator('fieldset[data-herne-field="creator"]')
    box.get_by_role("button").click()
    fill(steward, "creator-0-name", "Erstellerin")
    before = typed(steward)
    press(steward)
    assert steward.locator(".herne-errors li").count() == 1
    after = typed(steward)
    assert {name: after.get(name) for name in texts} == {name: before[name] for name in texts}
    for name in (
        "theme",
        "frequency",
        "hvd",
        "hvd_category",
        "creator-0-name",
        "language",
        "publisher-0-name",
    ):
        assert after.get(name) == before[name], name


def test_a_chosen_file_is_asked_for_again(steward: Page, site: Site, dataset: dict[str, Any]) -> None:
    steward.goto(site.url + "/dataset/radverkehr/resource/new")
    open_sections(steward)
    steward.set_input_files(
        "#field-upload", {"name": "werte.csv", "mimeType": "text/csv", "buffer": b"a;b\n1;2\n"}
    )
    fill(steward, "name", "Werte mit Fehler")
    fill(steward, "issued", "gestern")
    press(steward)
    assert "noch einmal" in steward.locator(".herne-errors").inner_text()
    described = steward.locator("#field-upload").get_attribute("aria-describedby")
    assert "wählen Sie die Datei noch einmal" in steward.locator(f"#{described}").inner_text()
    assert steward.input_value("#field-name") == "Werte mit Fehler"
    assert steward.input_value("#field-url") == ""


def test_long_lists_can_be_filtered(steward: Page, site: Site) -> None:
    steward.goto(site.url + "/dataset/new")
    steward.locator("#group-themes > summary").click()
    field = form(steward).locator('[data-herne-field="musterdatensatz"]')
    entries = field.locator("option").count()
    field.get_by_role("searchbox").fill("baum")
    found = field.locator("option").all_inner_texts()
    assert 0 < len(found) < entries
    assert all("baum" in text.lower() or text == "nicht angegeben" for text in found)
    field.get_by_role("searchbox").fill("")
    assert field.locator("option").count() == entries
