"""What `ckan herne hits inspect` tells: a draft that reads the file, and cells that are not understood."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from ckanext.herne.harvesters.hits.cli import hits
from ckanext.herne.harvesters.hits.inspection import as_yaml, inspect
from ckanext.herne.harvesters.hits.sheets import grids
from ckanext.herne.harvesters.hits.sheets.grid import position
from ckanext.herne.harvesters.hits.table import read_grid, read_workbook
from ckanext.herne.harvesters.hits.theme import Theme
from ckanext.herne.harvesters.operations.config import parse
from click.testing import CliRunner
from herne_demo.workbooks import population
from herne_testing.sheets import Sheet, Styled, as_xlsx

if TYPE_CHECKING:
    from pathlib import Path

    from ckanext.herne.harvesters.hits.inspection import Inspection
    from ckanext.herne.harvesters.hits.sheets import Grid


def test_the_draft_for_the_demo_reads_it_as_the_themes_own_description_does() -> None:
    from ckanext.herne.harvesters.hits.theme import theme

    (found,) = inspect("bevoelkerung_2023.xlsx", population(2023))
    assert found.is_fine
    assert found.theme is not None
    assert (found.theme.header_row, found.theme.header_rows) == (4, 2)
    assert found.theme.file == r"bevoelkerung_\d{4}\.xlsx"
    columns = ["level", "area", "year", "reference", "value", "status", "flag", "unit"]
    own = read_workbook(theme("bevoelkerung"), "b.xlsx", population(2023)).select(columns)
    drafted = read_workbook(found.theme, "b.xlsx", population(2023)).select(columns)
    assert drafted.equals(own)


def test_a_draft_survives_being_saved_and_read() -> None:
    (found,) = inspect("bevoelkerung_2023.xlsx", population(2023))
    assert found.theme is not None
    assert parse(as_yaml(found.theme), Theme) == found.theme


def sheet(*cells: tuple[int, int, Any]) -> bytes:
    made = Sheet().line(1, "Hunde 2023").line(3, "Nr.", "Bezirk", "Hunde", "Anteil in %")
    for row in range(4, 9):
        made.line(row, f"{row:02d}", f"Bezirk {row}", row * 10, "1,5")
    made.cells |= {(row, column): value for row, column, value in cells}
    return as_xlsx(made)


def test_every_cell_that_is_not_understood_is_named() -> None:
    (found,) = inspect("t.xlsx", sheet((5, 3, "viele"), (6, 4, "1.5"), (7, 9, 99)))
    assert [entry["cell"] for entry in found.problems] == ["C5", "D6"]
    assert "'viele' is neither a number" in found.problems[0]["problem"]
    assert [entry["cell"] for entry in found.outside] == ["I7"]
    assert not found.is_fine


@pytest.mark.parametrize(
    ("cell", "words"), [((5, 3, -9999), "a code for 'missing'"), ((5, 2, "Gr\ufffdne"), "destroyed letters")]
)
def test_what_should_be_looked_at_is_said(cell: tuple[int, int, Any], words: str) -> None:
    (found,) = inspect("t.xlsx", sheet(cell))
    assert any(words in warning for warning in found.warnings)


def test_units_and_years_are_proposed() -> None:
    (found,) = inspect("hunde_2023.xlsx", sheet())
    assert found.theme is not None
    assert {one.heading: one.unit for one in found.theme.indicators} == {"Hunde": "1", "Anteil in %": "%"}
    assert {row["year"] for row in found.preview} == {2023}


@pytest.mark.parametrize(("content", "code"), [(sheet(), 0), (sheet((5, 3, "viele")), 1), (b"<html>", 2)])
def test_the_exit_status_says_whether_it_would_be_read(tmp_path: Path, content: bytes, code: int) -> None:
    file = tmp_path / "hunde_2023.xlsx"
    file.write_bytes(content)
    for options in ([], ["--json"]):
        result = CliRunner().invoke(hits, ["inspect", str(file), *options])
        assert result.exit_code == code
    if code < 2:
        (told,) = json.loads(result.output)
        assert told["sheet"] == "Tabelle 1"
        assert parse(told["theme"], Theme).indicators
    else:
        assert "error" in json.loads(result.output)


def test_a_theme_of_a_file_is_tried(tmp_path: Path) -> None:
    (found,) = inspect("hunde_2023.xlsx", sheet())
    assert found.theme is not None
    described, book = tmp_path / "hunde.yaml", tmp_path / "hunde_2023.xlsx"
    described.write_text(as_yaml(found.theme), "utf-8")
    book.write_bytes(sheet())
    result = CliRunner().invoke(hits, ["inspect", str(book), "--theme", str(described)])
    assert result.exit_code == 0
    assert "10 figures: 10 ok" in result.output


def test_a_report_is_outlined(tmp_path: Path) -> None:
    file = tmp_path / "data.js"
    file.write_text(
        'var d = {"geographies": [{"id": "g", "name": "Bezirke", "features": [{"id": "1", "name": " A"}],'
        '"themes": [{"themeId": "t", "themeName": "Thema", "fileName": "./g-t.js"}]}]};'
    )
    result = CliRunner().invoke(hits, ["inspect", str(file), "--json"])
    told = json.loads(result.output)["g"]
    assert (told["features"], told["first"], told["themes"]["t"]["file"]) == (1, {"1": "A"}, "./g-t.js")


def test_columns_that_differ_by_the_year_are_one_indicator_of_that_day() -> None:
    made = (
        Sheet()
        .line(1, "Bevölkerung")
        .line(5, "Kreise", None, "Stichtag")
        .line(6, None, None, "31.12.2018", "31.12.2019")
    )
    made.merged = [(5, 1, 6, 2), (5, 3, 5, 4)]
    for row in range(7, 12):
        made.line(row, f"0{row:04d}", f"Kreis {row}", row * 100, "-")
    (found,) = inspect(
        "12411.xlsx", as_xlsx(made.line(12, "DG", "Deutschland", 5000, 6000).line(13, "__________"))
    )
    assert found.is_fine
    assert found.theme is not None
    (one,) = found.theme.indicators
    assert (one.heading, one.reference) == ("Stichtag / 31.12.{year}", "{year}-12-31")
    assert {row["reference"] for row in found.preview} == {"2018-12-31", "2019-12-31"}
    assert found.statuses == {"ok": 7, "zero": 5}


def test_a_second_table_on_the_sheet_is_not_mixed_with_the_first() -> None:
    made = Sheet().line(1, "Arbeitslose 2023").line(3, "Ortsteil", "insgesamt", "Frauen")
    for row, name in enumerate(("Baukau-Ost", "Feldkamp", "Süd"), 4):
        made.line(row, name, row, row)
    made.line(9, "Tabelle 2: Hunde").line(10, "Ortsteil", "Hunde").line(11, "Baukau-Ost", 12)
    (found,) = inspect("t_2023.xlsx", as_xlsx(made))
    assert found.problems == []
    assert found.rows == 6
    assert [entry["cell"] for entry in found.outside] == ["B11"]


def test_a_table_of_ages_is_keyed_by_them() -> None:
    made = Sheet().line(1, "Sterbetafel 2018").line(3, "Alter", "Überlebende", "Lebenserwartung")
    for age in range(30):
        made.line(4 + age, age, 100000 - age, 80 - age)
    (found,) = inspect("t.xlsx", as_xlsx(made))
    assert found.problems == []
    assert found.rows == 60


POOL = [
    *(None, None, None, 1, 2.5, "1.234", "•", "-", "x", "5 r", "8,5 %", "01", "02", 2021, "2022", True),
    *("=A1", "#DIV/0!", "Nr.", "Bezirk", "Einwohner", "männlich", "Ortsteil Süd", "Herne", "insgesamt"),
    *("Summe", "Zusammen", "  A", "Quelle: X", "1) Fußnote", "Stand 31.12.2023", Styled(0.5, "0%")),
]


@pytest.mark.parametrize("first", range(0, 200, 50))
def test_no_figure_of_any_sheet_is_passed_over_in_silence(first: int) -> None:
    """Sheets of mere chance: each figure below the head is read, left out with its row, or named."""
    for seed in range(first, first + 50):
        dice = random.Random(seed)
        made = Sheet()
        for row in range(1, dice.randint(2, 12)):
            made.line(row, *(dice.choice(POOL) for _column in range(dice.randint(1, 8))))
        book = as_xlsx(made)
        (grid,) = grids("t.xlsx", book)
        for found in inspect("t_2020.xlsx", book):
            if found.theme is not None and found.rows:
                assert unsaid(grid, found) == [], f"sheet {seed}"


def unsaid(grid: Grid, found: Inspection) -> list[str]:
    """The figures of the table and beside it of which nothing is told."""
    assert found.theme is not None
    reading = read_grid(found.theme, "t_2020.xlsx", grid)
    told = {entry["cell"] for entry in (*found.outside, *found.problems)}
    rows = {position(entry["cell"])[0] for entry in found.problems} | set(reading.skipped)
    left = min(column for _row, column in reading.cells)
    return [
        grid.address(row, column)
        for (row, column), content in grid.cells.items()
        if row >= found.theme.header_row + found.theme.header_rows
        and row not in rows
        and column >= left
        and (row, column) not in reading.cells
        and grid.address(row, column) not in told
        and isinstance(content.value, Decimal)
    ]


NAMES = ("Strünkede", "Baukau-Kern", "Holsterhausen", "Shamrock", "Feldkamp")


def below(made: Sheet, first: int, *values: int) -> Sheet:
    for row, name in enumerate(NAMES, first):
        made.line(row, name, *values)
    return made


def by_area(book: bytes) -> dict[tuple[str, int, str], str | None]:
    """What a draft reads of Strünkede."""
    (found,) = inspect("thema_2023.xlsx", book)
    assert found.problems == []
    assert found.theme is not None
    rows = read_workbook(found.theme, "thema_2023.xlsx", book).filter(pl.col("area") == "Strünkede")
    return {row[:3]: int(row[3]) for row in rows.select("area", "year", "indicator", "value").iter_rows()}


def test_a_draft_knows_areas_side_by_side() -> None:
    made = Sheet().line(1, "Stadtteile am 31.12.2023").line(3, "Merkmal", *NAMES)
    made.line(4, "Einwohner", 5, 6, 7, 8, 9).line(5, "Hunde", 1, 2, 3, 4, 5)
    assert by_area(as_xlsx(made)) == {("Strünkede", 2023, "einwohner"): 5, ("Strünkede", 2023, "hunde"): 1}


def test_a_draft_knows_sections_in_rows_and_in_columns() -> None:
    rows = below(Sheet().line(1, "Tiere 2023").line(3, "Bezirk", "Hunde").line(4, "groß"), 5, 7)
    below(rows.line(10, "klein"), 11, 8)
    expected = {("Strünkede", 2023, "hunde_gross"): 7, ("Strünkede", 2023, "hunde_klein"): 8}
    assert by_area(as_xlsx(rows)) == expected
    columns = Sheet().line(1, "Tiere 2023").line(3, "Bezirk", "Größe", "Hunde")
    for row, name in enumerate(NAMES):
        columns.line(4 + row * 2, name, "groß", 7).line(5 + row * 2, name, "klein", 8)
    assert by_area(as_xlsx(columns)) == expected


def test_a_draft_knows_labels_left_blank_and_further_tables_below() -> None:
    blank = Sheet().line(1, "Hunde").line(3, "Bezirk", "Jahr", "Hunde")
    for row, name in enumerate(NAMES):
        blank.line(4 + row * 2, name, 2022, 7).line(5 + row * 2, None, 2023, 8)
    expected = {("Strünkede", 2022, "hunde"): 7, ("Strünkede", 2023, "hunde"): 8}
    assert by_area(as_xlsx(blank)) == expected
    stacked = below(Sheet().line(1, "Tabelle 1: Hunde 2022").line(2, "Bezirk", "Hunde"), 3, 7)
    below(stacked.line(9, "Tabelle 2: Hunde 2023").line(10, "Bezirk", "Hunde"), 11, 8)
    assert by_area(as_xlsx(stacked)) == expected
