"""Files that are a danger, a trap, or not whole are refused with a plain error, in bounded time."""

from __future__ import annotations

import contextlib
import io
import zipfile
from typing import TYPE_CHECKING

import pytest
from ckanext.herne.harvesters.hits.sheets import grids
from ckanext.herne.harvesters.operations.errors import SourceError
from herne_testing.sheets import WRITERS, Sheet, as_ods, as_xls, as_xlsx
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

GOOD = Sheet().line(1, "Bevölkerung 2023").line(3, "Nr.", "Einwohner").line(4, "01", 5)
BOOK = as_xlsx(GOOD)
WHOLE = {kind: write(GOOD) for kind, write in WRITERS.items()}


def with_part(content: bytes, name: str, part: bytes) -> bytes:
    """The workbook with a further part, or another one of this name."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in old.infolist():
            if entry.filename != name:
                new.writestr(entry.filename, old.read(entry))
        new.writestr(name, part)
    return buffer.getvalue()


def rows_xml(count: int, before: bytes = b"") -> bytes:
    body = b"".join(b'<row><c t="n"><v>1</v></c></row>' for _ in range(count))
    space = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    return before + b"<worksheet " + space + b"><sheetData>" + body + b"</sheetData></worksheet>"


def bomb() -> bytes:
    return with_part(BOOK, "xl/worksheets/sheet1.xml", b"0" * (201 * 1024 * 1024))


def encrypted_ole() -> bytes:
    return (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(512)
    )


SHEET = "xl/worksheets/sheet1.xml"
MANIFEST = (
    b'<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><m:file-entry>'
    b"<m:encryption-data/></m:file-entry></m:manifest>"
)
SOURCE = '<table:table-source xlink:href="file:///geheim.ods"/>'
BILLION = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (bomb, "unpacks to"),
        (lambda: with_part(BOOK, SHEET, rows_xml(1_000_000)), "more than 100000 rows"),
        (lambda: as_ods(GOOD, extra=LONG), "more than 100000 rows"),
        (lambda: with_part(BOOK, "xl/vbaProject.bin", b"x"), "macros"),
        (lambda: with_part(as_ods(GOOD), "Basic/Standard/Module1.xml", b"<x/>"), "macros"),
        (lambda: with_part(BOOK, "xl/externalLinks/externalLink1.xml", b"<x/>"), "another file"),
        (lambda: as_ods(GOOD, extra=SOURCE), "another file"),
        (encrypted_ole, "encrypted"),
        (lambda: with_part(as_ods(GOOD), "META-INF/manifest.xml", MANIFEST), "encrypted"),
        (lambda: with_part(BOOK, SHEET, rows_xml(1, BILLION)), "document type"),
        (lambda: with_part(BOOK, SHEET, rows_xml(9)[:-40]), "not a readable"),
        (lambda: b"", "not a readable"),
        (lambda: b"<!DOCTYPE html><title>Anmelden</title>", "but a web page"),
        (lambda: b"PK\x03\x04 not a zip", "not a readable"),
        (lambda: with_part(BOOK, "[Content_Types].xml", b"")[:900], "not a readable"),
        (lambda: as_xls(GOOD)[:1500], "not a readable"),
    ],
)
def test_it_is_refused_with_its_reason(make: Callable[[], bytes], words: str) -> None:
    with pytest.raises(SourceError, match=words) as caught:
        grids("datei.xlsx", make())
    assert caught.value.source == "datei.xlsx"
    assert caught.value.remedy


LONG = (
    '<table:table-row table:number-rows-repeated="1000000">'
    '<table:table-cell office:value-type="float" office:value="1"><text:p>1</text:p></table:table-cell>'
    "</table:table-row>"
)


def test_macros_in_an_old_workbook_are_refused() -> None:
    content = as_xls(GOOD) + "_VBA_PROJECT_CUR".encode("utf-16-le")
    with pytest.raises(SourceError, match="macros"):
        grids("t.xls", content)


@pytest.mark.parametrize("kind", sorted(WRITERS))
def test_a_good_workbook_is_read(kind: str) -> None:
    (grid,) = grids("t", WHOLE[kind])
    assert {cell: content.text for cell, content in grid.cells.items()} == {
        (1, 1): "Bevölkerung 2023",
        (3, 1): "Nr.",
        (3, 2): "Einwohner",
        (4, 1): "01",
        (4, 2): "5",
    }


@pytest.mark.parametrize("kind", sorted(WRITERS))
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_file_cut_off_anywhere_is_refused_or_read_whole(kind: str, data: st.DataObject) -> None:
    whole = WHOLE[kind]
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    try:
        (grid,) = grids("t", cut)
    except SourceError:
        return
    assert grid.at(4, 2).value == 5


@pytest.mark.parametrize("kind", sorted(WRITERS))
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_damaged_byte_gives_a_grid_or_a_plain_error(kind: str, data: st.DataObject) -> None:
    damaged = bytearray(WHOLE[kind])
    damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(SourceError):
        grids("t", bytes(damaged))
