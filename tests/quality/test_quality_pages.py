"""The quality pages: right numbers on known data, filters, order, pages, CSV, and nothing private."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from ckan.tests import factories, helpers
from ckanext.herne.charts import drawing
from ckanext.herne.quality.pages import datasets, exports, views
from ckanext.herne.quality.reports import refresh
from ckanext.herne.quality.reports.model import report_table
from herne_testing.browser import Browser
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis

if TYPE_CHECKING:
    from bs4 import BeautifulSoup

pytestmark = pytest.mark.usefixtures("portal", "stock")
FILE = {"url": "https://example.org/a.csv", "format": "CSV", "name": "A"}
GIVEN: dict[str, dict[str, Any]] = {
    "gut": {"title": "Gut", "resources": [FILE]},
    "aepfel": {"title": "Äpfel", "owner_org": "museum", "resources": []},
    "birnen": {"title": "Birnen", "owner_org": "museum", "resources": [FILE], "theme": ["ENVI"]},
    "geheim": {"title": "Geheim", "owner_org": "museum", "resources": [], "private": True},
    "reihe": {"title": "Reihe", "type": "dataset_series"},
    "geloescht": {"title": "Gelöscht", "resources": []},
}
PUBLIC = {"gut", "aepfel", "birnen", "reihe"}


@pytest.fixture(scope="module")
def stock(portal: Any) -> dict[str, str]:
    """Public packages of two organizations, a private one and a deleted one, all judged; ids by name."""
    context = {"user": factories.Sysadmin(image_url="")["name"], "ignore_auth": True}
    factories.Organization(name="museum", title="Museum", image_url="")
    made = {
        name: helpers.call_action("package_create", dict(context), name=name, notes="Probe.", **fields)["id"]
        for name, fields in GIVEN.items()
    }
    for package_id in made.values():
        refresh.refresh(package_id)
    helpers.call_action("package_delete", dict(context), id="geloescht")
    return made


@pytest.fixture
def visitor(portal: Any) -> Browser:
    return Browser(portal)


def figures(page: BeautifulSoup) -> dict[str, str]:
    """The key figures by their names."""
    boxes = page.select(".herne-figures > div")
    return {box.dt.get_text(strip=True): box.dd.get_text(strip=True) for box in boxes}


def names(page: BeautifulSoup) -> list[str]:
    """The packages in the table, in order, as their addresses name them."""
    return [link["href"].rpartition("/")[2] for link in page.select(".herne-entries tbody th a")]


def rows(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def test_key_figures_count_what_is_public(visitor: Browser) -> None:
    shown = figures(visitor.page("/quality"))
    assert (shown["Öffentliche Einträge"], shown["Fehler"]) == ("4", "1")
    assert shown["Bestanden"] == "75\u00a0%"
    points = [row["mqa_points"] for row in rows(visitor.get("/quality/datasets.csv"))]
    average = sum(map(int, filter(None, points))) / len([one for one in points if one])
    assert float(shown["MQA-Punkte im Durchschnitt"].replace(",", ".")) == pytest.approx(average, abs=0.05)
    english = figures(visitor.page("/en/quality"))
    assert (english["Public entries"], english["Conform"]) == ("4", "75%")


def test_an_organization_counts_its_own(visitor: Browser) -> None:
    page = visitor.page("/organization/museum/quality")
    shown = figures(page)
    assert (shown["Öffentliche Einträge"], shown["Fehler"], shown["Bestanden"]) == ("2", "1", "50\u00a0%")
    assert set(names(page)) == {"aepfel", "birnen"}
    assert "Museum" in page.h1.get_text()
    assert page.select_one(".nav-tabs .active a")["href"] == "/organization/museum/quality"


def test_pages_are_found_from_where_people_are(visitor: Browser) -> None:
    assert visitor.page("/").find("a", href="/quality")
    assert visitor.page("/organization/museum").find("a", href="/organization/museum/quality")
    assert visitor.page("/quality").find("a", href="/organization/museum/quality")
    assert visitor.page("/organization/museum/quality").find("a", href="/quality")


def test_what_is_not_public_is_nowhere(visitor: Browser, stock: dict[str, str]) -> None:
    for base in ("/quality", "/organization/museum/quality"):
        for path in ("", "/datasets.csv", "/trend.csv", "/trend/conforming.svg"):
            said = text(visitor.get(f"{base}{path}", status=200))
            for name in GIVEN.keys() - PUBLIC:
                assert GIVEN[name]["title"] not in said
                assert stock[name] not in said
        *_, today = rows(visitor.get(f"{base}/trend.csv"))
        assert int(today["packages"]) == len(names(visitor.page(base)))


@pytest.mark.parametrize(
    ("filters", "left"),
    [
        ("", PUBLIC),
        ("q=ÄPF", {"aepfel"}),
        ("q=birn", {"birnen"}),
        ("q=%25", set()),
        ("q=%00", PUBLIC),
        ("state=violations", {"aepfel"}),
        ("state=conforms", {"gut", "birnen", "reihe"}),
        ("state=unjudged", set()),
        ("type=dataset_series", {"reihe"}),
        ("rule=Dataset-has-data", {"aepfel"}),
        ("rule=Dataset-theme-recommended&type=dataset", {"gut", "aepfel"}),
        ("rule=%22%7D]", set()),
        ("organization=museum", {"aepfel", "birnen"}),
        ("organization=museum&state=conforms&q=b", {"birnen"}),
        ("unknown=1", PUBLIC),
    ],
)
def test_filters(visitor: Browser, filters: str, left: set[str]) -> None:
    page = visitor.page(f"/quality?{filters}")
    assert set(names(page)) == left
    assert {row["name"] for row in rows(visitor.get(f"/quality/datasets.csv?{filters}"))} == left
    count = page.find(role="status").get_text(" ", strip=True)
    assert count.startswith(f"{len(left)} Ein")
    assert ("Alles anzeigen" in count) == (left != PUBLIC)


def test_the_form_keeps_what_was_asked(visitor: Browser) -> None:
    page = visitor.page("/quality?q=a&state=violations&rule=Dataset-has-data&organization=museum&sort=-mqa")
    form = page.select_one("form.herne-filters")
    chosen = {one.parent["name"]: one["value"] for one in form.select("option[selected]")}
    assert chosen == {"state": "violations", "rule": "Dataset-has-data", "organization": "museum"}
    assert form.find("input", {"name": "q"})["value"] == "a"
    assert form.find("input", {"name": "sort"})["value"] == "-mqa"
    assert page.find("a", string="Diese Einträge als CSV")["href"].startswith(
        "/quality/datasets.csv?q=a&state="
    )


@pytest.mark.parametrize(
    ("order", "first"),
    [("title", "aepfel"), ("-title", "reihe"), ("-violations", "aepfel"), ("", "aepfel"), ("mqa", "aepfel")],
)
def test_sorting(visitor: Browser, order: str, first: str) -> None:
    page = visitor.page(f"/quality?sort={order}")
    assert names(page)[0] == first
    (head,) = page.select("th[aria-sort]")
    descending = order.startswith("-") or not order
    assert head["aria-sort"] == ("descending" if descending else "ascending")
    turned = visitor.page(head.a["href"])
    assert turned.select_one("th[aria-sort]")["aria-sort"] == ("ascending" if descending else "descending")


def test_what_has_no_points_comes_last_either_way(visitor: Browser) -> None:
    for order in ("mqa", "-mqa"):
        points = [row["mqa_points"] for row in rows(visitor.get(f"/quality/datasets.csv?sort={order}"))]
        assert points == sorted(
            points, key=lambda one: (one == "", int(one or 0) * (-1 if order[0] == "-" else 1))
        )


def test_the_table_has_pages(visitor: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "PAGE", 3)
    first = visitor.page("/quality?sort=title&q=")
    following = first.find("a", rel="next")["href"]
    second = visitor.page(following)
    assert names(first) + names(second) == ["aepfel", "birnen", "gut", "reihe"]
    assert second.find("a", rel="next") is None
    assert "sort=title" in second.find("a", rel="prev")["href"]
    assert len(rows(visitor.get("/quality/datasets.csv?page=2"))) == 4
    assert visitor.get("/quality?page=3").status_code == 404


@pytest.mark.parametrize(
    "value",
    [
        "page=0",
        "page=-1",
        "page=abc",
        "page=²",
        "page=9999999999",
        "sort=id",
        "sort=--title",
        "state=x",
        "type=harvest",
    ],
)
def test_what_no_address_means_is_refused(visitor: Browser, value: str) -> None:
    for path in ("/quality", "/quality/datasets.csv"):
        assert visitor.get(f"{path}?{value}").status_code == 400


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(["q", "rule", "organization"]), st.text(max_size=12)))
def test_any_text_may_be_asked_for(visitor: Browser, asked: dict[str, str]) -> None:
    assert visitor.get("/quality", query_string=asked).status_code == 200


def test_frequent_problems_lead_to_their_packages(visitor: Browser) -> None:
    problem = visitor.page("/quality").select_one(".herne-problem-violation")
    assert "keine Ressource" in problem.get_text()
    assert "Fügen Sie" in problem.get_text()
    assert problem.a.get_text().startswith("1 Eintrag")
    assert names(visitor.page(problem.a["href"])) == ["aepfel"]
    english = visitor.page("/en/quality").select_one(".herne-problem-violation").get_text()
    assert "has no resource" in english
    assert "Add at least" in english


def test_the_table_as_csv(visitor: Browser, stock: dict[str, str]) -> None:
    answer = visitor.get("/en/quality/datasets.csv?sort=title", status=200)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert 'filename="quality-datasets.csv"' in answer.headers["Content-Disposition"]
    bad, *_rest, series = rows(answer)
    assert bad | {"modified": "", "judged": "", "mqa_points": "", "mqa_rating": ""} == {
        "id": stock["aepfel"],
        "name": "aepfel",
        "title": "Äpfel",
        "type": "dataset",
        "organization": "museum",
        "url": "http://herne.test/dataset/aepfel",
        "conforms": "false",
        "violations": "1",
        "warnings": bad["warnings"],
        "infos": bad["infos"],
        **dict.fromkeys(("modified", "judged", "mqa_points", "mqa_rating"), ""),
    }
    assert bad["modified"].endswith("+00:00")
    assert bad["mqa_rating"] in ("bad", "sufficient")
    assert series["url"] == "http://herne.test/dataset_series/reihe"


def test_the_trend_as_csv_and_as_table(visitor: Browser) -> None:
    (today,) = rows(visitor.get("/quality/trend.csv"))
    assert (today["packages"], today["conforming"], today["share"], today["violations"]) == (
        "4",
        "3",
        "0.75",
        "1",
    )
    table = visitor.page("/quality").find(id="trend-caption").parent
    assert [cell.get_text() for cell in table.select("tbody td")][:3] == ["4", "75\u00a0%", "1"]


def test_every_column_is_documented(visitor: Browser) -> None:
    page = visitor.page("/quality")
    told = [term.get_text() for term in page.select(".herne-quality > details dt")]
    assert told == [*exports.DATASETS, *exports.DAYS]
    assert all(len(one.get_text(strip=True)) > 4 for one in page.select(".herne-quality > details dd"))


def test_charts_are_drawn_as_specified(visitor: Browser) -> None:
    charts = visitor.page("/quality").select(".herne-chart")
    assert len(charts) == 3
    assert "75\u00a0%" in charts[0].img["alt"]
    for chart in charts:
        specification = json.loads(chart.script.string)
        assert specification["description"] == chart.img["alt"]
        assert len(specification["data"]["values"]) == 1
        picture = visitor.get(chart.img["src"], status=200)
        assert picture.headers["Content-Type"].startswith("image/svg+xml")
        assert "max-age=300" in picture.headers["Cache-Control"]
        assert picture.body.startswith("<svg")
    assert visitor.get("/quality/trend/beauty.svg").status_code == 404


def test_the_charts_script_is_kept_for_a_year(visitor: Browser) -> None:
    address = visitor.page("/quality").select_one(".herne-chart script")["data-herne-chart"]
    script = visitor.get(address, status=200)
    assert "vegaEmbed" in script.body
    assert "max-age=31536000, immutable" in script.headers["Cache-Control"]
    assert visitor.get("/quality/vega-0.0.js").status_code == 404


def test_without_vl_convert_there_are_numbers_and_tables(
    visitor: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing, "is_possible", lambda: False)
    page = visitor.page("/quality")
    assert page.select(".herne-chart") == []
    assert page.find(id="trend-caption").find_parent("details").has_attr("open")
    assert visitor.get("/quality/trend/mqa.svg").status_code == 404


def test_charts_are_drawn_without_redis(visitor: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "connect_to_redis", lambda: Redis(port=9))
    assert visitor.get("/quality/trend/mqa.svg", status=200).body.startswith("<svg")


def test_what_cannot_be_drawn_is_no_page_error(visitor: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "DRAW", "raise SystemExit('broken')")
    answer = visitor.get("/quality/trend/mqa.svg")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")


def test_an_organization_without_public_packages(visitor: Browser) -> None:
    factories.Organization(name="leer", image_url="")
    page = visitor.page("/organization/leer/quality")
    assert "noch nichts öffentlich" in page.get_text()
    assert page.find("table") is None
    assert rows(visitor.get("/organization/leer/quality/datasets.csv")) == []
    assert rows(visitor.get("/organization/leer/quality/trend.csv")) == []
    assert visitor.get("/organization/leer/quality/trend/violations.svg").status_code == 200


@pytest.mark.parametrize("path", ["", "/datasets.csv", "/trend.csv", "/trend/mqa.svg"])
def test_no_such_organization(visitor: Browser, path: str) -> None:
    assert visitor.get(f"/organization/nirgends/quality{path}").status_code == 404


def test_who_may_not_ask_the_api_sees_no_page(visitor: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(action: str, *_rest: Any) -> None:
        raise tk.NotAuthorized(action)

    monkeypatch.setattr(views.tk, "check_access", refuse)
    for path in ("/quality", "/quality/datasets.csv", "/organization/museum/quality"):
        assert visitor.get(path).status_code == 403


def test_what_is_not_judged_yet_is_said(visitor: Browser, stock: dict[str, str]) -> None:
    table = report_table.delete().where(report_table.c.package_id == stock["birnen"])
    model.Session.execute(table)
    model.Session.commit()
    page = visitor.page("/organization/museum/quality")
    assert "1 Eintrag ist noch nicht geprüft" in page.get_text()
    assert figures(page)["Bestanden"] == "0\u00a0%"
    assert names(visitor.page("/quality?state=unjudged")) == ["birnen"]
    (row,) = rows(visitor.get("/quality/datasets.csv?state=unjudged"))
    assert (row["conforms"], row["violations"], row["judged"]) == ("", "", "")
