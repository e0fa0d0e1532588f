"""Files of spatial units: what is read from them, and what is refused with its place and remedy."""

from __future__ import annotations

import json
from typing import Any

import pytest
import shapely
from ckanext.herne.regions.hierarchy import units_of
from ckanext.herne.regions.problems import RegionError
from ckanext.herne.regions.reading import Names, records
from ckanext.herne.regions.units import Regions, Unit, ordered
from herne_testing import needs
from herne_testing.districts import ORIGIN, SIDE, city, document, feature, squares
from hypothesis import given
from hypothesis import strategies as st

CSV = """\ufefflevel;key;name;parent_key
city;05916000;Herne;
stadtbezirk;1;Wanne;05916000
ortsteil;007;Wanne;1
"""


def read(content: bytes, source: str = "units.geojson", crs: str = "", **names: str) -> Regions:
    return ordered(units_of(records(content, source, Names(**names), crs), source))


def test_each_unit_finds_the_unit_around_it_by_geometry() -> None:
    found = read(document(city()))
    assert [unit.level for unit in found] == ["city", *["stadtbezirk"] * 4, *["ortsteil"] * 16]
    assert found.get("city", "01").parent is None
    assert {unit.parent for unit in found if unit.level == "stadtbezirk"} == {("city", "01")}
    inside = {unit.key for unit in found.inside(found.get("stadtbezirk", "01"))}
    assert inside == {"01", "02", "05", "06"}
    around = found.around(found.get("ortsteil", "16"))
    assert [unit.id for unit in around] == [("stadtbezirk", "04"), ("city", "01")]


@pytest.mark.parametrize(
    "crs", ["EPSG:25832", "EPSG:3857", "urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326", None]
)
def test_any_reference_system_gives_the_same_degrees(crs: str | None) -> None:
    if crs == "EPSG:4326":  # files say so and mean longitude first, as GeoJSON has it
        found = read(
            document(city(), None).replace(b"{", b'{"crs": {"properties": {"name": "EPSG:4326"}}, ', 1)
        )
    else:
        found = read(document(city(), crs))
    west, south, east, north = found.get("city", "01").bounds
    assert (west, south) == pytest.approx((7.1985, 51.529), abs=0.01)
    assert (east - west, north - south) == pytest.approx((0.0577, 0.0360), abs=0.002)


def test_a_reference_system_may_be_named_for_a_file_that_does_not() -> None:
    content = document(city()).replace(b"urn:ogc:def:crs:EPSG::25832", b"OGC:CRS84")
    with pytest.raises(RegionError, match=r"--crs EPSG:25832"):
        read(content)
    assert read(content, crs="EPSG:25832") == read(document(city()))


def test_neighbours_stay_neighbours_when_they_are_simplified() -> None:
    """A wavy border that two units share is the same line in both afterwards, and shorter than before."""
    wave = [(ORIGIN[0] + 2000 + (number % 2) * 2, ORIGIN[1] + number * 8) for number in range(501)]
    x, y = ORIGIN
    left = shapely.Polygon([(x, y), *wave, (x, y + SIDE)])
    right = shapely.Polygon([(x + SIDE, y), (x + SIDE, y + SIDE), *reversed(wave)])
    found = read(document([feature(left, "ortsteil", "1", "West"), feature(right, "ortsteil", "2", "Ost")]))
    one, other = (shapely.from_geojson(unit.geometry) for unit in found)
    assert one.intersection(other).area == pytest.approx(0, abs=1e-12)
    assert one.intersection(other).length == pytest.approx(0.036, abs=0.003)
    assert shapely.get_num_coordinates(one) < 40


def test_keys_are_text_and_properties_may_have_other_names() -> None:
    square = squares("city")[0]
    square["properties"] = {"Nr": 77, "STADTTEIL": " Handorf "}
    found = read(document([square]), only_level="ortsteil", key="Nr", name="STADTTEIL")
    assert [(unit.level, unit.key, unit.name) for unit in found] == [("ortsteil", "77", "Handorf")]


def test_units_without_geometry_come_from_a_csv() -> None:
    found = read(CSV.encode(), "units.csv")
    assert found.get("ortsteil", "007") == Unit("ortsteil", "007", "Wanne", ("stadtbezirk", "1"))
    assert not found.have_geometry


