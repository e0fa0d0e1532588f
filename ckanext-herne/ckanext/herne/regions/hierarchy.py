"""Records become units: each finds the unit around it by geometry, and outlines become small enough to draw.

Neighbours are simplified together, so no gaps open between them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyproj
import shapely
from ckanext.herne.regions.levels import LEVELS
from ckanext.herne.regions.problems import RegionError
from ckanext.herne.regions.reading import DEGREES, METRES, Record
from ckanext.herne.regions.units import Name, Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapely.geometry.base import BaseGeometry

TOLERANCE = 5.0  # metres: bends smaller than this go
INSIDE = (
    0.95  # share of its area that a unit has in the unit around it; surveys of two levels differ a little
)
GRID = 1e-6  # of a degree: about a decimetre
_to_degrees = pyproj.Transformer.from_crs(METRES, DEGREES, always_xy=True).transform


def units_of(found: Sequence[Record], source: str) -> list[Unit]:
    """The units with the units around them. Raises RegionError where the levels do not fit each other."""
    parents = {id(record): _parent(record, found, source) for record in found}
    outlines: dict[int, str] = {}
    for level in LEVELS:
        shaped = [record for record in found if record.level == level and record.shape is not None]
        outlines |= zip(map(id, shaped), _outlines([record.shape for record in shaped]), strict=True)
    return [
        Unit(record.level, record.key, record.name, parents[id(record)], outlines.get(id(record), ""))
        for record in found
    ]


def _parent(record: Record, found: Sequence[Record], source: str) -> Name | None:
    """The unit of the next level above that is there at all."""
    levels = list(LEVELS)
    above = next(
        (level for level in levels[levels.index(record.level) + 1 :] if any(r.level == level for r in found)),
        None,
    )
    if above is None:
        return None
    candidates = [other for other in found if other.level == above]
    if record.parent:
        if all(other.key != record.parent for other in candidates):
            problem = f"the {above} {record.parent} around it is not there"
            raise RegionError(source, record.place, problem, "Load that level too, or correct the key")
        _check_inside(record, candidates, source)
        return (above, record.parent)
    return _around(record, candidates, source)


def _share(record: Record, other: Record) -> float:
    if record.shape is None or other.shape is None:
        return 0.0
    return float(record.shape.intersection(other.shape).area / record.shape.area)


def _around(record: Record, candidates: Sequence[Record], source: str) -> Name | None:
    if record.shape is None or all(other.shape is None for other in candidates):
        return None  # nobody knows; nobody guesses
    best = max(candidates, key=lambda other: _share(record, other))
    _check_share(record, best, source)
    return (best.level, best.key)


def _check_inside(record: Record, candidates: Sequence[Record], source: str) -> None:
    stated = next(other for other in candidates if other.key == record.parent)
    if record.shape is not None and stated.shape is not None:
        _check_share(record, stated, source)


def _check_share(record: Record, other: Record, source: str) -> None:
    share = _share(record, other)
    if share < INSIDE:
        problem = f"{record.name} lies only to {share:.0%} in {LEVELS[other.level].de} {other.name}"
        raise RegionError(source, record.place, problem, "Both levels must be of one survey; compare them")


def _outlines(shapes: Sequence[BaseGeometry | None]) -> list[str]:
    """GeoJSON texts in degrees."""
    if not shapes:
        return []
    areas = list(shapes)
    if shapely.coverage_is_valid(areas):
        simple = shapely.coverage_simplify(areas, TOLERANCE)
    else:  # they overlap or leave slivers: each for itself, as neither could follow the other
        simple = shapely.simplify(areas, TOLERANCE)
    return [_in_degrees(shape) for shape in simple]


def _in_degrees(shape: BaseGeometry) -> str:
    moved = shapely.transform(shape, _to_degrees, interleaved=False)
    snapped = shapely.set_precision(moved, GRID)
    return str(shapely.to_geojson(shapely.orient_polygons(shapely.normalize(snapped))))
