"""Workbooks to tidy rows: layouts that hold, layouts that changed, and the demo's own files."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest
from ckanext.herne.harvesters.hits.table import read_workbook
from ckanext.herne.harvesters.hits.theme import TABLE, Theme, theme
from ckanext.herne.harvesters.operations.errors import SourceError
from herne_demo.workbooks import districts, population
from openpyxl import Workbook, load_workbook

FIXTURE = Path(__file__).parents[4] / "shared" / "fixtures" / "hits" / "datentabelle_erfunden.xlsx"
POPULATION = theme("bevoelkerung")


def with_layout(**changes: Any) -> Theme:
    return msgspec.structs.replace(POPULATION, **changes)


def value(rows: pl.DataFrame, area_id: str, indicator: str) -> dict[str, Any]:
    found = rows.filter((pl.col("area_id") == area_id) & (pl.col("indicator") == indicator))
    assert found.height == 1
    return found.row(0, named=True)


def edited(change: Any) -> bytes:
    """The demo's workbook of 2023 after a change to its sheet."""
    book = load_workbook(io.BytesIO(population(2023)))
    change(book.worksheets[0])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_the_demo_workbook_becomes_one_row_per_area_and_indicator() -> None:
    rows = TABLE.checked(read_workbook(POPULATION, "demo.xlsx", population(2023)))
    units = {"statistischer_bezirk": 24, "ortsteil": 11, "stadtbezirk": 4, "city": 1}
    assert dict(rows.group_by("level").len().iter_rows()) == {level: 5 * n for level, n in units.items()}
    assert rows.get_column("year").unique().to_list() == [2023]
    names = rows.filter(pl.col("level") == "statistischer_bezirk").get_column("area").unique().to_list()
    assert sorted(names) == sorted(place.name for place in districts())
    assert value(rows, "01", "arrivals")["footnote"] == "ohne Umzüge innerhalb der Stadt"


def test_a_name_may_stand_on_two_levels() -> None:
    rows = read_workbook(POPULATION, "demo.xlsx", population(2023))
    levels = rows.filter(pl.col("area") == "Holsterhausen").get_column("level").unique().to_list()
    assert sorted(levels) == ["ortsteil", "statistischer_bezirk"]


@pytest.mark.needs("shared")
def test_the_invented_datentabelle_reads_as_it_was_written() -> None:
    layout = with_layout(
        header_row=3, indicators=tuple(i for i in POPULATION.indicators if i.id != "departures")
    )
    rows = read_workbook(layout, FIXTURE.name, FIXTURE.read_bytes())
    assert rows.height == 4 * 4
    assert value(rows, "011", "population")["value"] == Decimal(1250)
    assert value(rows, "012", "population")["value"] == Decimal(1234)
    assert value(rows, "011", "share_under_18")["value"] == Decimal("16.2")
    assert value(rows, "AB", "share_under_18")["value"] == Decimal("8.7")
    assert (value(rows, "011", "arrivals")["value"], value(rows, "011", "arrivals")["status"]) == (0, "zero")
    assert (value(rows, "012", "arrivals")["value"], value(rows, "012", "arrivals")["status"]) == (
        None,
        "suppressed",
    )
    assert (value(rows, "AB", "arrivals")["value"], value(rows, "AB", "arrivals")["flag"]) == (5, "revised")
    assert (value(rows, "AB", "population")["level"], value(rows, "AB", "population")["area"]) == (
        "ortsteil",
        "AB",
    )
    city = value(rows, "05916000", "arrivals")
    assert (city["level"], city["status"], city["value"]) == ("city", "pending", None)
    assert value(rows, "011", "arrivals")["footnote"] == "ohne Umzüge innerhalb der Stadt"


@pytest.mark.parametrize(
    ("cell", "content", "words"),
    [
        ("C6", "ca. 1000", ["cell C6", "ca. 1000"]),
        ("C6", "1.5", ["cell C6", "1.5"]),
        ("F4", "Zugezogene", ["Zuzüge", "Zugezogene", "layout"]),
        ("B6", "Zusammen", ["cell B6", "Zusammen", "level"]),
        ("A1", "Bevölkerung", ["am 31"]),
        ("G4", "Zuzüge²", ["Zuzüge", "2 times"]),
    ],
)
def test_a_changed_layout_is_refused_with_its_place(cell: str, content: str, words: list[str]) -> None:
    def change(sheet: Any) -> None:
        sheet[cell] = content
        if cell == "B6":
            sheet["A6"] = None

    with pytest.raises(SourceError) as caught:
        read_workbook(POPULATION, "t.xlsx", edited(change))
    for word in ["t.xlsx", "Bevölkerung 2023", *words]:
        assert word in str(caught.value)


def test_columns_may_move_and_keys_keep_their_zeros() -> None:
    def change(sheet: Any) -> None:
        sheet["A6"], sheet["A6"].number_format = 1, "00"
        for row in range(4, 60):
            left, right = sheet.cell(row, 6).value, sheet.cell(row, 7).value
            if row != 5:
                sheet.cell(row, 6).value, sheet.cell(row, 7).value = right, left

    before = read_workbook(POPULATION, "t.xlsx", population(2023))
    after = read_workbook(POPULATION, "t.xlsx", edited(change))
    assert after.equals(before)


def test_an_empty_cell_is_missing() -> None:
    def change(sheet: Any) -> None:
        sheet["F6"] = None

    found = value(read_workbook(POPULATION, "t.xlsx", edited(change)), "01", "arrivals")
    assert (found["value"], found["status"]) == (None, "missing")


@pytest.mark.parametrize("content", [b"", b"<html>", b"PK\x03\x04 not a zip", population(2023)[:2000]])
def test_what_is_no_workbook_is_refused(content: bytes) -> None:
    with pytest.raises(SourceError, match="not a readable xlsx, xls or ods"):
        read_workbook(POPULATION, "t.xlsx", content)


def test_a_zip_bomb_is_not_unpacked() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (201 * 1024 * 1024))
    assert len(buffer.getvalue()) < 1024 * 1024
    with pytest.raises(SourceError, match="unpacks to"):
        read_workbook(POPULATION, "t.xlsx", buffer.getvalue())


def test_a_sheet_without_rows_is_refused() -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet["A1"] = "am 31.12.2023"
    for column, text in enumerate(
        ["Nr.", "Statistischer Bezirk", *[i.heading for i in POPULATION.indicators]], 1
    ):
        sheet.cell(4, column, text)
    buffer = io.BytesIO()
    book.save(buffer)
    with pytest.raises(SourceError, match="no rows"):
        read_workbook(POPULATION, "t.xlsx", buffer.getvalue())
