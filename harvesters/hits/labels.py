"""What the columns beside the figures say of a row: key and name of its area, its year, its sections."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.hits.cells import split_marks

if TYPE_CHECKING:
    from ckanext.herne.harvesters.hits.headings import Head
    from ckanext.herne.harvesters.hits.sheets import Grid
    from ckanext.herne.harvesters.hits.theme import Theme

_YEAR = re.compile(r"((?:19|20)\d\d)")
_DAY = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?((?:19|20)\d\d)")
_ANY = "Any text, as 1) a note"


class Time(NamedTuple):
    """The year a row is of, and the day if it has one."""

    year: int
    day: str | None = None


class Labels:
    """The columns of labels a theme names. Raises LayoutError for a heading that is not there."""

    def __init__(self, theme: Theme, grid: Grid, head: Head) -> None:
        self.theme, self.grid = theme, grid
        self.key_column, self.name_column, self.year_column = (
            head.column(heading) if heading else None
            for heading in (theme.key_heading, theme.name_heading, theme.year_heading)
        )
        self.sections = [
            (rule, head.column(rule.heading)) for rule in theme.sections if rule.heading is not None
        ]
        self.first = theme.header_row + theme.header_rows

    @property
    def column(self) -> int:
        """The column that names a row, for messages."""
        return self.name_column or self.key_column or self.year_column or 1

    @property
    def columns(self) -> set[int]:
        named = (self.key_column, self.name_column, self.year_column)
        return {column for column in named if column} | {column for _rule, column in self.sections}

    def key(self, row: int) -> str:
        return self.text(row, self.key_column)

    def name(self, row: int) -> str:
        return self.text(row, self.name_column)

    def of(self, row: int) -> str:
        """What names the row: its name, else its key, else its year."""
        return self.name(row) or self.key(row) or self.text(row, self.year_column)

    def written(self, row: int) -> str:
        """The name as it stands in the cell, with the blanks before it."""
        column = self.name_column or self.key_column or 1
        return self.grid.over(self._told(row, column), column).text

    def text(self, row: int, column: int | None) -> str:
        return " ".join(self.grid.over(self._told(row, column), column).text.split()) if column else ""

    def _told(self, row: int, column: int) -> int:
        """The row whose label holds: where blanks repeat what stands above them, the last one with a text."""
        if self.theme.blanks_repeat and column in self.columns:
            while row > self.first and not self.grid.over(row, column).text.strip():
                row -= 1
        return row

    def is_named(self, row: int) -> bool:
        """Whether a row without figures is an area's: its key or name fits, where not any name does."""
        key, name = self.key(row), split_marks(self.name(row))[0]
        return any(
            (bool(key) and rule.key is not None and re.fullmatch(rule.key, key.zfill(rule.pad)))
            or (rule.name is not None and re.fullmatch(rule.name, name) and not re.fullmatch(rule.name, _ANY))
            for rule in self.theme.areas
        )

    def time(self, row: int) -> Time | None:
        """The year in the row's own column for it. Raises ValueError for a text that is none."""
        if self.year_column is None:
            return None
        content = self.grid.over(self._told(row, self.year_column), self.year_column)
        if isinstance(content.value, date):
            return Time(content.value.year, content.value.isoformat())
        text = split_marks(content.text.strip())[0]
        if found := _YEAR.fullmatch(text):
            return Time(int(found[1]))
        if found := _DAY.fullmatch(text):
            return Time(int(found[3]), f"{found[3]}-{int(found[2]):02d}-{int(found[1]):02d}")
        raise ValueError(_("'{text}' is no year").format(text=content.text))
