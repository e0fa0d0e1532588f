"""Percentages among numbers: 0.162 shown as 16.2 % beside a plain 0.162 is a hundredfold error in waiting."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.hits.cells import CellError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ckanext.herne.harvesters.hits.cells import Cell
    from ckanext.herne.harvesters.hits.sheets import Content

PERCENT = "%"


class Percentages:
    """Which cells of each column are percentages by their format, and which are plain numbers."""

    def __init__(self) -> None:
        self._formatted: set[tuple[int, str]] = set()
        self._plain: dict[tuple[int, str], list[tuple[int, Decimal]]] = defaultdict(list)

    def see(self, row: int, column: int, content: Content, found: Cell, unit: str) -> None:
        """Takes a figure in. Raises CellError for a percentage of an indicator that has another unit."""
        if found.is_percent and unit != PERCENT:
            problem = _("{value} is a percentage, but the theme says its unit is '{unit}'")
            remedy = _("Give the indicator the unit '%'")
            raise CellError(problem.format(value=f"{found.value:f} %", unit=unit), remedy)
        if content.is_percent:
            self._formatted.add((column, unit))
        elif unit == PERCENT and isinstance(content.value, Decimal) and found.value:
            self._plain[column, unit].append((row, found.value))

    def doubtful(self) -> Iterator[tuple[int, int, str]]:
        """The plain numbers in columns of percentages: row, column, and what is wrong."""
        for key in sorted(self._formatted & set(self._plain)):
            for row, value in self._plain[key]:
                problem = _("{value} has no percent format, while other cells of its column have one")
                yield row, key[0], problem.format(value=f"{value:f}")
