"""Geometries: the dict has GeoJSON text, RDF has WKT; both in degrees, longitude first (CRS 84).

A wktLiteral without a leading URI is in CRS 84 by the definition of its datatype (GeoSPARQL 1.1, 8.5.1). It
is left out here because the harvesters of the federation read plain WKT only. Reading understands it.
"""

import json
import math
import re
from functools import lru_cache
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

DECIMALS = 8  # of a degree: about a millimetre
CRS = re.compile(r"^\s*<(?P<crs>[^>]*)>\s*")
LATITUDE_FIRST = "EPSG/0/4326"


class NotAGeometryError(ValueError):
    """The value is no geometry in degrees; the message is a key of problems.yaml."""


def box(west: float, south: float, east: float, north: float) -> str:
    """The GeoJSON text of a bounding box, anticlockwise."""
    return to_geojson(shapely.box(west, south, east, north, ccw=True))


def parse(value: Any) -> BaseGeometry:
    """A geometry from GeoJSON (text or dict), WKT (with or without CRS), or four numbers W, S, E, N.

    :raises NotAGeometryError: neither of these, empty, or its coordinates are no degrees.
    """
    try:
        shape = _known(value) if isinstance(value, str) else _parsed(value)
    except (ValueError, TypeError, KeyError, shapely.errors.ShapelyError, RecursionError) as error:
        raise NotAGeometryError("no_geometry") from error
    if shape.is_empty:
        raise NotAGeometryError("no_geometry")
    west, south, east, north = shape.bounds
    if not all(map(math.isfinite, shape.bounds)) or max(-west, east) > 180 or max(-south, north) > 90:
        raise NotAGeometryError("no_degrees")
    return shape


@lru_cache(maxsize=64)
def _known(text: str) -> BaseGeometry:
    """As `_parsed`; the city's own outline comes with nearly every dataset."""
    return _parsed(text)


def _parsed(value: Any) -> BaseGeometry:
    if isinstance(value, dict):
        return shapely.from_geojson(json.dumps(value))
    if isinstance(value, list | tuple):
        return shapely.box(*map(float, value))
    text = str(value).strip()
    if text.startswith("{"):
        return shapely.from_geojson(text)
    if re.fullmatch(r"[-+.\d\s,eE]+", text):
        west, south, east, north = (float(number) for number in text.split(","))
        return shapely.box(west, south, east, north)
    return _from_wkt(text)


def _from_wkt(text: str) -> BaseGeometry:
    crs = CRS.match(text)
    shape = shapely.from_wkt(CRS.sub("", text))
    if crs and crs["crs"].endswith(LATITUDE_FIRST):
        return shapely.transform(shape, lambda points: points[:, ::-1])
    return shape


def to_wkt(shape: BaseGeometry) -> str:
    return str(shapely.to_wkt(shape, rounding_precision=DECIMALS, trim=True))


def to_geojson(shape: BaseGeometry) -> str:
    """Compact GeoJSON text with coordinates as `to_wkt` rounds them."""
    return str(shapely.to_geojson(shapely.from_wkt(to_wkt(shape))))


def same(one: Any, other: Any) -> bool:
    """Do both values mean the same area? What is no geometry equals nothing."""
    try:
        return bool(parse(one).normalize().equals_exact(parse(other).normalize(), 10**-DECIMALS))
    except NotAGeometryError:
        return False
