"""Which downloads a table has, and their addresses. An address never changes, whatever is renamed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, datetime
from typing import TYPE_CHECKING

from ckanext.herne.tables.export.geojson import geojson_of, has_places
from ckanext.herne.tables.export.parquet import parquet_of
from ckanext.herne.tables.export.texts import csv_of, json_of
from ckanext.herne.tables.export.workbook import fits_sheet, xlsx_of
from ckanext.herne.tables.model import Scope, Table, TableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ckanext.herne.tables.export.reading import Rows


@dataclass(frozen=True)
class Format:
    """A format of a download: the `ending` of its address, its name, its media type, and who writes it."""

    ending: str
    label: str
    media_type: str
    write: Callable[[Rows], Iterator[bytes]]
    fits: Callable[[Rows], bool] = lambda rows: True


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS = {
    entry.ending: entry
    for entry in (
        Format("csv", "CSV", "text/csv", csv_of),
        Format("json", "JSON", "application/json", json_of),
        Format("geojson", "GeoJSON", "application/geo+json", geojson_of, has_places),
        Format("parquet", "Parquet", "application/vnd.apache.parquet", parquet_of),
        Format("xlsx", "XLSX", XLSX, xlsx_of, fits_sheet),
    )
}


def formats_of(rows: Rows) -> list[Format]:
    """The formats the rows can be had in."""
    return [entry for entry in FORMATS.values() if entry.fits(rows)]


def address(resource_id: str, ending: str, year: int | None = None) -> str:
    """The path of a download within the portal, of all rows or of those of one year."""
    part = f"/{year:04d}" if year is not None else ""
    return f"/tables/{resource_id}{part}.{ending}"


def year_of(table: Table, year: int) -> Scope:
    """The rows of a calendar year: by the time in the key (UTC for hours), or the column `year` in it.

    Raises TableError for a table whose key has neither, and a year that no calendar has.
    """
    if not MINYEAR <= year < MAXYEAR:
        raise TableError(f"Table '{table.name}': there is no year {year}")
    for column in table.columns:
        if column.id not in table.key:
            continue
        if column.type == "timestamp":
            return Scope(column.id, datetime(year, 1, 1), datetime(year + 1, 1, 1))  # noqa: DTZ001 (UTC)
        if column.type == "date":
            return Scope(column.id, date(year, 1, 1), date(year + 1, 1, 1))
        if column.type == "integer" and column.id == "year":
            return Scope(column.id, year, year + 1)
    raise TableError(f"Table '{table.name}': its key has no time to tell years by; download it whole")
