"""The head of a table: headings of merged rows, the columns a theme names, and the year above it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.hits.cells import split_marks
from ckanext.herne.harvesters.hits.problems import LayoutError, Problem, layout
from ckanext.herne.harvesters.hits.sheets.grid import address, letters, position

if TYPE_CHECKING:
    from ckanext.herne.harvesters.hits.sheets import Grid
    from ckanext.herne.harvesters.hits.theme import Indicator, Theme

YEAR = "{year}"
"""Stands in a heading for any year."""


class Heading(NamedTuple):
    """A column's heading, the parts of a merged one joined by " / ", and its footnote marks."""

    text: str
    marks: tuple[str, ...] = ()


class Column(NamedTuple):
    """A column with figures: what it holds, and of which year if its heading says so."""

    number: int
    indicator: Indicator
    year: int | None
    marks: tuple[str, ...]


def headings(grid: Grid, first: int, count: int) -> dict[int, Heading]:
    """The heading of each column, from `count` rows; a merged cell counts for all columns it covers."""
    found = {}
    for column in range(1, grid.columns + 1):
        parts: list[str] = []
        marks: list[str] = []
        for row in range(first, first + count):
            part, of_part = split_marks(" ".join(grid.over(row, column).text.split()))
            if part and part not in parts[-1:]:
                parts.append(part)
                marks.extend(of_part)
        found[column] = Heading(" / ".join(parts), tuple(marks))
    return found


class Head:
    """The head of a theme's table on one sheet. Raises LayoutError where it is not as the theme says."""

    def __init__(self, theme: Theme, grid: Grid) -> None:
        self.theme, self.grid = theme, grid
        self.headings = headings(grid, theme.header_row, theme.header_rows)

    def column(self, wanted: str) -> int:
        """The number of the one column with this heading."""
        if wanted.startswith("@"):
            return int(wanted[1:]) if wanted[1:].isdecimal() else position(f"{wanted[1:]}1")[1]
        found = [number for number, heading in self.headings.items() if heading.text == wanted]
        if len(found) == 1:
            return found[0]
        raise self._unknown(wanted, len(found))

    def columns(self) -> list[Column]:
        """The columns of all indicators."""
        return [column for indicator in self.theme.indicators for column in self._of(indicator)]

    def _of(self, indicator: Indicator) -> list[Column]:
        if YEAR not in indicator.heading:
            number = self.column(indicator.heading)
            marks = self.headings.get(number, Heading("")).marks
            return [Column(number, indicator, None, marks)]
        pattern = re.escape(indicator.heading).replace(re.escape(YEAR), r"(\d{4})")
        matches = {number: re.fullmatch(pattern, one.text) for number, one in self.headings.items()}
        found = [
            Column(number, indicator, int(match[1]), self.headings[number].marks)
            for number, match in matches.items()
            if match
        ]
        if not found:
            raise self._unknown(indicator.heading, 0)
        return found

    def _unknown(self, wanted: str, times: int) -> LayoutError:
        known = ", ".join(
            f"'{heading.text}' ({column_name(self.grid, number)})"
            for number, heading in self.headings.items()
            if heading.text
        )
        problem = _("the heading '{wanted}' occurs {times} times; there are {known}")
        text = problem.format(wanted=wanted, times=times, known=known or "–")
        return self._error(self.grid.address(self.theme.header_row, 1), text)

    def _error(self, cell: str, text: str) -> LayoutError:
        return LayoutError(Problem(self.grid.name, cell, text, layout()))

    def year(self, name: str, left: int) -> int | None:
        """The year in the rows above the table, the sheet's or the file's name; `left` is its first column.

        None if the theme does not look for one there, as columns or rows tell it.
        """
        if self.theme.year is None:
            return None
        sheet = self.grid.transposed() if self.grid.turned else self.grid
        above = [sheet.line(row) for row in range(1, left if self.grid.turned else self.theme.header_row)]
        for row, text in enumerate(above, 1):
            if found := self._years(text, address(row, 1)):
                return found
        for text in (self.grid.name, name):
            if found := self._years(text, address(1, 1)):
                return found
        problem = _("no title above the table matches '{pattern}', so its year is not known")
        raise self._error(address(1, 1), problem.format(pattern=self.theme.year))

    def _years(self, text: str, cell: str) -> int | None:
        """The year a text tells, if it tells one; two are not chosen from."""
        years = {int(found[1]) for found in re.finditer(self.theme.year or "", text)}
        if len(years) > 1:
            told = ", ".join(map(str, sorted(years)))
            problem = _("'{text}' tells several years ({years}), so the table's is not known")
            raise self._error(cell, problem.format(text=text[:80], years=told))
        return next(iter(years), None)


def column_name(grid: Grid, number: int) -> str:
    """How a theme names a column: by its letters; of a sheet whose rows are columns, by the row's number."""
    return str(number) if grid.turned else letters(number)
