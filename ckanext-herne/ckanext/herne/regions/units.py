"""Spatial units as data: who they are, how they lie in each other, where they are. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

import msgspec
import shapely
from ckanext.herne.dcat_ap_de import geometry
from ckanext.herne.regions.levels import LEVELS, Level

if TYPE_CHECKING:
    from collections.abc import Iterator

Name = tuple[str, str]
"""What identifies a unit: its level and its key there. Keys and names repeat across levels."""
PATH = re.compile(r"(?P<level>[a-z_]+)/(?P<key>[^/]+)")


class Unit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A unit as a source told of it; `geometry` is GeoJSON text in degrees, empty if nobody told where it is.

    `parent` is the unit of the next level above that holds it; None for the city, or where unknown.
    """

    level: str
    key: str
    name: str
    parent: Name | None = None
    geometry: str = ""

    @property
    def id(self) -> Name:
        return (self.level, self.key)

    @property
    def bbox(self) -> str:
        """The box around it, as GeoJSON text; empty without geometry."""
        return geometry.to_geojson(shapely.box(*self.bounds)) if self.geometry else ""

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north."""
        west, south, east, north = geometry.parse(self.geometry).bounds
        return (west, south, east, north)

    @property
    def centroid(self) -> str:
        """A point in its middle, as GeoJSON text; empty without geometry."""
        return geometry.to_geojson(geometry.parse(self.geometry).centroid) if self.geometry else ""

    def coverage(self, site_url: str) -> dict[str, str]:
        """The entry of a dataset's field `spatial_coverage` that means this unit."""
        facts = {"text": self.label, "bbox": self.bbox, "centroid": self.centroid}
        return {"uri": self.uri(site_url), **{name: value for name, value in facts.items() if value}}

    def uri(self, site_url: str) -> str:
        """Its stable address."""
        return f"{site_url.rstrip('/')}/regions/{self.path}"

    @property
    def path(self) -> str:
        """What its address ends with: level and key."""
        return f"{self.level}/{quote(self.key, safe='')}"

    @property
    def label(self) -> str:
        """Name and level, in German: "Horsthausen (Ortsteil)"; the city by its name alone."""
        return self.name if LEVELS[self.level].units == 1 else f"{self.name} ({LEVELS[self.level].de})"


@dataclass(frozen=True)
class Regions:
    """All units that were loaded, by level from the city down and by key."""

    units: tuple[Unit, ...] = ()

    def __iter__(self) -> Iterator[Unit]:
        return iter(self.units)

    def __bool__(self) -> bool:
        return bool(self.units)

    @cached_property
    def _by_id(self) -> dict[Name, Unit]:
        return {unit.id: unit for unit in self.units}

    def get(self, level: str, key: str) -> Unit | None:
        return self._by_id.get((level, key))

    def by_uri(self, uri: Any, site_url: str) -> Unit | None:
        """The unit with this address in the portal, or its end ("ortsteil/07")."""
        found = PATH.fullmatch(str(uri or "").strip().removeprefix(f"{site_url.rstrip('/')}/regions/"))
        return self.get(found["level"], unquote(found["key"])) if found else None

    def inside(self, unit: Unit) -> list[Unit]:
        """The units that lie directly in `unit`."""
        return [other for other in self.units if other.parent == unit.id]

    def around(self, unit: Unit) -> list[Unit]:
        """The units that hold `unit`, from the next one to the city."""
        parent = self._by_id.get(unit.parent) if unit.parent else None
        return [parent, *self.around(parent)] if parent else []

    @property
    def have_geometry(self) -> bool:
        """Whether a map can be drawn."""
        return any(unit.geometry for unit in self.units)

    def encode(self) -> str:
        return msgspec.json.encode(self.units).decode()

    @classmethod
    def decode(cls, text: str) -> Regions:
        return cls(msgspec.json.decode(text, type=tuple[Unit, ...]))


def ordered(units: list[Unit]) -> Regions:
    """The units from the city down, each level by key."""
    ranks = {level: rank for rank, level in enumerate(reversed(LEVELS))}
    return Regions(tuple(sorted(units, key=lambda unit: (ranks[unit.level], unit.key))))


def feature(unit: Unit, site_url: str) -> dict[str, Any]:
    """The unit as a feature of GeoJSON."""
    level: Level = LEVELS[unit.level]
    return {
        "type": "Feature",
        "id": unit.uri(site_url),
        "geometry": json.loads(unit.geometry) if unit.geometry else None,
        "properties": {
            "level": unit.level,
            "key": unit.key,
            "name": unit.name,
            "parent_level": unit.parent[0] if unit.parent else None,
            "parent_key": unit.parent[1] if unit.parent else None,
            "level_de": level.de,
            "level_en": level.en,
        },
    }
