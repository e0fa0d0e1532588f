"""Rows as Parquet with their real types: decimals exact, times marked as UTC.

A Parquet file names its parts at its end, so it is made whole on disk before anything of it leaves; it needs
little memory, as the rows pass through in batches.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
from ckanext.herne.tables.export.files import chunks
from ckanext.herne.tables.export.texts import csv_of
from ckanext.herne.tables.model import TYPES, Column

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ckanext.herne.tables.export.reading import Rows

ROW_GROUP = 100_000  # rows


def parquet_of(rows: Rows) -> Iterator[bytes]:
    """The file in chunks."""
    with tempfile.TemporaryDirectory() as folder:
        texts, typed = Path(folder, "rows.csv"), Path(folder, "rows.parquet")
        with texts.open("wb") as file:
            file.writelines(csv_of(rows))
        lines = pl.scan_csv(texts, schema=dict.fromkeys(rows.table.names, pl.String))
        values = lines.select(map(_typed, rows.table.columns))
        values.sink_parquet(typed, compression="zstd", row_group_size=ROW_GROUP)
        with typed.open("rb") as file:
            yield from chunks(file)


def _typed(column: Column) -> pl.Expr:
    text = pl.col(column.id)
    match column.type:
        case "boolean":
            return text == "true"
        case "date":
            return text.str.to_date("%Y-%m-%d")
        case "timestamp":
            return text.str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", time_unit="us", time_zone="UTC")
    return text.cast(TYPES[column.type].dtype)
