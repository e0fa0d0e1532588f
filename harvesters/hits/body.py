"""The rows of a table's body: what each one speaks of, and its figures. `table` says where they come from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.hits.areas import Area, Areas
from ckanext.herne.harvesters.hits.cells import CellError, split_marks, understand
from ckanext.herne.harvesters.hits.extent import Extent
from ckanext.herne.harvesters.hits.footnotes import footnotes
from ckanext.herne.harvesters.hits.headings import Head
from ckanext.herne.harvesters.hits.labels import Labels, Time
from ckanext.herne.harvesters.hits.percentages import Percentages
from ckanext.herne.harvesters.hits.problems import Problem, layout
from ckanext.herne.harvesters.hits.sections import Sections
from ckanext.herne.harvesters.hits.tidy import Reading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ckanext.herne.harvesters.hits.cells import Cell
    from ckanext.herne.harvesters.hits.headings import Column
    from ckanext.herne.harvesters.hits.sheets import Grid
    from ckanext.herne.harvesters.hits.theme import Theme


class Body:
    """Reads the table of one sheet, from its head to its foot. Raises LayoutError for a head that differs.

    `notes` are footnotes that stand elsewhere on the sheet.
    """

    def __init__(self, theme: Theme, name: str, grid: Grid, notes: Mapping[str, str]) -> None:
        self.theme, self.grid = theme, grid
        self.head = Head(theme, grid)
        self.columns = self.head.columns()
        self.labels = Labels(theme, grid, self.head)
        left = min([*self.labels.columns, *(column.number for column in self.columns)], default=1)
        self.year = self.head.year(name, left)
        self.extent = Extent(theme, grid, self.labels, (column.number for column in self.columns))
        self.areas, self.sections = Areas(theme.areas), Sections(theme.sections)
        self.percentages = Percentages()
        self.reading = Reading(grid.name)
        self.notes = dict(notes)
        self.places: dict[tuple[str, str, int, str], int] = {}
        """The row of each key."""

    def read(self) -> Reading:
        first = self.labels.first
        if self.theme.number_row:
            if not self.extent.numbers_columns(first):
                self._problem(first, 1, _("the row below the head does not number the columns"))
            self.reading.skipped.append(first)
            first += 1
        last = self.reading.last_row = self.extent.last_row(first)
        self.notes |= footnotes(self.grid, last + 1)
        for row in range(first, last + 1):
            if self.grid.filled(row):
                self._row(row)
        if not self.reading.rows and not self.reading.problems:
            self._problem(first, self.labels.column, _("the table has no rows"))
        for row, column, text in self.percentages.doubtful():
            self._problem(row, column, text, _("Give all cells of the column one number format"))
        self.reading.unread = self._unread(first, last)
        return self.reading

    def _problem(self, row: int, column: int, text: str, remedy: str = "") -> None:
        problem = Problem(self.grid.name, self.grid.address(row, column), text, remedy or layout())
        if problem not in self.reading.problems[-1:]:
            self.reading.problems.append(problem)

    def _unread(self, first: int, last: int) -> list[str]:
        """The headings of columns with figures that the theme does not read."""
        known = self.labels.columns | {column.number for column in self.columns}
        filled = {column for row in range(first, last + 1) for column in self.grid.filled(row)} - known
        headings = {column: self.head.headings[column].text for column in sorted(filled)}
        return [text for text in headings.values() if text]

    def _row(self, row: int) -> None:
        line, key, label = self.grid.line(row), self.labels.key(row), self.labels.of(row)
        said = {line, key, split_marks(label)[0]}
        if any(re.fullmatch(pattern, text) for pattern in self.theme.skip for text in said):
            self.reading.skipped.append(row)
            return
        if not self.extent.has_figures(row) and self.sections.begin(line):
            self.reading.skipped.append(row)
            return
        area = self._area(row)
        if area is None:
            text = _("the row '{row}' fits no level of the theme")
            self._problem(row, self.labels.column, text.format(row=line[:80]))
        elif self._takes_sections(row):
            self._values(row, area)

    def _area(self, row: int) -> Area | None:
        place = self.theme.place
        if place is not None:
            return Area(place.level, place.key, place.name) if self.extent.has_figures(row) else None
        key, written = self.labels.key(row), self.labels.written(row)
        return self.areas.of(key, written) if key or written.strip() else None

    def _takes_sections(self, row: int) -> bool:
        """Takes in what columns say of the row's sections; whether all of it is known."""
        for rule, column in self.labels.sections:
            text = self.labels.text(row, column)
            if not self.sections.take(rule, text):
                problem = _("'{text}' is no value of '{dimension}' that the theme knows")
                self._problem(row, column, problem.format(text=text, dimension=rule.dimension))
                return False
        return True

    def _values(self, row: int, area: Area) -> None:
        try:
            told = self.labels.time(row)
        except ValueError as error:
            self._problem(row, self.labels.year_column or 1, str(error))
            return
        for column in self.columns:
            year = column.year or (told.year if told else self.sections.year or self.year)
            if year is None:
                text = _("neither title nor column nor section says of which year this row is")
                self._problem(row, self.labels.column, text)
                return
            self._value(row, column, area, Time(year, told.day if told else None))

    def _value(self, row: int, column: Column, area: Area, time: Time) -> None:
        content = self.grid.at(row, column.number)
        indicator = self.sections.applied(column.indicator)
        try:
            self._refuse_doubtful(row, column.number)
            found = understand(content, self.theme.signs)
            self.percentages.see(row, column.number, content, found, indicator.unit)
        except CellError as error:
            remedy = _("Correct the cell, or add the sign to the theme or signs.yaml")
            self._problem(row, column.number, str(error), error.remedy or remedy)
            return
        key = (area.level, area.key, time.year, indicator.id)
        if key in self.places:
            text = _("{level} '{key}' stands in row {row} already")
            text = text.format(level=area.level, key=area.key, row=self.places[key])
            remedy = _("Tell the two apart by the theme's rules for areas")
            self._problem(row, self.labels.column, text, remedy)
            return
        self.places[key] = row
        self.reading.cells.append((row, column.number))
        reference = indicator.reference or self.theme.reference
        self.reading.rows.append(
            (
                area.level,
                area.key,
                area.name,
                time.year,
                time.day or (reference.format(year=time.year) if reference else None),
                indicator.id,
                indicator.label_de,
                found.value,
                found.status,
                found.flag or (self.theme.red if content.red else None),
                indicator.unit,
                self._footnote(column, area, found),
            )
        )

    def _footnote(self, column: Column, area: Area, found: Cell) -> str | None:
        marks = dict.fromkeys((*column.marks, *area.marks, *found.marks))
        return "; ".join(self.notes.get(mark, f"({mark})") for mark in marks) or None

    def _refuse_doubtful(self, row: int, column: int) -> None:
        """One figure for several areas must not look like one and a gap; what is hidden is not published."""
        anchor = self.grid.anchors.get((row, column))
        if anchor is not None and anchor in self.grid.cells:
            problem = _("it is merged with another cell: one figure stands for several rows or columns")
            raise CellError(problem)
        if self.theme.hidden == "refuse" and not self.grid.is_seen(row, column):
            remedy = _("Show the row and column, or say 'hidden: read' in the theme")
            raise CellError(_("its row or column is hidden: nobody would see what is published"), remedy)
