"""Downloads of tables in the catalogue: each a distribution that is really there, and the feed conforms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import ckan.plugins.toolkit as tk
import polars as pl
import pytest
from ckanext.herne.quality.reports.subjects import stored, subject
from ckanext.herne.regions import store as regions
from ckanext.herne.tables import Column, Table, ensure, load
from ckanext.herne.tables.export import formats, workbook
from herne_testing import judge, publishing
from rdflib import DCAT, DCTERMS, Graph, URIRef

if TYPE_CHECKING:
    from pathlib import Path

PLACES = Table(
    "Stationen",
    (
        Column("id", "text", "Kennung", "Id", "Kennung.", "Id."),
        Column("longitude", "numeric", "Länge", "Longitude", "Länge.", "Longitude.", "deg"),
        Column("latitude", "numeric", "Breite", "Latitude", "Breite.", "Latitude.", "deg"),
    ),
    ("id",),
)
AREAS = Table(
    "Bezirke",
    (
        Column("level", "text", "Ebene", "Level", "Ebene.", "Level."),
        Column("area_id", "text", "Gebiet", "Area", "Gebiet.", "Area."),
    ),
    ("level", "area_id"),
)
MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
FILE_TYPES = "http://publications.europa.eu/resource/authority/file-type/"


def filled(resource_id: str, table: Table, **columns: Any) -> dict[str, Any]:
    """The dataset of a resource that has got a table with one row."""
    ensure(table, resource_id)
    load(table, resource_id, pl.DataFrame(columns, schema_overrides={"longitude": pl.Float64}))
    shown: dict[str, Any] = tk.get_action("resource_show")({"ignore_auth": True}, {"id": resource_id})
    return stored(shown["package_id"]) or {}


def places(resource_id: str) -> dict[str, Any]:
    return filled(resource_id, PLACES, id=["1"], longitude=[7.22], latitude=[51.54])


def distributions(graph: Graph) -> dict[str, tuple[str, str, str]]:
    """Address, file type and media type of each distribution by the end of its URI."""
    return {
        str(node).rpartition("/")[2]: (
            urlsplit(str(graph.value(node, DCAT.accessURL))).path,
            str(graph.value(node, DCTERMS.format)).removeprefix(FILE_TYPES),
            str(graph.value(node, DCAT.mediaType)).removeprefix(MEDIA_TYPES),
        )
        for node in graph.objects(None, DCAT.distribution)
    }


def test_a_table_has_a_distribution_for_each_download(resource_id: str, portal: Any) -> None:
    found = distributions(subject(places(resource_id)).graph)
    at = f"/tables/{resource_id}"
    assert found == {
        resource_id: (f"{at}.csv", "CSV", "text/csv"),
        f"{resource_id}#json": (f"{at}.json", "JSON", "application/json"),
        f"{resource_id}#geojson": (f"{at}.geojson", "GEOJSON", "application/geo+json"),
        f"{resource_id}#parquet": (f"{at}.parquet", "PARQUET", "application/vnd.apache.parquet"),
        f"{resource_id}#xlsx": (f"{at}.xlsx", "XLSX", formats.XLSX),
    }
    for address, _type, media_type in found.values():
        answer = portal.get(address)
        assert (answer.status_code, answer.mimetype) == (200, media_type)


def test_the_portal_itself_has_one_resource_per_table(resource_id: str) -> None:
    dataset = places(resource_id)
    assert [resource["id"] for resource in dataset["resources"]] == [resource_id]
    assert "#" not in str(dataset)


def test_what_cannot_be_had_is_not_listed(resource_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = filled(resource_id, AREAS, level=["stadtbezirk"], area_id=["1"])
    assert set(distributions(subject(dataset).graph)) == {
        f"{resource_id}{part}" for part in ("", "#json", "#parquet", "#xlsx")
    }
    monkeypatch.setattr(workbook, "MOST_ROWS", 0)
    assert f"{resource_id}#xlsx" not in distributions(subject(dataset).graph)


def test_rows_of_areas_have_geojson_once_there_are_geometries(
    resource_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ckanext.herne.tables.export import distributions as made

    known = {("stadtbezirk", "1"): '{"type": "Point", "coordinates": [7.2, 51.5]}'}
    monkeypatch.setattr(made, "areas", lambda: known)
    assert regions.areas() == {}
    dataset = filled(resource_id, AREAS, level=["stadtbezirk"], area_id=["1"])
    assert f"{resource_id}#geojson" in distributions(subject(dataset).graph)


def test_further_forms_say_what_their_table_says(resource_id: str) -> None:
    dataset = places(resource_id)
    patch = {"id": resource_id, "name_translated": {"en": "Table"}, "availability": "STABLE"}
    tk.get_action("resource_patch")(publishing.admin(), patch)
    graph = subject(stored(dataset["id"]) or {}).graph
    base, parquet = (
        next(node for node in graph.objects(None, DCAT.distribution) if str(node).endswith(end))
        for end in (resource_id, "#parquet")
    )
    titles = {(str(title), title.language) for title in graph.objects(parquet, DCTERMS.title)}
    assert titles == {("Tabelle (Parquet)", "de"), ("Table (Parquet)", "en")}
    for term in ("license", "modified", "issued"):
        assert graph.value(parquet, DCTERMS[term]) == graph.value(base, DCTERMS[term])
    available = URIRef("http://data.europa.eu/r5r/availability")
    assert graph.value(parquet, available) == graph.value(base, available) is not None


def test_a_table_beside_a_file_is_had_as_that_file(resource_id: str) -> None:
    dataset = places(resource_id)
    patch = {"id": resource_id, "url": "https://example.org/a.xlsx", "url_type": "", "format": "XLSX"}
    tk.get_action("resource_patch")(publishing.admin(), patch)
    described = stored(dataset["id"]) or {}
    assert described["resources"][0]["datastore_active"]
    assert list(distributions(subject(described).graph)) == [resource_id]


@pytest.mark.needs("shared")
def test_the_official_shapes_find_nothing(resource_id: str, tmp_path: Path) -> None:
    graph = subject(places(resource_id)).graph
    status, said = judge.verdict_on(graph, tmp_path, "--strict", "--warnings")
    assert status == 0, said


def test_the_page_of_a_dataset_offers_each_download(resource_id: str, portal: Any) -> None:
    dataset = places(resource_id)
    page = portal.get(f"/dataset/{dataset['name']}").body
    for ending in ("json", "geojson", "parquet", "xlsx"):
        assert f'href="/tables/{resource_id}.{ending}"' in page
    assert f'href="/tables/{resource_id}.csv"' not in page  # that is its button
