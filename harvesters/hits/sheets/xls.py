"""Workbooks of Excel 97 to 2003 (BIFF8) as grids, read with xlrd."""

from __future__ import annotations

import io
import struct
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import xlrd  # type: ignore[import-untyped]
from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.hits.sheets import formats, safety
from ckanext.herne.harvesters.hits.sheets.grid import Content, Grid, Merged, Unseen
from ckanext.herne.harvesters.operations.errors import SourceError
from xlrd.biffh import error_text_from_code  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Iterator

_RED = (10, 2)
"""Palette numbers of red (2 is the fixed one)."""
_SUPERSCRIPT = 1
_FILEPASS, _SUPBOOK = 0x2F, 0x1AE
_OWN = (b"\x01\x04", b"\x01\x3a")
"""What stands in a SUPBOOK record that refers to the workbook itself or to add-in functions."""


def read(name: str, content: bytes) -> tuple[Grid, ...]:
    """The work sheets in their order. Raises SourceError."""
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise safety.encrypted(name)
    if "_VBA_PROJECT_CUR".encode("utf-16-le") in content:
        raise safety.macros(name)
    try:
        _refuse(name, content)
        book = xlrd.open_workbook(
            file_contents=content, formatting_info=True, on_demand=True, logfile=io.StringIO()
        )
        return tuple(_grid(name, book, book.sheet_by_index(index)) for index in range(book.nsheets))
    except SourceError:
        raise
    except Exception as error:  # xlrd gives whatever a damaged record leads to
        raise safety.damaged(name, error) from error


def _refuse(name: str, content: bytes) -> None:
    for kind, record in _records(content):
        if kind == _FILEPASS:
            raise safety.encrypted(name)
        if kind == _SUPBOOK and record[2:4] not in _OWN:
            target = record[4:].decode("latin-1").translate(dict.fromkeys(range(32)))
            raise safety.links(name, target)


def _records(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The records of the workbook's first part, which says what is true of all sheets."""
    stream = xlrd.compdoc.CompDoc(content, logfile=io.StringIO()).get_named_stream("Workbook") or b""
    offset = 0
    while offset + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, offset)
        yield kind, stream[offset + 4 : offset + 4 + length]
        if kind == 0x0A:
            return
        offset += 4 + length


def _grid(name: str, book: Any, sheet: Any) -> Grid:
    if sheet.nrows > safety.ROWS or sheet.nrows * sheet.ncols > safety.CELLS:
        raise safety.too_long(name, sheet.name)
    cells = {}
    for row in range(sheet.nrows):
        for column in range(sheet.row_len(row)):
            content = _content(book, sheet.cell(row, column), sheet.rich_text_runlist_map.get((row, column)))
            if content is not None:
                cells[row + 1, column + 1] = content
    merged = tuple(
        Merged(top + 1, left + 1, bottom, right) for top, bottom, left, right in sheet.merged_cells
    )
    return Grid(sheet.name, cells, merged, bool(sheet.visibility), _unseen(sheet))


def _unseen(sheet: Any) -> Unseen:
    return Unseen(
        frozenset(row + 1 for row, info in sheet.rowinfo_map.items() if info.hidden),
        frozenset(column + 1 for column, info in sheet.colinfo_map.items() if info.hidden),
    )


def _content(book: Any, cell: Any, runs: list[tuple[int, int]] | None) -> Content | None:
    style = book.xf_list[cell.xf_index]
    code = book.format_map[style.format_key].format_str
    red = book.font_list[style.font_index].colour_index in _RED
    if cell.ctype == xlrd.XL_CELL_TEXT:
        text = _with_raised(book, cell.value, runs or [])
        return formats.text(text, code, red=red) if text.strip() else None
    if cell.ctype in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE):
        return formats.number(formats.exact(cell.value), code, from_1904=bool(book.datemode), red=red)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return Content(bool(cell.value), red=red)
    if cell.ctype == xlrd.XL_CELL_ERROR:
        error = error_text_from_code.get(cell.value, cell.value)
        return Content(None, problem=_("the error {error}").format(error=error))
    return None


def _with_raised(book: Any, text: str, runs: list[tuple[int, int]]) -> str:
    """The text with its raised digits as superscript ones; a run begins where the font changes."""
    starts = [(0, None), *runs, (len(text), None)]
    parts = []
    for (start, font), (end, _next) in pairwise(starts):
        part = text[start:end]
        is_raised = font is not None and book.font_list[font].escapement == _SUPERSCRIPT
        parts.append(formats.raised(part) if is_raised else part)
    return "".join(parts)
