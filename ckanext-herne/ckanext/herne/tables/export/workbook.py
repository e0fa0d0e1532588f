"""Rows as an Excel workbook: typed cells on one sheet, what the columns mean on a second.

What Excel cannot hold exactly goes as text instead of being rounded: numbers of more than 15 digits, times
finer than a millisecond, days before March 1900. A workbook is made whole on disk before anything of it
leaves; it needs little memory, as the rows pass through in batches.
"""

from __future__ import annotations

import re
import tempfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from ckanext.herne.tables.export.files import chunks
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.writer.excel import ExcelWriter
from psycopg2 import sql

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ckanext.herne.tables.export.reading import Rows
    from ckanext.herne.tables.model import Table

MOST_ROWS = 1_048_575  # a sheet of Excel has one more: the heading
MOST_CELLS = (
    3_000_000  # writing them keeps a core busy for some 20 seconds, while others wait for their pages
)
_MOST_CHARACTERS = 32_767  # of a cell
_MOST_DIGITS = 15  # of a number
_FIRST_DAY = date(1900, 3, 1)  # Excel takes 1900 for a leap year
_MADE = datetime(1980, 1, 1)  # noqa: DTZ001 (the same rows give the same bytes; a ZIP knows nothing older)
_CUT = " […]"
_UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
"""What XML cannot hold, and what would be read as the escape of such a character."""
_DICTIONARY = (
    "Spalte / Column",
    "Typ / Type",
    "Schlüssel / Key",
    "Einheit / Unit (UCUM)",
    "Bezeichnung",
    "Beschreibung",
    "Label",
    "Description",
)


class _Archive(ZipFile):
    """A ZIP file that does not tell when it was made."""

    def writestr(self, name: str, data: str | bytes) -> None:  # type: ignore[override]
        super().writestr(ZipInfo(name), data, ZIP_DEFLATED)

    def write(self, path: str, name: str) -> None:  # type: ignore[override]
        with Path(path).open("rb") as source, self.open(_deflated(name), "w", force_zip64=True) as target:
            target.writelines(chunks(source))


def fits_sheet(rows: Rows) -> bool:
    """Whether there are no more rows than a sheet has, and no more cells than are written while one waits."""
    return not rows.are_more_than(min(MOST_ROWS, MOST_CELLS // len(rows.table.columns)))


def xlsx_of(rows: Rows) -> Iterator[bytes]:
    """The file in chunks."""
    workbook = Workbook(write_only=True)
    workbook.properties.created = workbook.properties.modified = _MADE
    _write_rows(workbook.create_sheet("Daten"), rows)
    _write_dictionary(workbook.create_sheet("Spalten"), rows.table)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "rows.xlsx")
        ExcelWriter(workbook, _Archive(path, "w")).save()
        with path.open("rb") as file:
            yield from chunks(file)


def _write_rows(sheet: Any, rows: Rows) -> None:
    _write_heading(sheet, rows.table.names)
    for batch in rows.batches([sql.Identifier(name) for name in rows.table.names]):
        for line in batch:
            sheet.append([_cell(sheet, value) for value in line])


def _write_dictionary(sheet: Any, table: Table) -> None:
    _write_heading(sheet, _DICTIONARY)
    for column in table.columns:
        kind = "timestamp (UTC)" if column.type == "timestamp" else column.type
        texts = (column.label_de, column.description_de, column.label_en, column.description_en)
        said = (column.id, kind, "x" if column.id in table.key else None, column.unit, *texts)
        sheet.append([_cell(sheet, value) for value in said])


def _write_heading(sheet: Any, names: Sequence[str]) -> None:
    sheet.freeze_panes = "A2"
    cells = [_text(sheet, name) for name in names]
    for cell in cells:
        cell.font = Font(bold=True)
    sheet.append(cells)


def _cell(sheet: Any, value: Any) -> Any:
    match value:
        case None | bool():
            return value
        case int() | Decimal():
            return value if _is_exact(Decimal(value)) else _text(sheet, f"{Decimal(value):f}")
        case datetime():
            exact = value.date() >= _FIRST_DAY and value.microsecond % 1000 == 0
            return value if exact else _text(sheet, f"{value.isoformat()}Z")
        case date():
            return value if value >= _FIRST_DAY else _text(sheet, value.isoformat())
    return _text(sheet, value)


def _is_exact(number: Decimal) -> bool:
    """Whether Excel keeps all of its digits; `normalize` would round those of a long number itself."""
    return len("".join(map(str, number.as_tuple().digits)).strip("0")) <= _MOST_DIGITS


def _text(sheet: Any, text: str) -> Any:
    """A cell that is text whatever it begins with: neither a formula nor an error of Excel's.

    Text that is longer than a cell says that it was cut.
    """
    escaped = _UNSAFE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
    if len(escaped) > _MOST_CHARACTERS:
        escaped = escaped[: _MOST_CHARACTERS - len(_CUT)] + _CUT
    cell = WriteOnlyCell(sheet, escaped)
    cell.data_type = "s"
    return cell


def _deflated(name: str) -> ZipInfo:
    entry = ZipInfo(name)
    entry.compress_type = ZIP_DEFLATED
    return entry
