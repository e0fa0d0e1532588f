"""Every fact that is known of real workbooks, read with drafted themes as a steward would correct them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import polars as pl
import pytest
from ckanext.herne.harvesters.hits import propose
from ckanext.herne.harvesters.hits.sheets import grids
from ckanext.herne.harvesters.hits.table import read_grid
from ckanext.herne.harvesters.hits.theme import AreaRule
from herne_testing.needs import SHARED

if TYPE_CHECKING:
    from ckanext.herne.harvesters.hits.sheets import Grid
    from ckanext.herne.harvesters.hits.tidy import Reading

pytestmark = pytest.mark.needs("shared")
FOLDER = SHARED / "fixtures" / "real" / "workbooks"


def sheet(file: str, title: str) -> Grid:
    found = {grid.name: grid for grid in grids(file, (FOLDER / file).read_bytes())}
    return found[title]


def reading(file: str, title: str, **changes: Any) -> Reading:
    """The sheet read with its drafted theme after these changes."""
    grid = sheet(file, title)
    theme = propose.draft(grid, file)
    assert theme is not None
    return read_grid(msgspec.structs.replace(theme, **changes), file, grid)


def figures(read: Reading) -> dict[str, tuple[Decimal | None, str]]:
    """Value and status by the address of the cell."""
    from ckanext.herne.harvesters.hits.sheets import address

    frame = read.frame()
    pairs = zip(frame.get_column("value"), frame.get_column("status"), strict=True)
    return dict(zip((address(*cell) for cell in read.cells), pairs, strict=True))


class TestHamburg:
    FILE, SHEET = "Daten_fuer_die_Stadtteilprofile_2014.xlsx", "Stadtteilprofile 2014"
    AREAS = (
        AreaRule("city", name="Hamburg"),
        AreaRule("stadtbezirk", name=".+", from_name="Hamburg-Mitte"),
        AreaRule("statistischer_bezirk", name=".+"),
    )

    def test_a_sheet_of_69_columns_is_read_whole(self) -> None:
        read = reading(self.FILE, self.SHEET, areas=self.AREAS)
        assert read.problems == []
        assert len(read.rows) == 107 * 68
        statuses = read.frame().get_column("status").to_list()
        assert statuses.count("suppressed_or_unknown") == 84
        said = figures(read)
        assert said["BD5"] == (None, "suppressed_or_unknown")
        assert said["BF6"][0] == 6465
        assert said["AC5"][0] == -23

    def test_the_reference_date_stands_in_the_heading_of_its_group(self) -> None:
        theme = propose.draft(sheet(self.FILE, self.SHEET), self.FILE)
        assert theme is not None
        assert theme.indicators[0].heading.startswith("Bevölkerung und Haushalte 31.12.2013 / Bevölkerung")
        others = [entry.heading for entry in theme.indicators]
        assert all(any(words in text for text in others) for words in ("(Dez 2013)", "(2010)", "(März 2014)"))

    def test_a_name_on_two_levels_stops_the_draft_and_is_told_apart_by_a_rule(self) -> None:
        drafted = reading(self.FILE, self.SHEET)
        cells = [one.cell for one in drafted.problems]
        assert cells == ["A106", "A108", "A109", "A110"]
        assert "'Wandsbek' stands in row 58 already" in drafted.problems[1].text
        frame = reading(self.FILE, self.SHEET, areas=self.AREAS).frame()
        first = frame.get_column("indicator")[0]
        found = frame.filter((pl.col("area") == "Wandsbek") & (pl.col("indicator") == first))
        values = dict(found.select("level", "value").iter_rows())
        assert values == {"statistischer_bezirk": 33388, "stadtbezirk": 417225}

    def test_districts_add_up_to_the_city_and_quarters_do_not(self) -> None:
        frame = reading(self.FILE, self.SHEET, areas=self.AREAS).frame()
        people = frame.filter(pl.col("indicator") == frame.get_column("indicator")[0])
        sums = dict(people.group_by("level").agg(pl.col("value").sum()).iter_rows())
        assert sums["city"] == sums["stadtbezirk"] == 1788994
        assert sums["statistischer_bezirk"] == 1782217
        assert "Kleiner Grasbrook und Steinwerder" in people.get_column("area")


class TestKreise:
    FILE, SHEET = "04-kreise.xlsx", "Kreise"

    def test_keys_are_text_and_the_row_of_column_numbers_is_no_area(self) -> None:
        read = reading(self.FILE, self.SHEET)
        assert read.problems == []
        frame = read.frame()
        assert frame.get_column("area_id").n_unique() == 401
        herne = frame.filter(pl.col("area_id") == "05916")
        values = dict(herne.select("indicator", "value").iter_rows())
        assert values["bevoelkerung_insgesamt"] == 156449
        assert values["flaeche_in_km"] == Decimal("51.42")
        assert values["bevoelkerung_je_km"] == 3043
        assert {6, 24, 422, 428, 434} <= set(read.skipped)
        grid = sheet(self.FILE, self.SHEET)
        assert [grid.at(row, 1).value for row in (422, 428, 434)] == [145, 146, 147]
        assert (grid.at(6, 1).value, grid.at(6, 2).value) == (1, "2")

    def test_the_country_is_the_sum_of_its_districts(self) -> None:
        read = reading(self.FILE, self.SHEET)
        people = (
            read.frame().filter(pl.col("indicator") == "bevoelkerung_insgesamt").get_column("value").sum()
        )
        assert people == sheet(self.FILE, self.SHEET).at(480, 6).value == 83166711

    def test_footnotes_belong_to_headings_and_brackets_to_names(self) -> None:
        frame = reading(self.FILE, self.SHEET).frame()
        notes = dict(frame.select("indicator", "footnote").unique().iter_rows())
        assert "methodischer Änderungen" in notes["bevoelkerung_insgesamt"]
        assert "methodischer Änderungen" in notes["bevoelkerung_maennlich"]
        assert "Oldenburg (Oldenburg), Stadt" in frame.get_column("area")
        assert frame.get_column("reference").unique().to_list() == ["2019-12-31"]


class TestUnemployed:
    FILE, SHEET = "13211-03ir.xls", "Temporär"

    def test_four_rows_of_head_and_years_as_text(self) -> None:
        read = reading(self.FILE, self.SHEET)
        assert read.problems == []
        said = figures(read)
        assert [said[cell][0] for cell in ("B10", "C10", "D10")] == [54197, 29674, 24523]
        assert read.frame().get_column("year").unique().sort().to_list() == list(range(2000, 2015))
        assert read.rows[0][5] == "januar_31_insgesamt"
        assert "Januar (31.)" in read.rows[0][6]

    def test_later_is_not_zero(self) -> None:
        said = figures(reading(self.FILE, self.SHEET))
        later = [cell for cell, found in said.items() if found == (None, "pending")]
        assert len(later) == 18
        assert (later[0], later[-1]) == ("T10", "AK10")

    def test_the_notes_below_the_line_are_no_rows_and_the_area_stands_in_the_title(self) -> None:
        read = reading(self.FILE, self.SHEET)
        assert read.last_row == 24
        assert {row[2] for row in read.rows} == {"Köln, krfr. Stadt"}
        assert sheet(self.FILE, self.SHEET).at(4, 1).value == "Arbeitslose\xa0(Anzahl)"


class TestMoves:
    OLD, NEW = ("jt100138.xls", "138"), ("jt200142.xlsx", "jt200142 ")

    def test_the_matrix_of_2009(self) -> None:
        read = reading(*self.OLD)
        assert read.problems == []
        said = figures(read)
        assert said["B32"][0] == 1675
        assert said["AB32"][0] == 114836
        assert said["AB6"][0] == 2028
        assert said["AA6"] == (0, "zero")
        assert said["C7"][0] == 1302
        frame = read.frame()
        assert frame.get_column("year").unique().to_list() == [2009]
        numbered = set(frame.filter(pl.col("level") == "statistischer_bezirk").get_column("area_id"))
        assert numbered == {str(number) for number in range(1, 26)}

    def test_the_matrix_of_2019_has_totals_from_formulas_and_zeros_shown_as_signs(self) -> None:
        read = reading(
            *self.NEW,
            skip=(),
            areas=(
                AreaRule("city", name=r"insg\."),
                AreaRule("statistischer_bezirk", key=r"\d+"),
                AreaRule("ortsteil", name=r"n\.z\."),
            ),
        )
        assert read.problems == []
        said = figures(read)
        assert said["B4"][0] == 111661
        assert said["C30"] == (0, "zero")
        other = read.frame().filter(pl.col("level") == "ortsteil")
        assert other.get_column("area").unique().to_list() == ["n.z."]
        assert other.get_column("footnote")[0].endswith("Nicht zuzuordnen.")


class TestMunicipalities:
    FILE, SHEET = "Gemeinden.xlsx", "gemeinden"
    AREAS = (
        AreaRule("land", key=r"\d{2}", pad=2, indent=2),
        AreaRule("stadtbezirk", key=r"\d{3}", pad=3, indent=4),
        AreaRule("kreis", key=r"\d{5}", pad=5, indent=6),
        AreaRule("ortsteil", key=r"\d{8}", pad=8),
    )

    def test_levels_by_blanks_keys_with_zeros_numbers_with_a_comma(self) -> None:
        read = reading(self.FILE, self.SHEET, areas=self.AREAS)
        assert read.problems == []
        frame = read.frame()
        herne = frame.filter(pl.col("area_id") == "05916").row(0, named=True)
        assert (herne["level"], herne["area"]) == ("kreis", "Herne, Kreisfreie Stadt")
        assert (herne["value"], herne["reference"]) == (Decimal("51.42"), "2019-12-31")
        land = frame.filter((pl.col("level") == "land") & (pl.col("area_id") == "05")).row(0, named=True)
        assert land["value"] == Decimal("34112.44")
        assert (frame.get_column("status") == "zero").sum() == 2557

    def test_a_sign_may_have_a_meaning_of_its_own(self) -> None:
        read = reading(self.FILE, self.SHEET, areas=self.AREAS, signs={"-": "not_applicable"})
        said = figures(read)
        assert said["D41"] == (None, "not_applicable")


def test_a_section_that_nobody_described_stops_the_theme() -> None:
    areas = (AreaRule("kreis", key=r"\d{5}"),)
    read = reading("04-kreise.xlsx", "Kreise", areas=areas, skip=("Insgesamt",))
    assert len(read.problems) > 16
    assert read.problems[0].place == "sheet 'Kreise', cell C8"
    assert "'01 Schleswig-Holstein' fits no level" in read.problems[0].text
