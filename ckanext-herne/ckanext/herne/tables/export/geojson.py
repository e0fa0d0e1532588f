"""Rows as GeoJSON (RFC 7946): a feature for each row of a table that says where its rows are.

It does by two columns `longitude` and `latitude` (degrees, WGS 84), by a column `geometry` (text of a GeoJSON
geometry), or by `level` and `area_id` where the geometries of the spatial units are known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ckanext.herne.tables.export.texts import joined
from psycopg2 import sql

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ckanext.herne.tables.export.reading import Rows

GEOMETRY = "geometry"
POINT = ("longitude", "latitude")
AREA = ("level", "area_id")
_POINT = sql.SQL("""'{{"type": "Point", "coordinates": [' || {} || ', ' || {} || ']}}'""")


def has_places(rows: Rows) -> bool:
    """Whether the rows say where they are."""
    return _place(rows) is not None


def geojson_of(rows: Rows) -> Iterator[bytes]:
    """A collection of features; the geometry of a row without a place is null."""
    place = _place(rows) or [sql.NULL]
    opening = '{"type": "FeatureCollection", "features": ['
    return joined(opening, (_features(rows, batch) for batch in rows.objects(place, GEOMETRY)), "]}")


def _place(rows: Rows) -> list[sql.Composable] | None:
    """The SQL expressions of a row's place: its geometry as text, or level and key of its area."""
    names = set(rows.table.names)
    if GEOMETRY in names:  # a text that is no JSON breaks the download off instead of spoiling it
        return [sql.SQL("{}::json::text").format(sql.Identifier(GEOMETRY))]
    if names.issuperset(POINT):
        return [_POINT.format(*map(sql.Identifier, POINT))]
    if names.issuperset(AREA) and rows.areas:
        return [sql.Identifier(name) for name in AREA]
    return None


def _features(rows: Rows, batch: list[tuple[Any, ...]]) -> list[str]:
    return [
        f'{{"type": "Feature", "geometry": {_geometry(rows, place) or "null"}, "properties": {properties}}}'
        for *place, properties in batch
    ]


def _geometry(rows: Rows, place: list[Any]) -> str | None:
    return rows.areas.get((place[0], place[1])) if len(place) == len(AREA) else place[0]
