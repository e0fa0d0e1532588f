"""The rows of a table's body: what each one speaks of, and its figures. `table` says where they come from."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl
from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.hits.areas import Area, Areas
from ckanext.herne.harvesters.hits.cells import CellError, split_marks, understand
from ckanext.herne.harvesters.hits.footnotes import footnotes
from ckanext.herne.harvesters.hits.headings import Head
from ckanext.herne.harvesters.hits.problems import Problem, layout
from ckanext.herne.harvesters.hits.sections import Sections

if TYPE_CHECKING:
    from ckanext.herne.harvesters.hits.headings import Column
    from ckanext.herne.harvesters.hits.sheets import Content, Grid
    from ckanext.herne.harvesters.hits.theme import Theme

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


_ANY = "Any text, as 1) a note"


@dataclass
class Reading:
    """What was read of a sheet: rows, where they stand, and what was not understood."""

    sheet: str
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    cells: list[tuple[int, int]] = field(default_factory=list)
    skipped: list[int] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    last_row: int = 0

    def frame(self) -> pl.DataFrame:
        """The rows as a table."""
        return pl.DataFrame(self.rows, schema=SCHEMA, orient="row")


class Body:
    """Reads the table of one sheet, from its head to its foot. Raises LayoutError for a head that differs."""

    def __init__(self, theme: Theme, name: str, grid: Grid) -> None:
        self.theme, self.grid = theme, grid
        head = Head(theme, grid)
        self.year = head.year(name)
        self.columns = head.columns()
        self.key, self.name, self.year_column = (
            head.column(heading) if heading else None
            for heading in (theme.key_heading, theme.name_heading, theme.year_heading)
        )
        self.first = theme.header_row + theme.header_rows
        self.areas, self.sections = Areas(theme.areas), Sections(theme.sections)
        self.reading = Reading(grid.name)
        self.places: dict[tuple[str, str, int, str], int] = {}
        """The row of each key."""

    def read(self) -> Reading:
        if self.theme.number_row:
            self._number_row()
        last = self.reading.last_row = self._last_row()
        self.notes = footnotes(self.grid, last + 1)
        for row in range(self.first, last + 1):
            self._row(row)
        if not self.reading.rows and not self.reading.problems:
            self._problem(self.first, self._label_column, _("the table has no rows"))
        return self.reading

    @property
    def _label_column(self) -> int:
        return self.name or self.key or self.year_column or 1

    def _problem(self, row: int, column: int, text: str, remedy: str = "") -> None:
        problem = Problem(self.grid.name, row, column, text, remedy or layout())
        if problem not in self.reading.problems[-1:]:
            self.reading.problems.append(problem)

    def _number_row(self) -> None:
        """Leaves out the row of column numbers below the head, if it is one."""
        numbers = re.findall(r"\d+", self.grid.line(self.first))
        if [int(number) for number in numbers] != list(range(1, len(numbers) + 1)) or len(numbers) < 2:
            self._problem(self.first, 1, _("the row below the head does not number the columns"))
        self.reading.skipped.append(self.first)
        self.first += 1

    def _last_row(self) -> int:
        """The last row with figures before the end the theme names, and rows of areas right below it."""
        stop = self.grid.rows
        for row in range(self.first, stop + 1):
            if re.search(self.theme.end, self.grid.line(row)):
                stop = row - 1
                break
        last = max((row for row in range(self.first, stop + 1) if self._belongs(row)), default=self.first - 1)
        for row in range(last + 1, stop + 1):
            if self._is_named(row):
                last = row
            elif self.grid.line(row):
                break
        return last

    def _has_figures(self, row: int) -> bool:
        return any((row, column.number) in self.grid.cells for column in self.columns)

    def _belongs(self, row: int) -> bool:
        """Whether a row is one of the table: a text in a column of figures without a label is none."""
        return self._has_figures(row) and (
            bool(self._label(row)) or any(self._is_figure(row, column.number) for column in self.columns)
        )

    def _is_figure(self, row: int, column: int) -> bool:
        try:
            return (row, column) in self.grid.cells and bool(
                understand(self.grid.at(row, column), self.theme.signs)
            )
        except CellError:
            return False

    def _label(self, row: int) -> str:
        return self._text(row, self.name) or self._text(row, self.key) or self._text(row, self.year_column)

    def _is_named(self, row: int) -> bool:
        """Whether a row without figures is an area's: its key or name fits, where not any name does."""
        key, name = self._text(row, self.key), split_marks(self._text(row, self.name))[0]
        return any(
            (bool(key) and rule.key is not None and re.fullmatch(rule.key, key.zfill(rule.pad)))
            or (rule.name is not None and re.fullmatch(rule.name, name) and not re.fullmatch(rule.name, _ANY))
            for rule in self.theme.areas
        )

    def _row(self, row: int) -> None:
        line = self.grid.line(row)
        if not line:
            return
        said = {line, self._text(row, self.key), split_marks(self._label(row))[0]}
        if any(re.fullmatch(pattern, text) for pattern in self.theme.skip for text in said):
            self.reading.skipped.append(row)
            return
        if not self._has_figures(row) and self.sections.begin(line):
            self.reading.skipped.append(row)
            return
        area = self._area(row)
        if area is None:
            text = _("the row '{row}' fits no level of the theme")
            self._problem(row, self._label_column, text.format(row=line[:80]))
            return
        self._values(row, area)

    def _area(self, row: int) -> Area | None:
        place = self.theme.place
        if place is not None:
            return Area(place.level, place.key, place.name) if self._has_figures(row) else None
        written = self.grid.over(row, self.name or self.key or 1).text
        key = self._text(row, self.key)
        return self.areas.of(key, written) if key or written.strip() else None

    def _text(self, row: int, column: int | None) -> str:
        return " ".join(self.grid.over(row, column).text.split()) if column else ""

    def _values(self, row: int, area: Area) -> None:
        of_row, day = self._time(row)
        for column in self.columns:
            year = column.year or of_row
            if year is None:
                text = _("neither title nor column nor section says of which year this row is")
                self._problem(row, self._label_column, text)
                return
            self._value(row, column, area, year, day)

    def _time(self, row: int) -> tuple[int | None, str | None]:
        """The year of a row, and its day if the row has one."""
        if self.year_column is None:
            return self.sections.year or self.year, None
        content = self.grid.over(row, self.year_column)
        if isinstance(content.value, date):
            return content.value.year, content.value.isoformat()
        found = re.fullmatch(r"\s*((?:19|20)\d\d)\s*", content.text)
        if found is None:
            text = _("'{text}' is no year")
            self._problem(row, self.year_column, text.format(text=content.text))
        return (int(found[1]), None) if found else (0, None)

    def _value(self, row: int, column: Column, area: Area, year: int, day: str | None) -> None:
        content = self.grid.at(row, column.number)
        try:
            self._refuse_covered(row, column.number)
            found = understand(content, self.theme.signs)
        except CellError as error:
            self._problem(
                row,
                column.number,
                str(error),
                _("Correct the cell, or add the sign to the theme or signs.yaml"),
            )
            return
        indicator, unit, label = self.sections.applied(column.indicator)
        marks = dict.fromkeys((*column.marks, *area.marks, *found.marks))
        reference = column.indicator.reference or self.theme.reference
        key = (area.level, area.key, year, indicator)
        if key in self.places:
            text = _("{level} '{key}' stands in row {row} already")
            text = text.format(level=area.level, key=area.key, row=self.places[key])
            self._problem(
                row, self._label_column, text, _("Tell the two apart by the theme's rules for areas")
            )
            return
        self.places[key] = row
        self.reading.cells.append((row, column.number))
        self.reading.rows.append(
            (
                area.level,
                area.key,
                area.name,
                year,
                day or (reference.format(year=year) if reference else None),
                indicator,
                label,
                found.value,
                found.status,
                found.flag or self._colour(content),
                unit,
                "; ".join(self.notes.get(mark, f"({mark})") for mark in marks) or None,
            )
        )

    def _colour(self, content: Content) -> str | None:
        return self.theme.red if content.red else None

    def _refuse_covered(self, row: int, column: int) -> None:
        """One figure for several areas must not look like one figure and a gap."""
        anchor = self.grid.anchors.get((row, column))
        if anchor is not None and anchor in self.grid.cells:
            problem = _("it is merged with another cell: one figure stands for several rows or columns")
            raise CellError(problem)
