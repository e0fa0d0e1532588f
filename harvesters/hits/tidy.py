"""The tidy rows of a theme as they are read, and what was read of a sheet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from ckanext.herne.harvesters.hits.problems import Problem

SCHEMA: dict[str, Any] = {
    "level": pl.String,
    "area_id": pl.String,
    "area": pl.String,
    "year": pl.Int64,
    "reference": pl.String,
    "indicator": pl.String,
    "label": pl.String,
    "value": pl.Decimal(38, 9),
    "status": pl.String,
    "flag": pl.String,
    "unit": pl.String,
    "footnote": pl.String,
}
"""The types of the tidy rows; the columns are those of `theme.TABLE`."""


@dataclass
class Reading:
    """What was read of a sheet: rows, where they stand, what was passed over, and what was not understood.

    `unread` are the headings of columns with figures that no indicator of the theme reads.
    """

    sheet: str
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    cells: list[tuple[int, int]] = field(default_factory=list)
    skipped: list[int] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    last_row: int = 0

    def frame(self) -> pl.DataFrame:
        """The rows as a table."""
        return pl.DataFrame(self.rows, schema=SCHEMA, orient="row")
