"""An invented city of square districts, as a surveyor would deliver it: for tests of spatial units."""

from __future__ import annotations

import json
from typing import Any

import pyproj
import shapely

ORIGIN = (375_000.0, 5_710_000.0)  # metres in UTM 32, in Herne
SIDE = 4_000.0
LEVELS = {"city": 1, "stadtbezirk": 2, "ortsteil": 4}
"""How many squares a side has on each level."""


def squares(level: str) -> list[dict[str, Any]]:
    """The units of a level as features in metres; their keys are "01", "02", ... row by row."""
    count = LEVELS[level]
    step = SIDE / count
    corners = [
        (ORIGIN[0] + column * step, ORIGIN[1] + row * step) for row in range(count) for column in range(count)
    ]
    return [
        feature(shapely.box(x, y, x + step, y + step), level, f"{number:02}", f"{level} {number} (erfunden)")
        for number, (x, y) in enumerate(corners, 1)
    ]


def feature(shape: Any, level: str, key: str, name: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": json.loads(shapely.to_geojson(shape)),
        "properties": {"level": level, "key": key, "name": name, **more},
    }


def city() -> list[dict[str, Any]]:
    """All units of all levels."""
    return [unit for level in LEVELS for unit in squares(level)]


def document(features: list[dict[str, Any]], crs: str | None = "urn:ogc:def:crs:EPSG::25832") -> bytes:
    """The file: in UTM 32, or brought into another reference system; None for degrees that no file names."""
    to = pyproj.Transformer.from_crs("EPSG:25832", crs or "OGC:CRS84", always_xy=True)
    moved = [
        entry
        | {
            "geometry": json.loads(
                shapely.to_geojson(
                    shapely.transform(
                        shapely.from_geojson(json.dumps(entry["geometry"])), to.transform, interleaved=False
                    )
                )
            )
        }
        for entry in features
    ]
    named = {"crs": {"type": "name", "properties": {"name": crs}}} if crs else {}
    return json.dumps({"type": "FeatureCollection", **named, "features": moved}).encode()
