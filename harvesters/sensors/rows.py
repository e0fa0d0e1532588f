"""Aggregates as rows of the domain's tables. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from ckanext.herne.harvesters.sensors.aggregate.buckets import DECIMALS
from ckanext.herne.harvesters.sensors.tables import STATION_COLUMNS
from ckanext.herne.tables.model import TYPES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from ckanext.herne.harvesters.sensors.series import Series
    from ckanext.herne.harvesters.sensors.window import Stored
    from ckanext.herne.tables import Table


def bucket_rows(table: Table, buckets: Sequence[pl.DataFrame], facts: pl.DataFrame) -> pl.DataFrame:
    """The rows of the series in `facts`, in the order of the table's key."""
    if not any(frame.height for frame in buckets):
        return pl.DataFrame(schema={column.id: TYPES[column.type].dtype for column in table.columns})
    free = (pl.col("capacity") - pl.col("value")).round(DECIMALS).alias("free")
    rows = pl.concat(buckets).join(facts, on="series").with_columns(free)
    return rows.select(table.names).sort(table.key)


def station_rows(series: Sequence[Series], days: pl.DataFrame, stored: Stored) -> pl.DataFrame:
    """The stations there are, and the last full day each of them had values."""
    last: dict[str, date] = dict(days.group_by("station_id").agg(pl.col("day").max()).iter_rows())
    rows: dict[str, dict[str, Any]] = {}
    for entry in series:
        station = entry.stream.station
        known = [stored.days.get(entry.stream.id), last.get(station.id)]
        if station.id in rows:
            known.append(rows[station.id]["last_day"])
        longitude, latitude = station.position or (None, None)
        rows[station.id] = {
            "station_id": station.id,
            "station": station.name,
            "longitude": longitude,
            "latitude": latitude,
            "capacity": entry.capacity,
            "last_day": max((day for day in known if day), default=None),
        }
    schema = {"longitude": pl.Float64, "latitude": pl.Float64, "capacity": pl.Int64, "last_day": pl.Date}
    return pl.DataFrame(list(rows.values()), schema_overrides=schema).select(STATION_COLUMNS)
