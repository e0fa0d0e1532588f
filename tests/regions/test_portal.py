"""Spatial units in the running portal: loaded by command, named by datasets, found by, and handed out."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
import polars as pl
import pytest
import rdflib
from bs4 import BeautifulSoup
from ckan import model
from ckan.model.system_info import SystemInfo
from ckan.tests import factories
from ckanext.herne.regions import store
from ckanext.herne.regions.cli import regions
from ckanext.herne.regions.loading import load
from ckanext.herne.regions.reading import Names
from ckanext.herne.regions.units import Regions
from ckanext.herne.tables import Column, Table, ensure
from ckanext.herne.tables import load as load_rows
from click.testing import CliRunner, Result
from herne_testing.districts import city, document, squares
from rdflib import DCAT, RDF, SKOS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SITE = "http://herne.test"
WEST = f"{SITE}/regions/ortsteil/01"


@pytest.fixture
def empty(portal: Any) -> Iterator[Any]:
    """The portal without units, before and after."""
    store.replace(Regions())
    yield portal
    store.replace(Regions())


@pytest.fixture
def city_portal(empty: Any) -> Any:
    """The portal with the invented city."""
    assert load(document(city()), "city.geojson", Names()).changed
    return empty


def create(**fields: Any) -> dict[str, Any]:
    name = factories.Dataset.stub().name
    context = {"ignore_auth": True, "user": factories.Sysadmin(image_url="")["name"]}
    data = {"title": name, "name": name, "notes": name, **fields}
    return dict(tk.get_action("package_create")(context, data))


def test_a_dataset_that_names_a_district_gets_its_facts(city_portal: Any) -> None:
    for uri in (WEST, "ortsteil/01"):
        (place,) = create(spatial_coverage=[{"uri": uri}])["spatial_coverage"]
        assert (place["uri"], place["text"]) == (WEST, "ortsteil 1 (erfunden) (Ortsteil)")
        assert json.loads(place["centroid"])["coordinates"] == pytest.approx([7.206, 51.532], abs=0.01)
        assert json.loads(place["bbox"])["type"] == "Polygon"


def test_a_dataset_that_names_another_district_keeps_nothing_of_the_first(city_portal: Any) -> None:
    made = create(spatial_coverage=[{"uri": "ortsteil/01"}])
    (first,) = made["spatial_coverage"]
    context = {"ignore_auth": True, "user": factories.Sysadmin(image_url="")["name"]}
    moved = [first | {"uri": f"{SITE}/regions/ortsteil/16"}]
    patched = tk.get_action("package_patch")(context, {"id": made["id"], "spatial_coverage": moved})
    (second,) = patched["spatial_coverage"]
    assert second["text"] == "ortsteil 16 (erfunden) (Ortsteil)"
    assert second["bbox"] != first["bbox"]


def test_other_places_stay_as_they_are(city_portal: Any) -> None:
    place = {"uri": "https://example.org/regions/ortsteil/01", "text": "Anderswo"}
    (kept,) = create(spatial_coverage=[place])["spatial_coverage"]
    assert kept == place


def test_datasets_are_found_by_their_district_and_those_around_it(city_portal: Any) -> None:
    name = create(spatial_coverage=[{"uri": "ortsteil/01"}])["name"]
    for path, found in (("ortsteil/01", 1), ("stadtbezirk/01", 1), ("city/01", 1), ("ortsteil/02", 0)):
        query = {"fq": f'vocab_region:"{path}" AND name:{name}'}
        assert tk.get_action("package_search")({}, query)["count"] == found, path
    page = BeautifulSoup(
        city_portal.get("/dataset/?vocab_region=ortsteil/01", status=200).body, "html.parser"
    )
    assert "ortsteil 1 (erfunden) (Ortsteil)" in page.select_one(".filters").text
    links = page.select("svg.herne-map a")
    assert len(links) == 16
    assert "vocab_region=ortsteil" in links[0]["href"]
    city_portal.get(f"/dataset/{name}", status=200)


def test_the_form_offers_the_districts(city_portal: Any) -> None:
    token = factories.APIToken(user=factories.Sysadmin(image_url="")["name"])["token"]
    body = city_portal.get("/dataset/new", headers={"Authorization": token}, status=200).body
    page = BeautifulSoup(body, "html.parser")
    control = page.select_one("input[name=spatial_coverage-0-uri]")
    options = page.select(f"datalist#{control['list']} option")
    assert {"value": WEST, "label": "ortsteil 1 (erfunden) (Ortsteil)"} in [
        option.attrs for option in options
    ]


def test_the_pages_show_units_maps_and_datasets(city_portal: Any) -> None:
    name = create(spatial_coverage=[{"uri": "ortsteil/01"}])["name"]
    for language, title in (("", "Stadtbezirk"), ("/en", "City district")):
        page = BeautifulSoup(city_portal.get(f"{language}/regions", status=200).body, "html.parser")
        assert len(page.select("svg.herne-map a")) == 16
        assert title in page.select_one(".herne-regions").text
    page = BeautifulSoup(city_portal.get("/regions/ortsteil/01", status=200).body, "html.parser")
    assert page.h1.text == "ortsteil 1 (erfunden)"
    assert page.select(f'a[href$="/dataset/{name}"]')
    city_portal.get("/regions/ortsteil/99", status=404)
    city_portal.get("/regions/kiez/01", status=404)


def test_all_units_can_be_had_as_geojson_and_csv(city_portal: Any) -> None:
    found = json.loads(city_portal.get("/regions.geojson", status=200).body)
    assert len(found["features"]) == 21
    assert found["features"][1]["properties"]["parent_key"] == "01"
    assert found["features"][-1]["id"] == f"{SITE}/regions/ortsteil/16"
    lines = list(csv.DictReader(io.StringIO(city_portal.get("/regions.csv").body)))
    assert lines[-1]["parent_level"] == "stadtbezirk"


def test_what_was_handed_out_can_be_loaded_again(city_portal: Any) -> None:
    content = city_portal.get("/regions.geojson").data
    assert not load(content, "again.geojson", Names()).changed
    table = city_portal.get("/regions.csv").data
    store.replace(Regions())
    again = load(table, "again.csv", Names()).regions
    assert [(unit.id, unit.parent) for unit in again][:3] == [
        (("city", "01"), None),
        (("stadtbezirk", "01"), ("city", "01")),
        (("stadtbezirk", "02"), ("city", "01")),
    ]


@pytest.mark.parametrize("ending", ["ttl", "rdf", "jsonld"])
def test_units_are_a_concept_scheme(city_portal: Any, ending: str) -> None:
    answer = city_portal.get(f"/regions.{ending}", status=200)
    graph = rdflib.Graph().parse(
        data=answer.body, format={"ttl": "turtle", "rdf": "xml", "jsonld": "json-ld"}[ending]
    )
    scheme, unit = rdflib.URIRef(f"{SITE}/regions"), rdflib.URIRef(WEST)
    assert (scheme, RDF.type, SKOS.ConceptScheme) in graph
    assert len(set(graph.subjects(SKOS.inScheme, scheme))) == 21
    assert graph.value(unit, SKOS.broader) == rdflib.URIRef(f"{SITE}/regions/stadtbezirk/01")
    assert graph.value(unit, SKOS.notation) == rdflib.Literal("01")
    assert str(graph.value(unit, DCAT.bbox)).startswith("POLYGON")


def test_the_address_of_a_unit_gives_rdf_to_whoever_asks_for_it(city_portal: Any) -> None:
    answer = city_portal.get("/regions/ortsteil/01", headers={"Accept": "text/turtle"}, status=200)
    assert (rdflib.URIRef(WEST), RDF.type, SKOS.Concept) in rdflib.Graph().parse(data=answer.body)


def test_without_units_everything_works_without_maps(empty: Any) -> None:
    for path in ("/regions", "/regions.geojson", "/regions.csv", "/regions.ttl", "/dataset/", "/dataset/new"):
        token = factories.APIToken(user=factories.Sysadmin(image_url="")["name"])["token"]
        body = empty.get(path, headers={"Authorization": token}, status=200).body
        assert "<svg class" not in body
        assert "vocab_region" not in body


def test_units_without_geometry_have_pages_and_no_map(empty: Any) -> None:
    load(b"level,key,name,parent_key\ncity,1,Herne,\nortsteil,007,Wanne,1\n", "units.csv", Names())
    (place,) = create(spatial_coverage=[{"uri": "ortsteil/007"}])["spatial_coverage"]
    assert place == {"uri": f"{SITE}/regions/ortsteil/007", "text": "Wanne (Ortsteil)"}
    page = empty.get("/regions/ortsteil/007", status=200).body
    assert "Wanne" in page
    assert "<svg" not in page


def test_levels_may_be_loaded_one_by_one(empty: Any) -> None:
    for level in ("ortsteil", "stadtbezirk", "city"):
        assert load(document(squares(level)), f"{level}.geojson", Names()).changed
    apart = store.regions()
    store.replace(Regions())
    load(document(city()), "city.geojson", Names())
    assert [(unit.id, unit.parent) for unit in apart] == [(unit.id, unit.parent) for unit in store.regions()]
    assert not load(document(squares("stadtbezirk")), "again.geojson", Names()).changed


def command(arguments: list[str]) -> Result:
    return CliRunner().invoke(regions, arguments)


def test_the_command_loads_says_what_and_refuses_with_reason(empty: Any, tmp_path: Path) -> None:
    good, bad = tmp_path / "city.geojson", tmp_path / "bad.geojson"
    good.write_bytes(document(city()))
    bad.write_bytes(document(squares("ortsteil") + squares("ortsteil")))
    said = command(["load", str(good), "--dry-run"])
    assert said.exit_code == 0, said.output
    assert not store.regions()
    said = command(["load", str(good)])
    assert "Stadtbezirk: 4 of 4" in said.output
    before = model.Session.query(SystemInfo.value).filter_by(key=store.KEY).scalar()
    said = command(["load", str(bad)])
    assert said.exit_code == 2
    assert "bad.geojson, feature 17: ortsteil 01 is there already (feature 1)" in said.output
    assert model.Session.query(SystemInfo.value).filter_by(key=store.KEY).scalar() == before
    assert command(["clear"]).exit_code == 0
    assert not store.regions()


def test_a_table_of_areas_has_their_geometries(city_portal: Any) -> None:
    entry = {"url": "/datastore", "url_type": "datastore", "name": "Tabelle", "format": "CSV"}
    resource = create(resources=[entry])["resources"][0]["id"]
    names = ("level", "area_id")
    table = Table("Gebiete", tuple(Column(name, "text", name, name, name, name) for name in names), names)
    ensure(table, resource)
    load_rows(table, resource, pl.DataFrame({"level": ["ortsteil", "ortsteil"], "area_id": ["01", "99"]}))
    found = json.loads(city_portal.get(f"/tables/{resource}.geojson", status=200).body)["features"]
    assert [feature["geometry"] and feature["geometry"]["type"] for feature in found] == ["Polygon", None]
