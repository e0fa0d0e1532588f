"""What a table is: columns with type, label and unit, and the key of a row. Pure; no database."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class TableError(ValueError):
    """Rows or a stored table do not fit the declaration; the text names table, column and remedy."""


@dataclass(frozen=True)
class ColumnType:
    """A type of the DataStore: its name in PostgreSQL's catalogue, how Polars holds it, what it accepts."""

    postgres: str
    dtype: pl.DataType
    accepts: tuple[type[pl.DataType], ...]


DECIMALS = 9
"""Digits a decimal has after its point; before it there may be 29. Floats are rounded, decimals refused."""
_WHOLE = (pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32)
TYPES: Mapping[str, ColumnType] = {
    "text": ColumnType("text", pl.String(), (pl.String,)),
    "integer": ColumnType("int4", pl.Int64(), _WHOLE),
    "numeric": ColumnType("numeric", pl.Decimal(38, DECIMALS), (pl.Decimal, pl.Float64, pl.Float32, *_WHOLE)),
    "timestamp": ColumnType("timestamp", pl.Datetime("us"), (pl.Datetime,)),
    "date": ColumnType("date", pl.Date(), (pl.Date,)),
    "boolean": ColumnType("bool", pl.Boolean(), (pl.Boolean,)),
}
"""The column types by the name a declaration uses. A timestamp has no zone and means UTC."""


@dataclass(frozen=True)
class Column:
    """One column; `unit` is a UCUM code, `search` says whether full-text search finds the row by it."""

    id: str
    type: str
    label_de: str
    label_en: str
    description_de: str
    description_en: str
    unit: str | None = None
    search: bool = False

    def __post_init__(self) -> None:
        if self.type not in TYPES:
            raise TableError(f"Column '{self.id}': unknown type '{self.type}'; known are {', '.join(TYPES)}")

    def field(self) -> dict[str, Any]:
        """The field for `datastore_create`, with its entry in the data dictionary."""
        info = {
            "label": self.label_de,
            "notes": self.description_de,
            "label_en": self.label_en,
            "notes_en": self.description_en,
        }
        if self.unit:
            info["unit"] = self.unit
        return {"id": self.id, "type": self.type, "info": info}


@dataclass(frozen=True)
class Table:
    """A table by its name (for messages), its columns in order and the columns of its key."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    def __post_init__(self) -> None:
        missing = [name for name in self.key if name not in self.names]
        if missing or not self.key:
            raise TableError(f"Table '{self.name}': the key needs columns of the table, not {missing}")

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.id for column in self.columns)

    def checked(self, rows: pl.DataFrame) -> pl.DataFrame:
        """`rows` in the order of the columns; empty text becomes null.

        Raises TableError for missing or further columns, a wrong type, a NaN, and a key that is empty or
        occurs twice.
        """
        if set(rows.columns) != set(self.names):
            differing = sorted(set(rows.columns) ^ set(self.names))
            raise TableError(
                f"Table '{self.name}': these columns are missing or too many: {', '.join(differing)}"
            )
        rows = _only(rows, self.names)
        if any(column.any() for column in rows.select(pl.col(pl.String) == "")):  # looking is cheap
            rows = rows.with_columns(pl.col(pl.String).replace("", None))
        for column in self.columns:
            self._check_column(column, rows.get_column(column.id))
        self._check_key(rows)
        return rows

    def _check_column(self, column: Column, values: pl.Series) -> None:
        place = f"Table '{self.name}', column '{column.id}'"
        if not isinstance(values.dtype, (*TYPES[column.type].accepts, pl.Null)):
            raise TableError(f"{place}: {values.dtype} is not {column.type}; types are not guessed")
        if isinstance(values.dtype, pl.Datetime) and values.dtype.time_zone is not None:
            raise TableError(f"{place}: give UTC without a zone")
        if isinstance(values.dtype, pl.Decimal) and not values.equals(values.round(DECIMALS)):
            raise TableError(f"{place}: more than {DECIMALS} decimals; round them, or give another unit")
        if values.dtype.is_float() and not values.drop_nulls().is_finite().all():
            raise TableError(f"{place}: NaN or infinite; leave it empty instead")

    def _check_key(self, rows: pl.DataFrame) -> None:
        for name in self.key:
            if rows.get_column(name).null_count():
                raise TableError(f"Table '{self.name}': a row has no '{name}', which belongs to the key")
        keys = _only(rows, self.key)
        if (twice := keys.is_duplicated()).any():
            found = keys.filter(twice).row(0, named=True)
            raise TableError(f"Table '{self.name}': the key {found} occurs more than once")


def _only(rows: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """These columns, without a query: planning one takes a tenth of a small load."""
    return pl.DataFrame([rows.get_column(name) for name in names])


@dataclass(frozen=True)
class Scope:
    """The stored rows a load speaks for: `start <= column < end`, and the columns of `where` have its values.

    Those of them that are not loaded go.
    """

    column: str
    start: Any
    end: Any
    where: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Changes:
    """What a load did, or would do, in rows."""

    inserted: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0

    def __bool__(self) -> bool:
        """Whether anything is written."""
        return bool(self.inserted or self.changed or self.removed)
