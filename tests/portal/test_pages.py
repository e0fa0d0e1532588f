"""What visitors read: in German and English, with labels for URIs, and nothing empty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from ckan import model
from ckan.common import config
from ckan.plugins.toolkit import get_action

if TYPE_CHECKING:
    from collections.abc import Iterator

    from herne_testing.browser import Browser

DISCLAIMER = "Sie beweisen nichts amtlich"
DATA = ("application/ld+json", "application/json")  # what no browser runs


@pytest.fixture(scope="module")
def dataset(steward: Browser) -> dict[str, Any]:
    created: dict[str, Any] = steward.call(
        "package_create",
        title="Radverkehr",
        notes="Stundenwerte",
        theme=["TRAN"],
        frequency="HOURLY",
        temporal_coverage=[{"start": "2023-01-01", "end": "2024"}],
        tag_string="fahrrad",
        extras=[{"key": "Aktenzeichen", "value": "<b>42</b>"}],
        resources=[
            {"url": "https://herne.de/a.csv", "name": "Werte", "format": "csv", "license_id": "cc-zero"}
        ],
    )
    return created


@pytest.fixture
def demo() -> Iterator[None]:
    config["ckanext.herne.demo"] = True
    yield
    config["ckanext.herne.demo"] = False


def test_the_start_page_leads_to_the_data(visitor: Browser, dataset: dict[str, Any]) -> None:
    page = visitor.page("/")
    assert page.html["lang"] == "de"
    assert "Open Data Herne" in page.title.text
    text = page.find("main").text
    assert "1 Datensatz" in text
    theme = page.select_one(".herne-themes a")
    assert theme.text.split() == ["Verkehr", "1"]
    assert theme["href"].startswith("/dataset/?vocab_theme=")
    assert page.find("a", string="Radverkehr")
    assert DISCLAIMER in page.footer.text
    assert "erfunden" not in page.text


def test_the_theme_leads_to_its_datasets(visitor: Browser, dataset: dict[str, Any]) -> None:
    theme = dataset["theme"][0]
    found = visitor.call("package_search", fq=f'vocab_theme:"{theme}"')
    assert [row["title"] for row in found["results"]] == ["Radverkehr"]
    page = visitor.page(f"/dataset/?vocab_theme={theme}")
    assert page.find("a", string=lambda text: text and "Radverkehr" in text)
    assert "Verkehr" in [label.text for label in page.select(".item-label")]


@pytest.mark.parametrize("path", ["/dataset/", "/organization/stadt-herne"])
def test_a_filter_has_its_name_also_where_nothing_is_found(
    path: str, visitor: Browser, dataset: dict[str, Any]
) -> None:
    page = visitor.page(f"{path}?q=gibtesnicht&vocab_theme={dataset['theme'][0]}")
    assert [pill.text.strip() for pill in page.select(".filtered.pill")] == ["Verkehr"]
    assert page.select_one(".extra").text.strip() == "Bitte versuchen Sie es mit einer anderen Suche."
    assert "versuch es" not in page.text


def test_the_start_page_speaks_english(visitor: Browser, dataset: dict[str, Any]) -> None:
    page = visitor.page("/en/")
    assert page.html["lang"] == "en"
    assert "1 dataset" in page.find("main").text
    assert "Transport" in page.find("main").text
    assert "prove nothing officially" in page.footer.text


def test_a_dataset_is_described_with_labels(visitor: Browser, dataset: dict[str, Any]) -> None:
    page = visitor.page("/dataset/radverkehr")
    rows = (row for row in page.select(".herne-facts tr:has(td)") if row.td)
    facts = {row.th.text.strip(): row.td.text.strip() for row in rows}
    assert facts["Themen"] == "Verkehr"
    assert facts["Sprache der Daten"] == "Deutsch"
    assert facts["Aktualisierung"] == "stündlich"
    assert facts["Zeitraum der Daten"].split() == ["1.", "Januar", "2023", "–", "2024"]
    assert facts["Aktenzeichen"] == "<b>42</b>"
    assert "Stadt Herne (Kommunalverwaltung)" in facts["Herausgeber"]
    assert "opendata@herne.de" in facts["Kontakt"]
    assert "Herne" in facts["Gebiet"]
    assert all(facts.values())
    assert not any("http" in value for value in facts.values())
    licence = page.find("a", rel="license")
    assert licence["href"] == "https://www.govdata.de/dl-de/zero-2-0"
    assert licence.text == "Datenlizenz Deutschland – Zero – Version 2.0"
    links = [link["href"] for link in page.select(".herne-formats a")]
    assert links == [f"/dataset/{dataset['id']}.{ending}" for ending in ("ttl", "jsonld", "rdf")]


def test_a_resource_shows_the_licence_that_holds_for_it(visitor: Browser, dataset: dict[str, Any]) -> None:
    page = visitor.page(f"/dataset/radverkehr/resource/{dataset['resources'][0]['id']}")
    assert page.find("a", rel="license")["href"] == "https://creativecommons.org/publicdomain/zero/1.0/"


def test_pages_about_harvesting_open(steward: Browser, visitor: Browser) -> None:
    source = {"name": "quelle", "title": "Quelle", "source_type": "herne_hits", "frequency": "MANUAL"}
    sysadmin = model.Session.query(model.User).filter_by(sysadmin=True).first()
    owner = model.Group.get("stadt-herne").id
    get_action("package_create")(
        {"user": sysadmin.name, "ignore_auth": True},
        {"type": "harvest", "owner_org": owner, "url": "https://herne.example", **source},
    )
    for path in ("/harvest", "/harvest/quelle", "/harvest/about/quelle"):
        visitor.get(path, status=403)
    for path in ("/harvest", "/harvest/quelle", "/harvest/new", "/harvest/edit/quelle"):
        steward.get(path, status=200)


def test_every_page_of_a_demonstration_says_so(visitor: Browser, dataset: dict[str, Any], demo: None) -> None:
    for path in ("/", "/dataset/", "/dataset/radverkehr", "/about", "/user/login"):
        assert "erfunden" in visitor.page(path).find(class_="herne-demo").text, path


def test_html_in_a_title_stays_text(steward: Browser, visitor: Browser) -> None:
    steward.call(
        "package_create", title="<script>alert(1)</script>", name="html", notes="<img src=x onerror=alert(1)>"
    )
    for path in ("/", "/dataset/", "/dataset/html", "/en/dataset/html"):
        page = visitor.page(path)
        scripts = page.find_all("script", type=lambda kind: kind not in DATA)
        assert not any("alert(1)" in script.text for script in scripts), path
        assert page.find(onerror=True) is None, path


def test_pictures_of_users_come_from_the_portal(steward: Browser) -> None:
    page = steward.page("/dashboard/datasets")
    assert "gravatar" not in str(page)


def test_the_licence_register_is_the_registers(visitor: Browser) -> None:
    licences = {entry["id"]: entry for entry in visitor.call("license_list")}
    assert licences["dl-de/zero-2.0"]["uri"] == "http://dcat-ap.de/def/licenses/dl-zero-de/2.0"
    assert len(licences) > 30
