"""A map of the units as SVG shapes: drawn by the server, works without a script and asks no other server."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import shapely
from ckanext.herne.dcat_ap_de import geometry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ckanext.herne.regions.units import Regions, Unit
    from shapely.geometry.base import BaseGeometry

WIDTH = 1000
LEVELS_DRAWN = ("ortsteil", "statistischer_bezirk", "stadtbezirk", "city")
"""Whose map is drawn: the first of these that has outlines."""


@dataclass(frozen=True)
class Drawing:
    """A map: the height of a picture that is WIDTH wide, and the SVG path of each unit."""

    height: int
    shapes: tuple[tuple[Unit, str], ...]
    width: int = WIDTH


def drawing(regions: Regions) -> Drawing | None:
    """The map of the units; None if nobody told where they are."""
    for level in LEVELS_DRAWN:
        units = [unit for unit in regions if unit.level == level and unit.geometry]
        if units:
            return drawn(units)
    return None


def drawn(units: Iterable[Unit]) -> Drawing:
    """The map of units that all have outlines, north up, degrees of longitude as short as they are there."""
    outlines = {unit: geometry.parse(unit.geometry) for unit in units}
    west, south, east, north = shapely.total_bounds(list(outlines.values()))
    narrow = math.cos(math.radians((south + north) / 2))
    scale = WIDTH / max((east - west) * narrow, 1e-9)

    def path(shape: BaseGeometry) -> str:
        rings = [ring for part in shapely.get_parts(shape) for ring in (part.exterior, *part.interiors)]
        return "".join(
            "M"
            + "L".join(f"{(x - west) * narrow * scale:.1f} {(north - y) * scale:.1f}" for x, y in ring.coords)
            + "Z"
            for ring in rings
        )

    height = math.ceil((north - south) * scale)
    return Drawing(height, tuple((unit, path(shape)) for unit, shape in outlines.items()))
