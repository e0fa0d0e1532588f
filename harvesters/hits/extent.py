"""How far down a table goes: from the row below its head to its last row, before notes and other tables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ckanext.herne.harvesters.hits.cells import CellError, understand

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ckanext.herne.harvesters.hits.labels import Labels
    from ckanext.herne.harvesters.hits.sheets import Grid
    from ckanext.herne.harvesters.hits.theme import Theme


class Extent:
    """The rows of a theme's table; `figures` are the columns it reads."""

    def __init__(self, theme: Theme, grid: Grid, labels: Labels, figures: Iterable[int]) -> None:
        self.theme, self.grid, self.labels = theme, grid, labels
        self.figures = tuple(figures)

    def last_row(self, first: int) -> int:
        """The last row with figures before the end the theme names, and rows of areas right below it."""
        stop = self._stop(first)
        last = max((row for row in range(first, stop + 1) if self._belongs(row)), default=first - 1)
        for row in range(last + 1, stop + 1):
            if self.labels.is_named(row):
                last = row
            elif self.grid.filled(row):
                break
        return last

    def _stop(self, first: int) -> int:
        """The row before the one that ends the table, else the last one of the sheet."""
        for row in range(first, self.grid.rows + 1):
            if self.grid.filled(row) and re.search(self.theme.end, self.grid.line(row)):
                return row - 1
        return self.grid.rows

    def has_figures(self, row: int) -> bool:
        return any((row, column) in self.grid.cells for column in self.figures)

    def _belongs(self, row: int) -> bool:
        """Whether a row is one of the table: a text in a column of figures without a label is none."""
        return self.has_figures(row) and (
            bool(self.labels.of(row)) or any(self._is_figure(row, column) for column in self.figures)
        )

    def _is_figure(self, row: int, column: int) -> bool:
        try:
            return (row, column) in self.grid.cells and bool(
                understand(self.grid.at(row, column), self.theme.signs)
            )
        except CellError:
            return False

    def numbers_columns(self, row: int) -> bool:
        """Whether a row numbers the columns, from 1 on."""
        numbers = [int(number) for number in re.findall(r"\d+", self.grid.line(row))]
        return len(numbers) > 1 and numbers == list(range(1, len(numbers) + 1))
