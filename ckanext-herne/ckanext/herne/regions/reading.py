"""A file of spatial units, GeoJSON or CSV, as records. Pure; what they mean together is left to `hierarchy`.

Nothing is made up: level, key and name stand in the file, or the operator says which property holds them.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyproj
import shapely
from ckanext.herne.regions.levels import LEVELS
from ckanext.herne.regions.problems import RegionError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shapely.geometry.base import BaseGeometry

METRES = "EPSG:25832"  # UTM zone 32: what surveyors in North Rhine-Westphalia measure in
DEGREES = "OGC:CRS84"


@dataclass(frozen=True)
class Names:
    """Which property or column holds what; `only_level` is the level of all units, if one is named."""

    level: str = "level"
    key: str = "key"
    name: str = "name"
    parent: str = "parent_key"
    only_level: str = ""


@dataclass(frozen=True)
class Record:
    """A unit as the file tells of it: `shape` in metres (UTM 32), `parent` the key of the unit around it."""

    place: str
    level: str
    key: str
    name: str
    parent: str
    shape: BaseGeometry | None


def records(content: bytes, source: str, names: Names, crs: str = "") -> list[Record]:
    """The units of a file, whose name ends with .csv or is taken for GeoJSON.

    `crs` overrides what the file says of its coordinates. Raises RegionError.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RegionError(source, f"byte {error.start}", "not UTF-8", "Save the file as UTF-8") from error
    found = (
        _from_csv(text, source, names) if source.endswith(".csv") else _from_json(text, source, names, crs)
    )
    if not found:
        raise RegionError(source, "the whole file", "it has no units", "Choose the file with the districts")
    places: dict[tuple[str, str], str] = {}
    for record in found:
        if before := places.get((record.level, record.key)):
            problem = f"{record.level} {record.key} is there already ({before})"
            raise RegionError(source, record.place, problem, "Give each unit of a level a key of its own")
        places[record.level, record.key] = record.place
    return found


def _from_csv(text: str, source: str, names: Names) -> list[Record]:
    header = text.partition("\n")[0]
    delimiter = ";" if header.count(";") > header.count(",") else ","
    lines = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    return [_record(line, source, f"line {lines.line_num}", names, None) for line in lines]


def _from_json(text: str, source: str, names: Names, crs: str) -> list[Record]:
    try:
        content = json.loads(text)
        features = content["features"]
        assert isinstance(features, list)  # noqa: S101 (told below like any other damage)
    except json.JSONDecodeError as error:
        raise RegionError(source, f"line {error.lineno}", error.msg, "Export the file again") from error
    except (KeyError, TypeError, AssertionError) as error:
        problem = "no GeoJSON FeatureCollection"
        raise RegionError(source, "the whole file", problem, "Export the districts as GeoJSON") from error
    in_metres = _transformation(source, crs or _stated(content))
    return [
        _from_feature(entry, source, number, names, in_metres) for number, entry in enumerate(features, 1)
    ]


def _stated(content: Mapping[str, Any]) -> str:
    """The reference system a file names; GeoJSON without one is in degrees (RFC 7946)."""
    named = content.get("crs")
    properties = named.get("properties") if isinstance(named, dict) else None
    return str((properties or {}).get("name") or DEGREES)


def _transformation(source: str, crs: str) -> Callable[[BaseGeometry], BaseGeometry]:
    try:
        transformer = pyproj.Transformer.from_crs(crs, METRES, always_xy=True)
    except pyproj.exceptions.CRSError as error:
        raise RegionError(
            source, "crs", f"unknown reference system {crs}", "Name it: --crs EPSG:25832"
        ) from error

    def transformed(shape: BaseGeometry) -> BaseGeometry:
        moved: BaseGeometry = shapely.transform(shape, transformer.transform, interleaved=False)
        return moved

    return transformed


def _from_feature(
    feature: Any,
    source: str,
    number: int,
    names: Names,
    in_metres: Callable[[BaseGeometry], BaseGeometry],
) -> Record:
    place = f"feature {number}"
    if not isinstance(feature, dict):
        raise RegionError(source, place, "no feature", "Export the file again")
    geometry = feature.get("geometry")
    shape = None if geometry is None else _shape(geometry, source, place, in_metres)
    return _record(feature.get("properties") or {}, source, place, names, shape)


def _shape(
    geometry: Any, source: str, place: str, in_metres: Callable[[BaseGeometry], BaseGeometry]
) -> BaseGeometry:
    try:
        shape = shapely.from_geojson(json.dumps(geometry))
    except shapely.errors.ShapelyError as error:
        raise RegionError(source, place, f"no geometry: {error}", "Export the file again") from error
    if shape.geom_type not in ("Polygon", "MultiPolygon") or shape.is_empty:
        problem = f"a {shape.geom_type.lower()}, not an area"
        raise RegionError(source, place, problem, "Export the areas of the districts")
    moved = shapely.force_2d(in_metres(shape))
    if not all(map(_is_finite, moved.bounds)):
        problem = "its coordinates do not fit the reference system"
        raise RegionError(source, place, problem, "Name the right one: --crs EPSG:25832")
    return _mended(moved)


def _is_finite(value: float) -> bool:
    return abs(value) < float("inf")


def _mended(shape: BaseGeometry) -> BaseGeometry:
    """The same area without crossings of its own outline; lines and points that this leaves are no area."""
    if shape.is_valid:
        return shape
    parts = shapely.get_parts(shapely.make_valid(shape))
    areas = [part for part in parts if part.geom_type in ("Polygon", "MultiPolygon")]
    merged: BaseGeometry = shapely.union_all(areas)
    return merged


def _record(
    properties: Mapping[str, Any], source: str, place: str, names: Names, shape: BaseGeometry | None
) -> Record:
    level = names.only_level or _text(properties.get(names.level))
    if level not in LEVELS:
        remedy = f"Known are {', '.join(LEVELS)}; name the level of all units with --level"
        raise RegionError(source, place, f"unknown level '{level}'", remedy)
    key, name = _text(properties.get(names.key)), _text(properties.get(names.name))
    for value, option in ((key, "key"), (name, "name")):
        if not value:
            remedy = f"There are {', '.join(map(str, properties))}; name the right one with --{option}"
            raise RegionError(source, place, f"no {option} '{getattr(names, option)}'", remedy)
    return Record(place, level, key, name, _text(properties.get(names.parent)), shape)


def _text(value: Any) -> str:
    """A key keeps its leading zeros; a number that is whole is written as one."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value).strip()
