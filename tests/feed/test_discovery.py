"""What search engines and feed readers get: schema.org, Croissant, sitemaps, robots.txt, the Atom feed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from xml.etree import ElementTree

import ckan.model as model
import pytest
from bs4 import BeautifulSoup
from ckan.common import config
from ckan.tests import factories
from ckanext.herne.dcat_ap_de.settings import Settings
from ckanext.herne.feed.discovery import changes, sitemap
from ckanext.herne.feed.discovery.schema_org import LONGEST, SHORTEST, schema_org
from ckanext.herne.feed.model import change_table
from herne_testing.browser import Browser
from herne_testing.datasets import MINIMAL, SETTINGS, SITE, maximal
from hypothesis import given
from hypothesis import strategies as st

ATOM = "{http://www.w3.org/2005/Atom}"
DELETED = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
SITEMAPS = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
HERE = "http://herne.test"
FILES = [{"url": "https://example.org/werte.csv", "format": "CSV", "name": "Werte"}]
NASTY = 'Wert </script><script>alert(1)</script> & "Zitat"'


@pytest.fixture(scope="module")
def steward(portal: Any) -> Browser:
    return Browser(portal, str(factories.SysadminWithToken(image_url="")["token"]))


@pytest.fixture(scope="module")
def visitor(portal: Any) -> Browser:
    return Browser(portal)


@pytest.fixture(scope="module")
def packages(steward: Browser) -> dict[str, Any]:
    """One package of each kind that may or may not be listed."""

    def create(name: str, **fields: Any) -> dict[str, Any]:
        given = {"name": name, "title": name.title(), "notes": "Zum Finden.", **fields}
        return dict(steward.call("package_create", **given))

    made = {
        "dataset": create("radverkehr", title=NASTY, title_translated={"en": "Cycling"}, resources=FILES),
        "series": create("je-jahr", type="dataset_series"),
        "service": create("wfs", type="data_service", endpoint_url=["https://geo.example.org/wfs"]),
        "private": create("geheim", private=True, resources=FILES),
        "draft": create("halb", state="draft"),
        "deleted": create("weg", resources=FILES),
    }
    steward.call("package_delete", id="weg")
    return made


@pytest.fixture(scope="module")
def table(steward: Browser, packages: dict[str, Any]) -> str:
    """Id of a resource with a table; its file is a workbook."""
    workbook = {"url": "https://example.org/werte.xlsx", "format": "XLSX", "name": "Messwerte"}
    made = steward.call("package_create", name="tabelle", title="Tabelle", notes="n", resources=[workbook])
    fields = [
        {"id": "hour", "type": "timestamp"},
        {"id": "Zähl stelle", "type": "text", "info": {"label": "Zählstelle"}},
        {"id": "n", "type": "int4"},
        {"id": "valid", "type": "bool"},
    ]
    resource_id = str(made["resources"][0]["id"])
    steward.call("datastore_create", resource_id=resource_id, force=True, primary_key=["hour"], fields=fields)
    return resource_id


def structured(page: Any) -> list[dict[str, Any]]:
    scripts = BeautifulSoup(page.body, "html.parser").find_all("script", type="application/ld+json")
    return [json.loads(script.string) for script in scripts]


class TestSchemaOrg:
    def test_a_full_dataset_says_what_dataset_search_asks_for(self) -> None:
        found = schema_org({**maximal(), "name": "radverkehr"}, SETTINGS, "de")
        assert found["url"] == f"{SITE}/dataset/radverkehr"
        assert found["license"] == "https://www.govdata.de/dl-de/by-2-0"
        assert found["publisher"][0]["name"] == "Stadt Herne"
        assert found["creator"] == [
            {
                "@type": "Organization",
                "name": "Fachbereich Tiefbau und Verkehr",
                "url": "https://www.herne.de/tiefbau",
            }
        ]
        assert found["temporalCoverage"] == ["2023-01-01/2023-12-31", "2024/2024-12-31T23:00:00+00:00"]
        assert found["spatialCoverage"][0]["geo"]["box"] == "51.503117 7.123447 51.573406 7.296311"
        assert found["spatialCoverage"][2]["geo"]["latitude"] == 51.531
        assert found["inLanguage"] == ["de", "en"]
        assert {"fahrrad", "Verkehr"} <= set(found["keywords"])
        csv = found["distribution"][0]
        assert (csv["encodingFormat"], csv["contentUrl"]) == ("text/csv", "https://www.herne.de/rad/2023.csv")

    def test_a_silent_dataset_says_what_the_portal_knows(self) -> None:
        found = schema_org(MINIMAL, SETTINGS, "de")
        assert found["creator"] == found["publisher"]
        assert found["dateModified"] == "2024-05-02T10:00:00.123456+00:00"
        assert found["includedInDataCatalog"]["name"] == SETTINGS.title
        assert "temporalCoverage" not in found

    def test_the_page_speaks_its_own_language(self) -> None:
        found = schema_org({**maximal(), "name": "radverkehr"}, SETTINGS, "en")
        assert found["name"] == "Bicycle traffic at permanent counting stations"
        assert found["keywords"][:2] == ["bicycle", "traffic"]
        assert found["distribution"][0]["name"] == "Hourly values 2023"

    @given(st.text(max_size=2 * SHORTEST) | st.integers(0, 9000).map("x".__mul__))
    def test_every_description_has_a_length_that_search_engines_take(self, notes: str) -> None:
        found = schema_org({**MINIMAL, "notes": notes}, Settings(site_url=SITE), "de")
        assert SHORTEST <= len(found["description"]) <= LONGEST

    def test_an_open_end_stays_open(self) -> None:
        periods = [{"start": "2020"}, {"end": "2021-05-01"}, {}]
        found = schema_org({**MINIMAL, "temporal_coverage": periods}, SETTINGS, "de")
        assert found["temporalCoverage"] == ["2020/..", "../2021-05-01"]

    def test_a_page_carries_it_and_no_text_breaks_out(self, visitor: Browser, packages: dict) -> None:
        page = visitor.get("/dataset/radverkehr", status=200)
        [found] = structured(page)
        assert found["name"] == NASTY
        assert "<script>alert" not in page.body
        assert structured(visitor.get("/en/dataset/radverkehr"))[0]["name"] == "Cycling"

    @pytest.mark.parametrize("path", ["/dataset/geheim", "/dataset_series/je-jahr", "/data_service/wfs"])
    def test_what_is_not_public_or_no_dataset_says_nothing(
        self, steward: Browser, packages: dict, path: str
    ) -> None:
        assert structured(steward.get(path, status=200)) == []


class TestCroissant:
    def test_a_table_is_a_record_set_of_its_csv(self, visitor: Browser, table: str) -> None:
        found = json.loads(visitor.get("/dataset/tabelle/croissant.jsonld", status=200).body)
        assert found["conformsTo"] == "http://mlcommons.org/croissant/1.0"
        file, records = found["distribution"], found["recordSet"]
        assert (file["contentUrl"], file["encodingFormat"]) == (f"{HERE}/datastore/dump/{table}", "text/csv")
        assert records["name"] == "Messwerte"
        types = {field["name"]: field["dataType"] for field in records["field"]}
        assert types == {"hour": "DateTime", "Zähl stelle": "Text", "n": "Integer", "valid": "Boolean"}
        assert {field["source"]["fileObject"]["@id"] for field in records["field"]} == {file["@id"]}
        assert found["isLiveDataset"]["@value"] is True  # no checksum can be told

    def test_a_dataset_without_tables_has_files_alone(self, visitor: Browser, packages: dict) -> None:
        found = json.loads(visitor.get("/dataset/radverkehr/croissant.jsonld", status=200).body)
        assert found["distribution"]["contentUrl"] == "https://example.org/werte.csv"
        assert "recordSet" not in found

    def test_pages_of_datasets_with_tables_lead_to_it(self, visitor: Browser, table: str) -> None:
        assert 'href="/dataset/tabelle/croissant.jsonld"' in visitor.get("/en/dataset/tabelle").body
        assert "croissant" not in visitor.get("/dataset/radverkehr").body

    @pytest.mark.parametrize("name", ["geheim", "halb", "weg", "wfs", "gibt-es-nicht"])
    def test_what_is_not_there_for_all_is_not_there(
        self, visitor: Browser, packages: dict, name: str
    ) -> None:
        visitor.get(f"/dataset/{name}/croissant.jsonld", status=404)

    def test_the_dataset_that_is_shown_stays_as_it_is(self, steward: Browser, packages: dict) -> None:
        from ckanext.herne.feed.discovery.croissant import croissant

        dataset = steward.call("package_show", id="radverkehr")
        before = json.dumps(dataset)
        with steward.app.flask_app.test_request_context():
            croissant(dataset)
        assert json.dumps(dataset) == before


class TestSitemaps:
    def listed(self, visitor: Browser, path: str) -> dict[str, str]:
        root = ElementTree.fromstring(visitor.get(path, status=200).body)
        return {
            entry.findtext(f"{SITEMAPS}loc", ""): entry.findtext(f"{SITEMAPS}lastmod", "") for entry in root
        }

    def everything(self, visitor: Browser) -> dict[str, str]:
        found: dict[str, str] = {}
        for address in self.listed(visitor, "/sitemap.xml"):
            found |= self.listed(visitor, address.removeprefix(HERE))
        return found

    def test_they_list_every_public_page_and_no_other(
        self, visitor: Browser, packages: dict, table: str
    ) -> None:
        found = self.everything(visitor)
        assert set(found) == {
            HERE + path
            for path in (
                *("/", "/dataset/", "/organization/", "/organization/stadt-herne"),
                *("/dataset/radverkehr", "/dataset_series/je-jahr", "/data_service/wfs", "/dataset/tabelle"),
            )
        }
        for address in found:
            visitor.get(address.removeprefix(HERE), status=200)

    def test_they_say_when_a_page_changed(self, visitor: Browser, steward: Browser, packages: dict) -> None:
        changed = steward.call("package_patch", id="wfs", notes="Neu beschrieben.")["metadata_modified"]
        found = self.everything(visitor)
        assert found[f"{HERE}/data_service/wfs"] == f"{changed}+00:00"
        assert found[f"{HERE}/organization/stadt-herne"] == f"{changed}+00:00"
        newest = self.listed(visitor, "/sitemap.xml")
        assert max(newest.values()) == f"{changed}+00:00"

    def test_pages_are_cut_where_the_protocol_wants_it(
        self, visitor: Browser, packages: dict, table: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        whole = self.everything(visitor)
        monkeypatch.setattr(sitemap, "SIZE", 3)
        assert list(self.listed(visitor, "/sitemap.xml")) == [
            f"{HERE}/sitemap-{name}.xml" for name in ("portal", "1", "2")
        ]
        assert len(self.listed(visitor, "/sitemap-1.xml")) == 3
        assert self.everything(visitor) == whole

    def test_a_page_that_went_counts_as_a_change(self, visitor: Browser, steward: Browser, log: Any) -> None:
        made = steward.call("package_create", title="Bald weg", notes="n", resources=FILES)
        before = visitor.get("/sitemap-1.xml")
        steward.call("dataset_purge", id=made["id"])
        log(made["id"], "withdrawn", 24 * 365 * 20)
        after = visitor.get("/sitemap-1.xml")
        assert parsedate_to_datetime(after.headers["Last-Modified"]) > parsedate_to_datetime(
            before.headers["Last-Modified"]
        )

    @pytest.mark.parametrize("name", ["0", "99", "-1", "x", "1" * 40])
    def test_there_are_no_others(self, visitor: Browser, packages: dict, name: str) -> None:
        visitor.get(f"/sitemap-{name}.xml", status=404)


class TestRobots:
    def test_it_names_the_sitemap_and_keeps_crawlers_from_searching(self, visitor: Browser) -> None:
        lines = visitor.get("/robots.txt", status=200).body.splitlines()
        assert f"Sitemap: {HERE}/sitemap.xml" in lines
        assert {"Disallow: /api/", "Disallow: /*dataset/?", "Disallow: /user/"} <= set(lines)
        assert not any(line.lower().startswith("crawl-delay") for line in lines)


@pytest.fixture
def log(packages: dict[str, Any]) -> Any:
    """The log of changes, empty; the function writes one into it."""
    model.Session.execute(change_table.delete())
    start = datetime(2026, 5, 1, 12, tzinfo=UTC)

    def happened(package_id: str, kind: str, hour: int, replaced_by: str | None = None) -> None:
        row = {"package_id": package_id, "uri": f"{HERE}/dataset/{package_id}", "kind": kind}
        at = start + timedelta(hours=hour)
        model.Session.execute(change_table.insert().values(**row, at=at, replaced_by=replaced_by))
        model.Session.commit()

    return happened


class TestChanges:
    def fetched(self, visitor: Browser, path: str = "/catalog/changes.atom") -> ElementTree.Element:
        answer = visitor.get(path, status=200)
        assert answer.content_type == "application/atom+xml; charset=utf-8"
        return ElementTree.fromstring(answer.data)

    def test_each_package_stands_once_with_its_last_change(
        self, visitor: Browser, packages: dict, log: Any
    ) -> None:
        dataset, service = packages["dataset"]["id"], packages["service"]["id"]
        log(dataset, "created", 0)
        log(service, "created", 1)
        log(dataset, "changed", 2)
        feed = self.fetched(visitor)
        entries = feed.findall(f"{ATOM}entry")
        assert [entry.findtext(f"{ATOM}id") for entry in entries] == [
            f"{HERE}/dataset/{dataset}",
            f"{HERE}/dataset/{service}",
        ]
        assert entries[0].findtext(f"{ATOM}title") == NASTY
        assert entries[0].findtext(f"{ATOM}updated") == "2026-05-01T14:00:00+00:00"
        assert entries[0].find(f"{ATOM}link").get("href") == f"{HERE}/dataset/radverkehr"
        assert feed.findtext(f"{ATOM}updated") == "2026-05-01T14:00:00+00:00"

    def test_the_english_feed_speaks_english(self, visitor: Browser, packages: dict, log: Any) -> None:
        log(packages["dataset"]["id"], "created", 0)
        feed = self.fetched(visitor, "/en/catalog/changes.atom")
        entry = feed.find(f"{ATOM}entry")
        assert entry.findtext(f"{ATOM}title") == "Cycling"
        assert entry.findtext(f"{ATOM}id") == f"{HERE}/dataset/{packages['dataset']['id']}"

    def test_what_left_is_a_tombstone(self, visitor: Browser, packages: dict, log: Any) -> None:
        gone, merged = packages["deleted"]["id"], packages["draft"]["id"]
        log(gone, "created", 0)
        log(gone, "withdrawn", 1)
        log(merged, "withdrawn", 2, f"{HERE}/dataset/neu")
        feed = self.fetched(visitor)
        assert feed.findall(f"{ATOM}entry") == []
        assert [(entry.get("ref"), entry.get("when")) for entry in feed.findall(DELETED)] == [
            (f"{HERE}/dataset/{merged}", "2026-05-01T14:00:00+00:00"),
            (f"{HERE}/dataset/{gone}", "2026-05-01T13:00:00+00:00"),
        ]
        assert feed.find(f"{DELETED}/{ATOM}link").get("href") == f"{HERE}/dataset/neu"

    @pytest.mark.parametrize("kind", ["private", "draft", "deleted"])
    def test_what_is_not_public_is_not_told(
        self, visitor: Browser, packages: dict, log: Any, kind: str
    ) -> None:
        log(packages[kind]["id"], "changed", 0)
        assert packages[kind]["id"] not in visitor.get("/catalog/changes.atom").body

    def test_next_leads_through_all_of_them(
        self, visitor: Browser, packages: dict, log: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(changes, "PAGE", 2)
        for number in range(5):
            log(f"weg-{number}", "withdrawn", number)
        seen: list[str] = []
        path = "/catalog/changes.atom"
        while path:
            feed = self.fetched(visitor, path)
            links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
            assert links["self"] == HERE + path
            seen += [str(entry.get("ref")) for entry in feed.findall(DELETED)]
            path = links.get("next", "").removeprefix(HERE)
        assert seen == [f"{HERE}/dataset/weg-{number}" for number in (4, 3, 2, 1, 0)]

    def test_an_empty_feed_is_one(self, visitor: Browser, log: Any) -> None:
        feed = self.fetched(visitor)
        assert feed.findtext(f"{ATOM}updated") == "1970-01-01T00:00:00+00:00"

    @pytest.mark.parametrize("before", ["abc", "-1", "9" * 40, "1.5"])
    def test_a_wrong_page_is_refused(self, visitor: Browser, before: str) -> None:
        visitor.get(f"/catalog/changes.atom?before={before}", status=400)

    @pytest.mark.parametrize("path", ["/", "/dataset/", "/en/dataset/radverkehr"])
    def test_pages_lead_to_it(self, visitor: Browser, packages: dict, path: str) -> None:
        link = visitor.page(path).find("link", rel="alternate", type="application/atom+xml")
        assert link["href"].endswith("/catalog/changes.atom")


@pytest.mark.parametrize(
    "path",
    [
        "/sitemap.xml",
        "/sitemap-portal.xml",
        "/sitemap-1.xml",
        "/robots.txt",
        "/catalog/changes.atom",
        "/dataset/tabelle/croissant.jsonld",
    ],
)
def test_who_has_it_gets_no_second_copy(portal: Any, packages: dict, table: str, log: Any, path: str) -> None:
    log(packages["dataset"]["id"], "created", 0)
    first = portal.get(path, status=200)
    again = portal.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert portal.flask_app.test_client().head(path).headers["ETag"] == first.headers["ETag"]
    if "Last-Modified" in first.headers:
        since = {"If-Modified-Since": first.headers["Last-Modified"]}
        assert portal.get(path, headers=since).status_code == 304


def test_an_address_with_a_slash_at_its_end_makes_no_double_one(
    visitor: Browser, packages: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(config, "ckan.site_url", HERE + "/")
    assert f"{HERE}/dataset/radverkehr" in visitor.get("/sitemap-1.xml").body
