"""A workbook per hazard of statistical tables, in each format that can have it, and what is read of it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import msgspec
import polars as pl
import pytest
from ckanext.herne.harvesters.hits.sheets import grids
from ckanext.herne.harvesters.hits.sheets.grid import Unseen
from ckanext.herne.harvesters.hits.table import chosen, read_grid, read_workbook
from ckanext.herne.harvesters.hits.theme import AreaRule, Indicator, Place, Section, Theme, theme
from ckanext.herne.harvesters.operations.errors import SourceError
from herne_testing.sheets import WRITERS, Sheet, Styled, as_xlsx

Row = tuple[str, str, int, str]
EVERY = pytest.mark.parametrize("kind", sorted(WRITERS))
PLAIN = msgspec.structs.replace(
    theme("bevoelkerung"),
    year=r"(\d{4})",
    reference=None,
    header_row=3,
    header_rows=1,
    key_heading="Nr.",
    name_heading="Bezirk",
    areas=(
        AreaRule("statistischer_bezirk", key=r"\d{2}"),
        AreaRule("ortsteil", name="Ortsteil (?P<name>.+)"),
        AreaRule("city", name="Herne"),
    ),
    indicators=(
        Indicator("people", "Einwohner", "1", "Einwohner", "Inhabitants"),
        Indicator("moves", "Umzüge", "1", "Umzüge", "Moves"),
    ),
    shares=(),
)

SHARES = tuple(msgspec.structs.replace(one, unit="%") for one in PLAIN.indicators)


def table(*body: tuple[Any, ...], title: str = "Bevölkerung 2023", head: tuple[Any, ...] = ()) -> Sheet:
    """A plain table: title, empty row, head, body."""
    sheet = Sheet().line(1, title).line(3, *(head or ("Nr.", "Bezirk", "Einwohner", "Umzüge")))
    for row, line in enumerate(body, 4):
        sheet.line(row, *line)
    return sheet


def read(
    sheet: Sheet, kind: str = "xlsx", **changes: Any
) -> dict[Row, tuple[Decimal | None, str, str | None]]:
    """Value, status and flag by level, area, year and indicator."""
    layout = msgspec.structs.replace(PLAIN, **changes)
    rows = read_workbook(layout, f"t.{kind}", WRITERS[kind](sheet))
    columns = rows.select("level", "area_id", "year", "indicator", "value", "status", "flag")
    return {row[:4]: row[4:] for row in columns.iter_rows()}


def of(area: str, indicator: str = "people", level: str = "statistischer_bezirk", year: int = 2023) -> Row:
    return level, area, year, indicator


def refusal(sheet: Sheet, kind: str = "xlsx", layout: Theme = PLAIN) -> str:
    with pytest.raises(SourceError) as caught:
        read_workbook(layout, f"t.{kind}", WRITERS[kind](sheet))
    return str(caught.value)


@EVERY
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("1.234", (1234, "ok", None)),
        ("16,2", (Decimal("16.2"), "ok", None)),
        ("8,7 ", (Decimal("8.7"), "ok", None)),
        ("1 234,5", (Decimal("1234.5"), "ok", None)),
        ("•", (None, "suppressed", None)),
        ("−", (0, "zero", None)),
        ("- ", (0, "zero", None)),
        (".", (None, "suppressed_or_unknown", None)),
        ("/", (None, "unreliable", None)),
        ("…", (None, "pending", None)),
        ("x", (None, "not_applicable", None)),
        ("(12)", (12, "low_reliability", None)),
        ("5 r", (5, "ok", "revised")),
        ("p 7", (7, "ok", "provisional")),
        (0, (0, "rounded_zero", None)),
        (0.1, (Decimal("0.1"), "ok", None)),
        (None, (None, "missing", None)),
    ],
)
def test_figures_and_signs(kind: str, content: object, expected: tuple[object, ...]) -> None:
    assert read(table(("01", "A", content, 2)), kind)[of("01")] == expected


@EVERY
def test_a_zero_shown_as_a_sign_by_its_format_is_exactly_zero(kind: str) -> None:
    sheet = table(("01", "A", Styled(0, '#,##0;-#,##0;"–"', shown="–"), 2))
    assert read(sheet, kind)[of("01")] == (0, "zero", None)


@EVERY
def test_a_code_shown_with_zeros_by_its_format_keeps_them(kind: str) -> None:
    sheet = table((Styled(1, "00", shown="01"), "A", 5, 2))
    assert of("01") in read(sheet, kind)


@EVERY
def test_a_percentage_is_read_as_it_is_shown(kind: str) -> None:
    sheet = table(("01", "A", Styled(0.162, "0.0%", shown="16,2 %"), "8,5 %"))
    found = read(sheet, kind, indicators=SHARES)
    assert (found[of("01")][0], found[of("01", "moves")][0]) == (Decimal("16.2"), Decimal("8.5"))
    assert "cell C4): 16.2 % is a percentage, but the theme says its unit is '1'" in refusal(sheet, kind)


@EVERY
def test_a_plain_number_among_percentages_may_be_a_hundredfold_error(kind: str) -> None:
    percent = Styled(0.162, "0.0%", shown="16,2 %")
    layout = msgspec.structs.replace(PLAIN, indicators=SHARES)
    message = refusal(table(("01", "A", percent, percent), ("02", "B", 0.162, percent)), kind, layout)
    assert "cell C5): 0.162 has no percent format" in message
    assert len(read(table(("01", "A", percent, percent), ("02", "B", "•", 0)), kind, indicators=SHARES)) == 4


@EVERY
def test_red_figures_are_revised_where_the_theme_says_so(kind: str) -> None:
    sheet = table(("01", "A", Styled(5, red=True), 2))
    assert read(sheet, kind, red="revised")[of("01")] == (5, "ok", "revised")
    assert read(sheet, kind)[of("01")] == (5, "ok", None)


@EVERY
def test_a_head_of_two_merged_rows(kind: str) -> None:
    sheet = (
        Sheet()
        .line(1, "2023")
        .line(3, "Nr.", "Bezirk", "Bewegungen")
        .line(4, None, None, "Einwohner", "Umzüge")
    )
    sheet.merged = [(3, 1, 4, 1), (3, 2, 4, 2), (3, 3, 3, 4)]
    indicators = tuple(
        msgspec.structs.replace(one, heading=f"Bewegungen / {one.heading}") for one in PLAIN.indicators
    )
    found = read(sheet.line(5, "01", "A", 5, 2), kind, header_rows=2, indicators=indicators)
    assert [found[of("01", one.id)][0] for one in indicators] == [5, 2]


@EVERY
def test_one_figure_for_two_areas_is_no_figure_and_a_gap(kind: str) -> None:
    sheet = table(("01", "A", 5, 2), ("02", "B", None, 3))
    sheet.merged = [(4, 3, 5, 3)]
    assert "cell C5): it is merged" in refusal(sheet, kind)


@EVERY
def test_an_area_name_merged_over_its_rows_counts_for_each(kind: str) -> None:
    head = ("Nr.", "Bezirk", "Jahr", "Einwohner", "Umzüge")
    sheet = table(("01", "A", 2022, 5, 2), (None, None, 2023, 6, 3), head=head)
    sheet.merged = [(4, 1, 5, 1), (4, 2, 5, 2)]
    found = read(sheet, kind, year=None, year_heading="Jahr")
    assert (found[of("01", year=2022)][0], found[of("01", year=2023)][0]) == (5, 6)


def test_a_footnote_mark_of_a_heading_is_no_part_of_it() -> None:
    sheet = table(("01", "A", 5, 2), head=("Nr.", "Bezirk", "Einwohner2)", "Umzüge"))
    sheet.line(6, "2) am Ort der Hauptwohnung")
    frame = read_workbook(PLAIN, "t.xlsx", as_xlsx(sheet))
    notes = dict(frame.select("indicator", "footnote").iter_rows())
    assert notes == {"people": "am Ort der Hauptwohnung", "moves": None}


def test_several_notes_on_a_line_are_told_apart() -> None:
    sheet = table(("01", "A¹", "5 2)", 2)).line(6, "1) Ohne Park.- 2) Geschätzt.- 3) Nichts.")
    frame = read_workbook(PLAIN, "t.xlsx", as_xlsx(sheet))
    assert frame.get_column("footnote").to_list() == ["Ohne Park; Geschätzt", "Ohne Park"]


def test_subtotals_between_districts_are_areas_of_their_level() -> None:
    found = read(table(("01", "A", 5, 2), (None, "Ortsteil Süd", 5, 2), (None, "Herne", 5, 2)))
    assert found[of("Süd", level="ortsteil")][0] == 5
    assert found[of("Herne", level="city")][0] == 5


def test_a_subtotal_that_is_no_area_is_left_out_by_the_theme_only() -> None:
    sheet = table(("01", "A", 5, 2), (None, "Zusammen", 5, 2), ("02", "B", 1, 1))
    assert "cell B5): the row 'Zusammen 5 2' fits no level" in refusal(sheet)
    assert len(read(sheet, skip=("Zusammen",))) == 4


def test_lost_leading_zeros_come_back_where_the_theme_says_how_many() -> None:
    areas = (AreaRule("statistischer_bezirk", key=r"\d{2}", pad=2),)
    assert of("01") in read(table((1, "A", 5, 2)), areas=areas)
    assert "fits no level" in refusal(table((1, "A", 5, 2)))


def test_the_same_key_as_text_and_as_number_is_one_area_twice() -> None:
    areas = (AreaRule("statistischer_bezirk", key=r"\d{2}", pad=2),)
    layout = msgspec.structs.replace(PLAIN, areas=areas)
    message = refusal(table(("01", "A", 5, 2), (1, "A", 6, 2)), layout=layout)
    assert "cell B5): statistischer_bezirk '01' stands in row 4 already" in message


def test_legend_and_source_below_the_table_are_no_rows() -> None:
    sheet = (
        table(("01", "A", 5, 2))
        .line(6, "• = Fallzahl zu gering")
        .line(7, "Quelle: Stadt", None, None, "© Herne")
    )
    assert len(read(sheet, end="^Quelle")) == 2


def test_rows_after_a_gap_are_not_cut_off() -> None:
    sheet = table(("01", "A", 5, 2)).line(7, "02", "B", 6, 3)
    assert read(sheet)[of("02")][0] == 6


def test_an_area_whose_row_is_empty_is_missing_not_gone() -> None:
    found = read(table(("01", "A", 5, 2), ("02", "B")))
    assert found[of("02")] == (None, "missing", None)


def test_a_row_that_numbers_the_columns_is_no_area() -> None:
    sheet = table((1, "2", 3, 4), ("01", "A", 5, 2))
    assert len(read(sheet, number_row=True)) == 2
    layout = msgspec.structs.replace(PLAIN, number_row=True)
    assert "does not number the columns" in refusal(
        table(("01", "A", 5, 2), ("02", "B", 5, 2)), layout=layout
    )


def test_a_second_table_below_ends_the_first() -> None:
    sheet = (
        table(("01", "A", 5, 2))
        .line(6, "Tabelle 2")
        .line(7, "Nr.", "Bezirk", "Hunde", "Katzen")
        .line(8, "01", "A", 1, 1)
    )
    assert "row 4 already" in refusal(sheet) or "fits no level" in refusal(sheet)
    assert len(read(sheet, end="^Tabelle 2")) == 2


def test_the_theme_names_the_sheet() -> None:
    cover = Sheet({(1, 1): "Deckblatt"}, title="Deckblatt")
    data = table(("01", "A", 5, 2))
    layout = msgspec.structs.replace(PLAIN, sheet=r"Tabelle \d")
    assert read_workbook(layout, "t.xlsx", as_xlsx(cover, data)).height == 2
    with pytest.raises(
        SourceError, match=r"no sheet is named like 'Daten'; there are 'Deckblatt', 'Tabelle 1'"
    ):
        read_workbook(msgspec.structs.replace(PLAIN, sheet="Daten"), "t.xlsx", as_xlsx(cover, data))


def test_helper_cells_of_charts_beside_the_table_are_not_read() -> None:
    found = read(table(("01", "A", 5, 2, None, 99, 98)))
    assert {row[0] for row in found.values()} == {5, 2}


def test_sections_within_the_body_make_indicators_and_years() -> None:
    sheet = table(("männlich",), ("01", "A", 5, 2), ("weiblich",), ("01", "A", 6, 3))
    sections = (Section("sex", {"männlich": "male", "weiblich": "female"}),)
    found = read(sheet, sections=sections)
    assert (found[of("01", "people_male")][0], found[of("01", "people_female")][0]) == (5, 6)
    years = table(("Jahr 2022",), ("01", "A", 5, 2), ("Jahr 2023",), ("01", "A", 6, 3), title="Reihe")
    found = read(years, year=None, sections=(Section("year", match=r"Jahr (\d{4})"),))
    assert (found[of("01", year=2022)][0], found[of("01", year=2023)][0]) == (5, 6)


def test_a_unit_that_changes_within_the_body_changes_the_indicator() -> None:
    sheet = table(("01", "A", 5, 2), ("in %",), ("01", "A", "1,5", "0,5"))
    frame = read_workbook(
        msgspec.structs.replace(PLAIN, sections=(Section("unit", {"in %": "%"}),)), "t.xlsx", as_xlsx(sheet)
    )
    assert frame.select("indicator", "unit").rows() == [
        ("people", "1"),
        ("moves", "1"),
        ("people_percent", "%"),
        ("moves_percent", "%"),
    ]


def test_an_unknown_section_stops_the_theme() -> None:
    assert "cell B4): the row 'divers' fits no level" in refusal(table((None, "divers"), ("01", "A", 5, 2)))


def test_a_year_per_column() -> None:
    sheet = table(("01", "A", 5, 6), head=("Nr.", "Bezirk", "2022", "2023"), title="Einwohner")
    one = (Indicator("people", "{year}", "1", "Einwohner", "Inhabitants"),)
    found = read(sheet, year=None, indicators=one)
    assert (found[of("01", year=2022)][0], found[of("01", year=2023)][0]) == (5, 6)


def test_the_year_may_stand_in_the_sheets_name_only() -> None:
    sheet = table(("01", "A", 5, 2), title="Einwohner")
    sheet.title = "Stand 2021"
    assert of("01", year=2021) in read(sheet)


def test_a_table_of_one_area_whose_rows_are_years() -> None:
    sheet = table(("2022", 5, 2), (2023, 6, 3), head=("Jahr", "Einwohner", "Umzüge"), title="Herne")
    found = read(
        sheet,
        year=None,
        key_heading=None,
        name_heading=None,
        year_heading="Jahr",
        areas=(),
        place=Place("city", "05916000", "Herne"),
    )
    assert found[of("05916000", level="city", year=2022)][0] == 5


def test_a_code_for_missing_has_to_be_told() -> None:
    sheet = table(("01", "A", -9999, 2))
    assert read(sheet)[of("01")][0] == -9999
    assert read(sheet, signs={"-9999": "missing"})[of("01")] == (None, "missing", None)


def test_a_zero_may_be_a_placeholder_and_a_dash_an_area_that_was_not_there_yet() -> None:
    found = read(table(("01", "A", 0, "-")), signs={"0": "suppressed", "-": "not_applicable"})
    assert found[of("01")] == (None, "suppressed", None)
    assert found[of("01", "moves")] == (None, "not_applicable", None)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("=SUM(A1:A2)", "a formula without a stored result"),
        ("ca. 1000", "neither a number"),
        ("1.5", "neither a number"),
        ("k.A.", "neither a number"),
        (True, "is a truth value"),
        ("#DIV/0!", "the error #DIV/0!"),
        (Styled(44927, "dd.mm.yyyy"), "is a date"),
    ],
)
def test_what_is_no_figure_stops_the_theme_with_its_cell(content: object, words: str) -> None:
    message = refusal(table(("01", "A", content, 2)))
    assert "sheet 'Tabelle 1', cell C4" in message
    assert words in message


@pytest.mark.parametrize(
    ("sheet", "words"),
    [
        (
            table(("01", "A", 5, 2), head=("Nr.", "Bezirk", "Einwohner insg.", "Umzüge")),
            "'Einwohner' occurs 0 times",
        ),
        (
            table(("01", "A", 5, 2, 1), head=("Nr.", "Bezirk", "Einwohner", "Umzüge", "Einwohner")),
            "occurs 2 times",
        ),
        (table(("01", "A", 5, 2), title="Bevölkerung"), "so its year is not known"),
        (table(), "the table has no rows"),
        (table(("Nr.", "Bezirk", "Einwohner", "Umzüge"), ("01", "A", 5, 2), head=("neu",)), "occurs 0 times"),
    ],
)
def test_a_changed_layout_stops_the_theme(sheet: Sheet, words: str) -> None:
    assert words in refusal(sheet)


def test_every_problem_of_a_sheet_is_found_not_only_the_first() -> None:
    sheet = table(("01", "A", "ca. 5", 2), (None, "Zusammen", 5, 2), ("02", "B", 5, "?"))
    (grid,) = grids("t.xlsx", as_xlsx(sheet))
    problems = read_grid(PLAIN, "t.xlsx", grid).problems
    assert [one.cell for one in problems] == ["C4", "B5", "D6"]
    message = refusal(sheet)
    assert all(cell in message for cell in ("C4", "B5", "D6"))


def test_raised_digits_are_footnotes_and_no_digits() -> None:
    from openpyxl.cell.rich_text import CellRichText, TextBlock
    from openpyxl.cell.text import InlineFont

    raised = CellRichText("Einwohner", TextBlock(InlineFont(vertAlign="superscript"), "2"))
    sheet = table(("01", "A", 5, 2)).line(6, "2) Hauptwohnung")
    sheet.cells[3, 3] = raised
    frame = read_workbook(PLAIN, "t.xlsx", as_xlsx(sheet))
    assert frame.get_column("footnote").to_list() == ["Hauptwohnung", None]


def test_decimals_have_no_binary_tail() -> None:
    found = read(table(("01", "A", 0.1 + 0.2, 1234567.891)))
    assert found[of("01")][0] == Decimal("0.3")
    assert found[of("01", "moves")][0] == Decimal("1234567.891")


YEARLY = (Indicator("people", "Einwohner", "1", "Einwohner", "Inhabitants"),)


def test_every_sheet_that_is_named_as_the_theme_says_is_read() -> None:
    first, second, empty = (table(("01", "A", year, 2), title=f"Stand {year}") for year in (2021, 2022, 2023))
    first.title, second.title, empty.title, empty.cells = "2021", "2022", "2023", {}
    layout = msgspec.structs.replace(PLAIN, sheet=r"\d{4}")
    rows = read_workbook(layout, "t.xlsx", as_xlsx(Sheet({(1, 1): "x"}, title="Info"), first, second, empty))
    assert rows.filter(pl.col("indicator") == "people").get_column("value").to_list() == [2021, 2022]
    second.cells = dict(first.cells)
    with pytest.raises(SourceError, match=r"01 2021 people stands on the sheets '2021' and '2022'"):
        read_workbook(layout, "t.xlsx", as_xlsx(first, second))


def test_a_title_with_two_years_tells_none() -> None:
    message = refusal(table(("01", "A", 5, 2), title="Bevölkerung 2022 und 2023"))
    assert "cell A1): 'Bevölkerung 2022 und 2023' tells several years (2022, 2023)" in message


@EVERY
def test_areas_side_by_side(kind: str) -> None:
    sheet = Sheet().line(1, "Stand 2023").line(3, "Nr.", "01", "02").line(4, "Bezirk", "A", "B")
    sheet.line(5, "Einwohner", 5, "•").line(6, "Umzüge", "−", "ca. 7")
    changes = {"transposed": True, "header_row": 1, "header_rows": 1}
    indicators = tuple(
        msgspec.structs.replace(one, heading=f"@{row}")
        for row, one in zip((5, 6), PLAIN.indicators, strict=True)
    )
    layout = {
        **changes,
        "indicators": indicators,
        "key_heading": "@3",
        "name_heading": "@4",
        "year": r"(\d{4})",
    }
    assert "cell C6): 'ca. 7' is neither" in refusal(sheet, kind, msgspec.structs.replace(PLAIN, **layout))
    sheet.cells[6, 3] = 7
    found = read(sheet, kind, **layout)
    assert found[of("01")] == (5, "ok", None)
    assert found[of("02")] == (None, "suppressed", None)
    assert found[of("01", "moves")] == (0, "zero", None)


def test_tables_one_below_the_other_are_read_one_by_one() -> None:
    sheet = Sheet()
    for number, year in enumerate((2021, 2022, 2023)):
        sheet.line(1 + number * 6, f"Tabelle {number}: Stand {year}")
        sheet.line(3 + number * 6, "Nr.", "Bezirk", "Einwohner1)", "Umzüge")
        sheet.line(4 + number * 6, "01", "A", year, number)
    sheet.line(20, "1) Hauptwohnung")
    layout = {"again": r"Tabelle \d.*", "year": r"Stand (\d{4})"}
    found = read(sheet, **layout)
    assert [found[of("01", year=year)][0] for year in (2021, 2022, 2023)] == [2021, 2022, 2023]
    rows = read_workbook(msgspec.structs.replace(PLAIN, **layout), "t.xlsx", as_xlsx(sheet))
    assert set(rows.filter(pl.col("indicator") == "people").get_column("footnote")) == {"Hauptwohnung"}
    same = msgspec.structs.replace(PLAIN, again=r"Tabelle \d.*", year=r"(\d{4})")
    sheet.line(7, "Tabelle 1: Stand 2021")
    assert "cell C10): statistischer_bezirk '01', 2021, stands in a table above already" in refusal(
        sheet, layout=same
    )
    gone = msgspec.structs.replace(PLAIN, again="Übersicht.*")
    assert "no row above the head matches 'Übersicht.*'" in refusal(sheet, layout=gone)


def test_a_section_may_stand_in_a_column() -> None:
    head = ("Nr.", "Bezirk", "Geschlecht", "Einwohner")
    sheet = table(("01", "A", "m", 5), ("01", "A", "w", 6), head=head)
    sections = (Section("sex", {"m": "male", "w": "female"}, heading="Geschlecht"),)
    found = read(sheet, indicators=YEARLY, sections=sections)
    assert (found[of("01", "people_male")][0], found[of("01", "people_female")][0]) == (5, 6)
    layout = msgspec.structs.replace(PLAIN, indicators=YEARLY, sections=sections)
    message = refusal(table(("01", "A", "x", 5), head=head), layout=layout)
    assert "cell C4): 'x' is no value of 'sex' that the theme knows" in message


def test_a_label_left_blank_repeats_the_one_above_where_the_theme_says_so() -> None:
    head = ("Nr.", "Bezirk", "Jahr", "Einwohner")
    sheet = table(("01", "A", 2022, 5), (None, None, 2023, 6), ("02", "B", 2022, 7), head=head)
    changes = {"year": None, "year_heading": "Jahr", "indicators": YEARLY}
    assert "cell B5)" in refusal(sheet, layout=msgspec.structs.replace(PLAIN, **changes))
    found = read(sheet, blanks_repeat=True, **changes)
    assert {key[1:3]: value[0] for key, value in found.items()} == {
        ("01", 2022): 5,
        ("01", 2023): 6,
        ("02", 2022): 7,
    }


@pytest.mark.parametrize(
    ("written", "year"),
    [("2022*", 2022), ("2022¹", 2022), ("31.12.2022", 2022), (Styled(44926, "dd.mm.yyyy"), 2022)],
)
def test_a_year_may_have_a_mark_or_be_a_day(written: object, year: int) -> None:
    head = ("Nr.", "Bezirk", "Jahr", "Einwohner")
    changes = {"year": None, "year_heading": "Jahr", "indicators": YEARLY}
    assert of("01", year=year) in read(table(("01", "A", written, 5), head=head), **changes)
    message = refusal(
        table(("01", "A", "2022/23", 5), head=head), layout=msgspec.structs.replace(PLAIN, **changes)
    )
    assert "cell C4): '2022/23' is no year" in message


def test_figures_nobody_sees_are_not_published() -> None:
    sheet = table(("01", "A", 5, 2), ("02", "B", 6, 3))
    (grid,) = grids("t.xlsx", as_xlsx(sheet))
    unseen = replace(grid, unseen=Unseen(frozenset({5})))
    problems = read_grid(PLAIN, "t.xlsx", unseen).problems
    assert [one.cell for one in problems] == ["C5", "D5"]
    assert "hidden: nobody would see" in problems[0].text
    shown = msgspec.structs.replace(PLAIN, hidden="read")
    assert len(read_grid(shown, "t.xlsx", unseen).rows) == 4
    with pytest.raises(SourceError, match="the sheet 'Tabelle 1' is hidden"):
        chosen(PLAIN, "t.xlsx", (replace(grid, hidden=True),))


def test_a_column_that_is_new_is_told() -> None:
    (grid,) = grids(
        "t.xlsx", as_xlsx(table(("01", "A", 5, 2, 9), head=("Nr.", "Bezirk", "Einwohner", "Umzüge", "Neu")))
    )
    assert read_grid(PLAIN, "t.xlsx", grid).unread == ["Neu"]