def changed(number: int, **properties: Any) -> bytes:
    """The city with other properties of one feature (1 is the city, 2 to 5 the districts)."""
    features = city()
    features[number - 1]["properties"] |= properties
    return document(features)


def shaped(number: int, geometry: Any) -> bytes:
    content = json.loads(document(city()))
    content["features"][number - 1]["geometry"] = geometry
    return json.dumps(content).encode()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "line 1"),
        (b"\xff", "byte 0: not UTF-8"),
        (b"[]", "no GeoJSON FeatureCollection"),
        (b'{"features": []}', "it has no units"),
        (b'{"features": [3]}', "feature 1: no feature"),
        (document(city(), None).replace(b"{", b'{"crs": {"properties": {"name": "EPSG:1"}}, ', 1), "EPSG:1"),
        (changed(2, level="Kiez"), "feature 2: unknown level 'Kiez'. Known are statistischer_bezirk"),
        (changed(2, key=""), "feature 2: no key 'key'. There are level, key, name; name the right one"),
        (changed(2, name=None), "feature 2: no name 'name'"),
        (changed(3, key="01"), "feature 3: stadtbezirk 01 is there already (feature 2)"),
        (changed(6, parent_key="04"), "feature 6: ortsteil 1 (erfunden) lies only to 0% in Stadtbezirk"),
        (changed(6, parent_key="9"), "feature 6: the stadtbezirk 9 around it is not there"),
        (shaped(2, {"type": "Point", "coordinates": [375000, 5710000]}), "feature 2: a point, not an area"),
        (shaped(2, {"type": "Polygon", "coordinates": []}), "feature 2: a polygon, not an area"),
        (shaped(2, {"type": "Polygon"}), "feature 2: no geometry"),
        (
            shaped(6, {"type": "Polygon", "coordinates": [[[0, 0], [9, 0], [9, 9], [0, 9], [0, 0]]]}),
            "feature 6: ortsteil 1 (erfunden) lies only to 0% in",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(content: bytes, words: str) -> None:
    with pytest.raises(RegionError) as caught:
        read(content)
    assert words in str(caught.value)
    assert str(caught.value).startswith("units.geojson, ")


def test_an_outline_that_crosses_itself_is_mended() -> None:
    x, y = ORIGIN
    bow = shapely.Polygon([(x, y), (x + SIDE, y + SIDE), (x + SIDE, y), (x, y + SIDE)])
    (unit,) = read(document([feature(bow, "ortsteil", "1", "Schleife")]))
    assert shapely.from_geojson(unit.geometry).is_valid


@given(
    st.lists(st.tuples(st.sampled_from(["city", "ortsteil"]), st.text(min_size=1), st.text()), unique=True)
)
def test_what_is_stored_is_what_was_read(rows: list[tuple[str, str, str]]) -> None:
    found = ordered([Unit(level, key, name) for level, key, name in rows])
    assert Regions.decode(found.encode()) == found


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_a_unit_is_found_by_its_address(key: str) -> None:
    unit = Unit("ortsteil", key, "Name")
    units = Regions((unit,))
    assert units.by_uri(unit.uri("https://portal.example.org/"), "https://portal.example.org") == unit
    assert units.by_uri(unit.path, "https://portal.example.org") == unit
    assert units.by_uri(unit.uri("https://other.example.org"), "https://portal.example.org") is None


@pytest.mark.needs("shared")
@pytest.mark.parametrize(
    ("file", "names", "count"),
    [
        ("clickthat_Herne", {"key": "cartodb_id", "only_level": "city"}, 1),
        ("muenster_click", {"key": "Nr", "only_level": "ortsteil"}, 45),
    ],
)
def test_real_files_are_read(file: str, names: dict[str, str], count: int) -> None:
    content = (needs.SHARED / "fixtures/real/geometry" / f"{file}.geojson").read_bytes()
    found = read(content, **names)
    assert len(list(found)) == count
    assert all(shapely.from_geojson(unit.geometry).is_valid for unit in found)
    if file == "clickthat_Herne":
        box = (7.123447, 51.503117, 7.296311, 51.573406)
        assert found.get("city", "477").bounds == pytest.approx(box, abs=2e-4)
