"""Workbooks for tests: the same cells as xlsx, xls or ods, with formats, merged cells and red figures."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

import xlwt
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter


@dataclass(frozen=True)
class Styled:
    """A cell's value with its number format, and the text an ODF file shows for it."""

    value: Any
    code: str = "General"
    red: bool = False
    shown: str = ""


@dataclass
class Sheet:
    """The cells of one sheet by row and column, from 1; merged ranges as top, left, bottom, right."""

    cells: dict[tuple[int, int], Any] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    title: str = "Tabelle 1"

    def line(self, row: int, *values: Any, column: int = 1) -> Sheet:
        """The same sheet with these values in a row; None leaves a cell empty."""
        self.cells |= {
            (row, column + offset): value for offset, value in enumerate(values) if value is not None
        }
        return self


def _styled(value: Any) -> Styled:
    return value if isinstance(value, Styled) else Styled(value)


def as_xlsx(*sheets: Sheet) -> bytes:
    """Written with openpyxl."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for sheet in sheets:
        made = book.create_sheet(sheet.title)
        for (row, column), value in sheet.cells.items():
            entry = _styled(value)
            cell = made.cell(row, column, entry.value)
            cell.number_format = entry.code if entry.code != "General" else cell.number_format
            if entry.red:
                cell.font = Font(color="FFFF0000")
        for top, left, bottom, right in sheet.merged:
            made.merge_cells(f"{get_column_letter(left)}{top}:{get_column_letter(right)}{bottom}")
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def as_xls(*sheets: Sheet) -> bytes:
    """Written with xlwt, as Excel 97 does."""
    book = xlwt.Workbook()
    for sheet in sheets:
        made = book.add_sheet(sheet.title)
        anchors = {(top, left): (top, bottom, left, right) for top, left, bottom, right in sheet.merged}
        for (row, column), value in sheet.cells.items():
            entry = _styled(value)
            style = xlwt.easyxf("font: color red" if entry.red else "", num_format_str=entry.code)
            if (row, column) in anchors:
                top, bottom, left, right = (number - 1 for number in anchors[row, column])
                made.write_merge(top, bottom, left, right, entry.value, style)
            else:
                made.write(row - 1, column - 1, entry.value, style)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


_ODF = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content'
    ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    ' xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"'
    ' xmlns:xlink="http://www.w3.org/1999/xlink"'
    ' xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0">'
    '<office:automatic-styles><style:style style:name="red" style:family="table-cell">'
    '<style:text-properties fo:color="#ff0000"/></style:style></office:automatic-styles>'
    "<office:body><office:spreadsheet>{}</office:spreadsheet></office:body></office:document-content>"
)


def as_ods(*sheets: Sheet, extra: str = "") -> bytes:
    """Written as LibreOffice does: empty cells and rows are repeated up to the edge of the sheet."""
    tables = "".join(
        f'<table:table table:name="{escape(sheet.title)}">{_rows(sheet)}{extra}</table:table>'
        for sheet in sheets
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", _ODF.format(tables))
    return buffer.getvalue()


def _rows(sheet: Sheet) -> str:
    rows = max((row for row, _column in sheet.cells), default=0)
    columns = max((column for _row, column in sheet.cells), default=0)
    lines = [
        f"<table:table-row>{''.join(_cell(sheet, row, column) for column in range(1, columns + 1))}"
        f'<table:table-cell table:number-columns-repeated="{16384 - columns}"/></table:table-row>'
        for row in range(1, rows + 1)
    ]
    edge = f'<table:table-row table:number-rows-repeated="{1048576 - rows}"><table:table-cell/>'
    return "".join(lines) + edge + "</table:table-row>"


def _cell(sheet: Sheet, row: int, column: int) -> str:
    entry = _styled(sheet.cells.get((row, column)))
    style = ' table:style-name="red"' if entry.red else ""
    for top, left, bottom, right in sheet.merged:
        if (top, left) == (row, column):
            style += f' table:number-rows-spanned="{bottom - top + 1}"'
            style += f' table:number-columns-spanned="{right - left + 1}"'
    if entry.value is None:
        return f"<table:table-cell{style}/>"
    if isinstance(entry.value, str):
        paragraphs = "".join(f"<text:p>{_blanks(line)}</text:p>" for line in entry.value.split("\n"))
        return f'<table:table-cell{style} office:value-type="string">{paragraphs}</table:table-cell>'
    kind = "percentage" if "%" in entry.code else "float"
    shown = entry.shown or str(entry.value)
    return (
        f'<table:table-cell{style} office:value-type="{kind}" office:value="{entry.value}">'
        f"<text:p>{escape(shown)}</text:p></table:table-cell>"
    )


def _blanks(text: str) -> str:
    inner = text.lstrip(" ")
    first = len(text) - len(inner)
    return (f'<text:s text:c="{first}"/>' if first else "") + escape(inner)


WRITERS = {"xlsx": as_xlsx, "xls": as_xls, "ods": as_ods}
"""The writers by the ending of their files."""
