"""A workbook of a theme to tidy rows. Pure: bytes in, rows out.

Whatever is not as the theme says (heading, row, cell) raises SourceError with sheet and cell address; a
layout that changed is never read as if it had not.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl
from ckanext.herne.harvesters.hits.cells import CellError, mark, split_marks, understand
from ckanext.herne.harvesters.hits.theme import TABLE
from ckanext.herne.harvesters.operations.errors import SourceError
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

if TYPE_CHECKING:
    from ckanext.herne.harvesters.hits.theme import Indicator, Theme
    from openpyxl.worksheet.worksheet import Worksheet

UNPACKED_BYTES = 200 * 1024 * 1024
"""A workbook that unpacks to more is refused (a table of a theme and year is about 10 KB)."""

_SCHEMA: dict[str, Any] = {
    "level": pl.String,
    "area_id": pl.String,
    "area": pl.String,
    "year": pl.Int64,
    "indicator": pl.String,
    "label": pl.String,
    "value": pl.Decimal(38, 9),
    "status": pl.String,
    "flag": pl.String,
    "unit": pl.String,
    "footnote": pl.String,
}
_NOTE = re.compile(r"(?P<mark>[¹²³⁴⁵⁶⁷⁸⁹⁰]+|\d\)|\*+)\s*(?P<text>.+)")
_LAYOUT = "If the layout changed on purpose, describe it in the theme's file"


@dataclass(frozen=True)
class Area:
    """The area a row speaks of; `key` is as in the source."""

    level: str
    key: str
    name: str
    marks: tuple[str, ...]


def read_workbook(theme: Theme, name: str, content: bytes) -> pl.DataFrame:
    """The rows of the first sheet of a workbook, columns as in `theme.TABLE`. Raises SourceError."""
    return _Reader(theme, name, _first_sheet(name, content)).rows()


def _first_sheet(name: str, content: bytes) -> Worksheet:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > UNPACKED_BYTES:
            raise SourceError(
                name, "", f"it unpacks to {unpacked} bytes", "Check the file; it looks like a trap"
            )
        sheet = load_workbook(io.BytesIO(content), data_only=True).worksheets[0]
    except (zipfile.BadZipFile, KeyError, ValueError, IndexError) as error:
        raise SourceError(
            name, "", f"not a readable xlsx workbook: {error}", "Save it again as .xlsx"
        ) from error
    return sheet


class _Reader:
    """Reads one sheet; the methods go from the head of the sheet to its foot."""

    def __init__(self, theme: Theme, name: str, sheet: Worksheet) -> None:
        self.theme = theme
        self.name = name
        self.sheet = sheet
        self.body_row = theme.header_row + theme.header_rows

    def rows(self) -> pl.DataFrame:
        year = self._year()
        headings = self._headings()
        key, name = (
            self._column(headings, self.theme.key_heading),
            self._column(headings, self.theme.name_heading),
        )
        columns = {entry: self._column(headings, entry.heading) for entry in self.theme.indicators}
        last = self._last_row(key, name)
        notes = self._notes(last + 1)
        rows: list[dict[str, Any]] = []
        for row in range(self.body_row, last + 1):
            area = self._area(row, key, name)
            for indicator, column in columns.items():
                marks = (*headings[column][1], *area.marks)
                rows.append(self._value(row, column, area, year, indicator, marks, notes))
        if not rows:
            raise self._error(self.body_row, key, "the table has no rows", _LAYOUT)
        return pl.DataFrame(rows, schema=_SCHEMA).select(TABLE.names)

    def _year(self) -> int:
        for row in range(1, self.theme.header_row):
            for cell in self.sheet[row]:
                found = re.search(self.theme.year, str(cell.value or ""))
                if found:
                    return int(found[1])
        problem = f"no title above the table matches '{self.theme.year}', so its year is not known"
        raise self._error(1, 1, problem, _LAYOUT)

    def _headings(self) -> dict[int, tuple[str, tuple[str, ...]]]:
        """Heading and footnote marks of each column; a merged cell counts for all columns it covers."""
        merged = {
            (row, column): self.sheet.cell(area.min_row, area.min_col).value
            for area in self.sheet.merged_cells.ranges
            for row in range(area.min_row, area.max_row + 1)
            for column in range(area.min_col, area.max_col + 1)
        }
        headings: dict[int, tuple[str, tuple[str, ...]]] = {}
        for column in range(1, self.sheet.max_column + 1):
            parts: list[str] = []
            marks: list[str] = []
            for row in range(self.theme.header_row, self.body_row):
                text = merged.get((row, column), self.sheet.cell(row, column).value)
                part, found = split_marks(" ".join(str(text or "").split()))
                if part and part not in parts:
                    parts.append(part)
                    marks.extend(found)
            headings[column] = (" / ".join(parts), tuple(marks))
        return headings

    def _column(self, headings: dict[int, tuple[str, tuple[str, ...]]], wanted: str) -> int:
        found = [column for column, (heading, _) in headings.items() if heading == wanted]
        if len(found) == 1:
            return found[0]
        known = ", ".join(f"'{heading}'" for heading, _ in headings.values() if heading)
        problem = f"the heading '{wanted}' occurs {len(found)} times; there are {known}"
        raise self._error(self.theme.header_row, 1, problem, _LAYOUT)

    def _last_row(self, key: int, name: int) -> int:
        """The last row of the body: the table ends at the first row without key and name."""
        row = self.body_row
        while row <= self.sheet.max_row and (self._text(row, key) or self._text(row, name)):
            row += 1
        return row - 1

    def _notes(self, first: int) -> dict[str, str]:
        """The footnotes below the table by their mark."""
        notes = {}
        for row in range(first, self.sheet.max_row + 1):
            found = _NOTE.fullmatch(self._text(row, 1))
            if found:
                notes[mark(found["mark"])] = found["text"]
        return notes

    def _area(self, row: int, key_column: int, name_column: int) -> Area:
        key, (name, marks) = self._key(row, key_column), split_marks(self._text(row, name_column))
        for rule in self.theme.areas:
            if rule.key is not None and re.fullmatch(rule.key, key):
                return Area(rule.level, key, name, marks)
            found = re.fullmatch(rule.name, name) if rule.name is not None else None
            if found:
                own = found.groupdict().get("name") or name
                return Area(rule.level, key or own, own, marks)
        problem = f"the row '{key}' '{name}' fits no level of the theme"
        raise self._error(row, name_column, problem, _LAYOUT)

    def _key(self, row: int, column: int) -> str:
        """The key as text; leading zeros are kept, or restored from a number format such as "000"."""
        cell = self.sheet.cell(row, column)
        if (
            isinstance(cell.value, int)
            and not isinstance(cell.value, bool)
            and re.fullmatch("0+", cell.number_format)
        ):
            return str(cell.value).zfill(len(cell.number_format))
        return self._text(row, column)

    def _value(
        self,
        row: int,
        column: int,
        area: Area,
        year: int,
        indicator: Indicator,
        marks: tuple[str, ...],
        notes: dict[str, str],
    ) -> dict[str, Any]:
        cell = self.sheet.cell(row, column)
        try:
            found = understand(cell.value, cell.number_format)
        except CellError as error:
            raise self._error(
                row, column, str(error), "Correct the cell, or add the sign to signs.yaml"
            ) from error
        texts = [notes.get(entry, f"({entry})") for entry in dict.fromkeys((*marks, *found.marks))]
        return {
            "level": area.level,
            "area_id": area.key,
            "area": area.name,
            "year": year,
            "indicator": indicator.id,
            "label": indicator.label_de,
            "value": found.value,
            "status": found.status,
            "flag": found.flag,
            "unit": indicator.unit,
            "footnote": "; ".join(texts) or None,
        }

    def _text(self, row: int, column: int) -> str:
        value = self.sheet.cell(row, column).value
        return "" if value is None else " ".join(str(value).split())

    def _error(self, row: int, column: int, problem: str, remedy: str) -> SourceError:
        place = f"sheet '{self.sheet.title}', cell {get_column_letter(column)}{row}"
        return SourceError(self.name, place, problem, remedy)
