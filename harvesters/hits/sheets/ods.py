"""Workbooks of OpenDocument (ODF 1.3 part 3) as grids. A cell's shown text stands in the file itself."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.hits.sheets import formats, safety
from ckanext.herne.harvesters.hits.sheets.grid import Content, Grid, Merged, Unseen

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
_INVISIBLE = ("collapse", "filter")
_ERRORS = ("#", "Err:", "Fehler:")
"""How the text of a cell begins that holds an error, where the file does not say it otherwise."""


class _Styles:
    """The names of the styles that change the meaning of what has them: red, raised, not displayed."""

    def __init__(self) -> None:
        self.red: set[str] = set()
        self.raised: set[str] = set()
        self.hidden: set[str] = set()

    def add(self, style: _Element) -> None:
        name = style.get(f"{_STYLE}name", "")
        for entry in style:
            if entry.get(_COLOUR, "").lower() == "#ff0000":
                self.red.add(name)
            position = entry.get(f"{_STYLE}text-position", "")
            if position.startswith("super") or re.match(r"[1-9]", position):
                self.raised.add(name)
            if entry.get(f"{_TABLE}display") == "false":
                self.hidden.add(name)


def read(name: str, archive: zipfile.ZipFile) -> tuple[Grid, ...]:
    """The tables in their order. Raises SourceError, KeyError or ValueError."""
    _refuse(name, archive)
    found: list[Grid] = []
    styles = _Styles()
    sheet = _Sheet(name, styles)
    with archive.open("content.xml") as file:
        for entry in safety.elements(file, "style", "table-source", "table-column", "table-row", "table"):
            if entry.tag == f"{_STYLE}style":
                styles.add(entry)
            elif entry.tag == f"{_TABLE}table-source":
                raise safety.links(name, entry.get(_LINK, ""))
            elif entry.tag == f"{_TABLE}table-column":
                sheet.column(entry)
            elif entry.tag == f"{_TABLE}table-row":
                sheet.line(entry)
            else:
                around = entry.getparent()
                # elsewhere it is the copy of another file's table, which a link keeps
                if around is not None and around.tag == f"{_OFFICE}spreadsheet":
                    found.append(sheet.grid(entry))
                sheet = _Sheet(name, styles)
    return tuple(found)


def _refuse(name: str, archive: zipfile.ZipFile) -> None:
    parts = archive.namelist()
    if any(part.startswith(("Basic/", "Scripts/")) and not part.endswith("/") for part in parts):
        raise safety.macros(name)
    if "META-INF/manifest.xml" in parts:
        with archive.open("META-INF/manifest.xml") as file:
            if any(True for _entry in safety.elements(file, "encryption-data")):
                raise safety.encrypted(name)


class _Sheet:
    """Collects the rows of one table. Repeated empty rows and cells, up to the sheet's edge, cost nothing."""

    def __init__(self, name: str, styles: _Styles) -> None:
        self.name, self.styles = name, styles
        self.cells: dict[tuple[int, int], Content] = {}
        self.merged: list[Merged] = []
        self.unseen: tuple[set[int], set[int]] = (set(), set())
        self.row, self.columns = 1, 1

    def grid(self, table: _Element) -> Grid:
        rows, columns = map(frozenset, self.unseen)
        hidden = table.get(f"{_TABLE}style-name") in self.styles.hidden
        title = table.get(f"{_TABLE}name", "")
        return Grid(title, self.cells, tuple(self.merged), hidden, Unseen(rows, columns))

    def column(self, entry: _Element) -> None:
        repeated = int(entry.get(f"{_TABLE}number-columns-repeated", "1"))
        if entry.get(f"{_TABLE}visibility") in _INVISIBLE and self.columns + repeated < safety.ROWS:
            self.unseen[1].update(range(self.columns, self.columns + repeated))
        self.columns += repeated

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
                if row.get(f"{_TABLE}visibility") in _INVISIBLE:
                    self.unseen[0].add(self.row + offset)
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
        shown = "\n".join(self._written(entry) for entry in cell.iterchildren(f"{_TEXT}p"))
        red = cell.get(f"{_TABLE}style-name") in self.styles.red
        if cell.get(_KIND) == "error" or (kind in _NUMBERS and shown.startswith(_ERRORS)):
            return Content(None, problem=_("the error {error}").format(error=shown))
        if kind in _NUMBERS:
            return _number(kind, formats.exact(cell.get(f"{_OFFICE}value", "")), shown.strip(), red=red)
        if kind == "date":
            return Content(date.fromisoformat(cell.get(f"{_OFFICE}date-value", "")[:10]), red=red)
        if kind == "boolean":
            return Content(cell.get(f"{_OFFICE}boolean-value") == "true", red=red)
        if kind is None and cell.get(f"{_TABLE}formula") and not shown:
            return Content(None, problem=_("a formula without a stored result; save the workbook again"))
        text = shown or cell.get(f"{_OFFICE}string-value") or ""
        return Content(text, red=red) if text.strip() else None

    def _written(self, paragraph: _Element) -> str:
        """The text of a paragraph; blanks that ODF counts are given back, notes and their marks left out."""
        parts = [paragraph.text or ""]
        for child in paragraph:
            if child.tag == f"{_TEXT}s":
                parts.append(" " * int(child.get(f"{_TEXT}c", "1")))
            elif child.tag in (f"{_TEXT}line-break", f"{_TEXT}tab"):
                parts.append(" ")
            elif child.tag not in (f"{_OFFICE}annotation", f"{_TEXT}ruby-text"):
                inner = self._written(child)
                is_raised = child.get(f"{_TEXT}style-name") in self.styles.raised
                parts.append(formats.raised(inner) if is_raised else inner)
            parts.append(child.tail or "")
        return "".join(parts)


def _number(kind: str, value: Decimal, shown: str, *, red: bool) -> Content:
    """The content of a cell with a number: its text tells what the number format makes of it."""
    if kind == "percentage":
        value = (value * 100).normalize() + 0
    is_sign = bool(shown) and not any(letter.isdigit() for letter in shown)
    is_code = len(shown) > 1 and shown.isdecimal() and shown.startswith("0")
    beside = "".join(re.sub(r"[\d.,%\s'’]|^-", "", shown).split()) if not is_sign else ""
    return Content(
        value, shown if is_sign or is_code else None, red, beside=beside, is_percent=kind == "percentage"
    )
