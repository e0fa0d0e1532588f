"""Loads a file of spatial units: what it says of a level takes the place of what was known of that level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyproj
import shapely
from ckanext.herne.regions import store
from ckanext.herne.regions.hierarchy import units_of
from ckanext.herne.regions.reading import DEGREES, METRES, Names, Record, records
from ckanext.herne.regions.units import Regions, Unit, ordered

if TYPE_CHECKING:
    from collections.abc import Sequence

_to_metres = pyproj.Transformer.from_crs(DEGREES, METRES, always_xy=True).transform


@dataclass(frozen=True)
class Loaded:
    """The units after a load, and whether anything was written."""

    regions: Regions
    changed: bool


def load(content: bytes, source: str, names: Names, crs: str = "", *, dry_run: bool = False) -> Loaded:
    """Reads, checks and stores a file; units of levels it does not name stay. Raises RegionError.

    All levels are checked together, so a new level must fit those that are there.
    """
    new = records(content, source, names, crs)
    levels = {record.level for record in new}
    kept = [unit for unit in store.regions() if unit.level not in levels]
    fitted = units_of([*new, *map(_as_record, kept)], source)
    found = ordered(_unsimplified(fitted, kept))
    changed = found != store.regions()
    if changed and not dry_run:
        store.replace(found)
    return Loaded(found, changed)


def _as_record(unit: Unit) -> Record:
    shape = shapely.from_geojson(unit.geometry) if unit.geometry else None
    moved = None if shape is None else shapely.transform(shape, _to_metres, interleaved=False)
    parent = "" if moved is not None else (unit.parent or ("", ""))[1]
    return Record(f"the stored {unit.level} {unit.key}", unit.level, unit.key, unit.name, parent, moved)


def _unsimplified(fitted: Sequence[Unit], kept: Sequence[Unit]) -> list[Unit]:
    """The units with the geometry that was stored of those that stay: it is simple already."""
    stored = {unit.id: unit.geometry for unit in kept}
    return [
        Unit(unit.level, unit.key, unit.name, unit.parent, stored.get(unit.id, unit.geometry))
        for unit in fitted
    ]
