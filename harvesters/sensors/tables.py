"""The tables of a sensor domain: hours, days and stations; their columns stand in `columns.yaml`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from ckanext.herne.harvesters.operations.config import read
from ckanext.herne.tables import Column, Table

if TYPE_CHECKING:
    from ckanext.herne.harvesters.sensors.domain import Domain


class _Columns(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    series: tuple[Column, ...]
    hour: Column
    day: Column
    values: tuple[Column, ...]
    capacity: tuple[Column, ...]
    station: tuple[Column, ...]


_COLUMNS = read(Path(__file__).parent / "columns.yaml", _Columns)
STATION_COLUMNS = tuple(column.id for column in _COLUMNS.station)


def hourly_table(domain: Domain) -> Table:
    """One row per stream and hour."""
    return _bucket_table(domain, "hourly", _COLUMNS.hour)


def daily_table(domain: Domain) -> Table:
    """One row per stream and local day."""
    return _bucket_table(domain, "daily", _COLUMNS.day)


def station_table(domain: Domain) -> Table:
    """One row per station, also for those that are no longer there."""
    return Table(f"{domain.id} (stations)", _COLUMNS.station, ("station_id",))


def _bucket_table(domain: Domain, name: str, time: Column) -> Table:
    places = () if domain.privacy == "open" else _COLUMNS.capacity
    columns = (*_COLUMNS.series, time, *_COLUMNS.values, *places)
    return Table(f"{domain.id} ({name})", columns, ("stream_id", time.id))
