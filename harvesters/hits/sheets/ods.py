"""Workbooks of OpenDocument (ODF 1.3 part 3) as grids. A cell's shown text stands in the file itself."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from ckanext.herne.harvesters.hits.sheets import formats, safety
from ckanext.herne.harvesters.hits.sheets.grid import Content, Grid, Merged

if TYPE_CHECKING:
    import zipfile
    from decimal import Decimal

    from lxml.etree import _Element

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_COLOUR = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}color"
_KIND = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}value-type"
_LINK = "{http://www.w3.org/1999/xlink}href"
_NUMBERS = ("float", "percentage", "currency")


def read(name: str, archive: zipfile.ZipFile) -> tuple[Grid, ...]:
    """The tables in their order. Raises SourceError, KeyError or ValueError."""
    _refuse(name, archive)
    found: list[Grid] = []
    red: set[str] = set()
    sheet = _Sheet(name, red)
    with archive.open("content.xml") as file:
        for entry in safety.elements(file, "style", "table-source", "table-row", "table"):
            if entry.tag == f"{_STYLE}style":
                red |= _red(entry)
            elif entry.tag == f"{_TABLE}table-source":
                raise safety.links(name, entry.get(_LINK, ""))
            elif entry.tag == f"{_TABLE}table-row":
                sheet.line(entry)
            elif entry.tag == f"{_TABLE}table":
                found.append(Grid(entry.get(f"{_TABLE}name", ""), sheet.cells, tuple(sheet.merged)))
                sheet = _Sheet(name, red)
    return tuple(found)


def _refuse(name: str, archive: zipfile.ZipFile) -> None:
    parts = archive.namelist()
    if any(part.startswith(("Basic/", "Scripts/")) and not part.endswith("/") for part in parts):
        raise safety.macros(name)
    if "META-INF/manifest.xml" in parts:
        with archive.open("META-INF/manifest.xml") as file:
            if any(True for _entry in safety.elements(file, "encryption-data")):
                raise safety.encrypted(name)


def _red(style: _Element) -> set[str]:
    """The name of a style if its text is red."""
    colours = {entry.get(_COLOUR, "").lower() for entry in style}
    return {style.get(f"{_STYLE}name", "")} if "#ff0000" in colours else set()


class _Sheet:
    """Collects the rows of one table. Repeated empty rows and cells, up to the sheet's edge, cost nothing."""

    def __init__(self, name: str, red: set[str]) -> None:
        self.name, self.red = name, red
        self.cells: dict[tuple[int, int], Content] = {}
        self.merged: list[Merged] = []
        self.row = 1

    def line(self, row: _Element) -> None:
        repeated = int(row.get(f"{_TABLE}number-rows-repeated", "1"))
        contents: list[tuple[int, Content]] = []
        column = 1
        for cell in row:
            times = int(cell.get(f"{_TABLE}number-columns-repeated", "1"))
            content = self._content(cell)
            if content is not None:
                self._refuse_over(len(self.cells) + len(contents) + times)
                contents += [(column + offset, content) for offset in range(times)]
            self._merge(cell, column)
            column += times
        if contents:
            self._refuse_over(len(self.cells) + len(contents) * repeated, self.row + repeated)
            for offset in range(repeated):
                self.cells |= {(self.row + offset, column): content for column, content in contents}
        self.row += repeated

    def _refuse_over(self, cells: int, rows: int = 0) -> None:
        if cells > safety.CELLS or rows > safety.ROWS:
            raise safety.too_long(self.name, "")

    def _merge(self, cell: _Element, column: int) -> None:
        down = int(cell.get(f"{_TABLE}number-rows-spanned", "1"))
        right = int(cell.get(f"{_TABLE}number-columns-spanned", "1"))
        if down > 1 or right > 1:
            self.merged.append(Merged(self.row, column, self.row + down - 1, column + right - 1))

    def _content(self, cell: _Element) -> Content | None:
        kind = cell.get(f"{_OFFICE}value-type")
        shown = "\n".join(_written(entry) for entry in cell.iterchildren(f"{_TEXT}p"))
        red = cell.get(f"{_TABLE}style-name") in self.red
        if cell.get(_KIND) == "error":
            return Content(None, problem=f"the error {shown}")
        if kind in _NUMBERS:
            return _number(kind, formats.exact(cell.get(f"{_OFFICE}value", "")), shown, red=red)
        if kind == "date":
            return Content(date.fromisoformat(cell.get(f"{_OFFICE}date-value", "")[:10]), red=red)
        if kind == "boolean":
            return Content(cell.get(f"{_OFFICE}boolean-value") == "true", red=red)
        if kind is None and cell.get(f"{_TABLE}formula") and not shown:
            return Content(None, problem="a formula without a stored result; save the workbook again")
        text = cell.get(f"{_OFFICE}string-value") or shown
        return Content(text, red=red) if text.strip() else None


def _number(kind: str, value: Decimal, shown: str, *, red: bool) -> Content:
    if kind == "percentage":
        value = (value * 100).normalize() + 0
    is_sign = value == 0 and shown and not any(letter.isdigit() for letter in shown)
    is_code = len(shown) > 1 and shown.isdecimal() and shown.startswith("0")
    return Content(value, shown.strip() if is_sign or is_code else None, red)


def _written(paragraph: _Element) -> str:
    """The text of a paragraph; blanks that ODF counts are given back, notes and their marks left out."""
    parts = [paragraph.text or ""]
    for child in paragraph:
        if child.tag == f"{_TEXT}s":
            parts.append(" " * int(child.get(f"{_TEXT}c", "1")))
        elif child.tag in (f"{_TEXT}line-break", f"{_TEXT}tab"):
            parts.append(" ")
        elif child.tag != f"{_OFFICE}annotation":
            parts.append(_written(child))
        parts.append(child.tail or "")
    return "".join(parts)
