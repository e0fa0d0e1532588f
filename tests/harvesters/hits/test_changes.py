"""The sentence on what a run changes, and the wide table and codebook a dataset has beside its figures."""

from __future__ import annotations

import msgspec
import polars as pl
import pytest
from ckanext.herne.harvesters.hits import datasets
from ckanext.herne.harvesters.hits.changes import COMPARED, note
from ckanext.herne.harvesters.hits.table import read_workbook
from ckanext.herne.harvesters.hits.theme import Section, theme
from herne_demo.workbooks import population

THEME = theme("bevoelkerung")
USED = {entry.id for entry in THEME.indicators}


def rows(*years: int) -> pl.DataFrame:
    return pl.concat([read_workbook(THEME, f"{year}.xlsx", population(year)) for year in years])


def stored(*years: int) -> pl.DataFrame:
    return rows(*years).select(COMPARED.names)


def test_new_years_are_told() -> None:
    assert note(None, rows(2021, 2022)) == "Neu: 2021, 2022 / New: 2021, 2022"
    assert note(stored(2021), rows(2022)) == "Neu: 2022 / New: 2022"


def test_a_corrected_year_is_told_with_its_number_of_values() -> None:
    first = pl.col("area_id") == "01"
    corrected = rows(2022).with_columns(pl.when(first).then(pl.lit("p")).otherwise("flag").alias("flag"))
    assert note(stored(2021, 2022), corrected) == "2022 berichtigt (5 Werte) / 2022 corrected (5 values)"


def test_values_that_are_gone_or_new_are_corrections() -> None:
    fewer = rows(2022).filter(pl.col("indicator") != "arrivals")
    assert "2022 berichtigt (40 Werte)" in note(stored(2022), fewer)
    assert "2022 berichtigt (40 Werte)" in note(fewer.select(COMPARED.names), rows(2022))


def test_nothing_is_told_of_years_that_stay() -> None:
    assert note(stored(2021, 2022), rows(2022)) == ""


def test_the_wide_table_has_all_its_columns_and_says_why_a_value_is_empty() -> None:
    table = datasets.wide_table(THEME, USED)
    found = table.checked(datasets.wide_rows(table, rows(2023)))
    assert found.height == 40
    for entry in THEME.indicators:
        status = f"{entry.id}_status"
        assert not {"ok", "zero", None} & set(found.filter(pl.col(entry.id).is_null()).get_column(status))
        assert "missing" not in found.filter(pl.col(entry.id).is_not_null()).get_column(status)


def test_an_indicator_without_a_figure_is_missing_in_the_wide_table() -> None:
    table = datasets.wide_table(THEME, USED)
    found = datasets.wide_rows(table, rows(2023).filter(pl.col("indicator") != "arrivals"))
    assert found.get_column("arrivals_status").unique().to_list() == ["missing"]


def test_sections_make_columns_and_entries_of_the_codebook_of_their_own() -> None:
    """Also of those that an earlier run has brought: a column does not vanish."""
    sections = (
        Section("age", {"unter 18": "young"}),
        Section("sex", {"männlich": "male", "weiblich": "female"}),
        Section("unit", {"in %": "%"}),
    )
    first = THEME.indicators[0]
    changed = msgspec.structs.replace(THEME, sections=sections, indicators=(first,))
    used = {"population_young_male", "population_female_percent"}
    table = datasets.wide_table(changed, used)
    assert [name for name in table.names[4:] if not name.endswith("_status")] == [
        "population_young_male",
        "population_female_percent",
    ]
    codebook = {row[0]: row[1:] for row in datasets.codebook_rows(changed, used).iter_rows()}
    german = f"{first.label_de}, unter 18, männlich"
    assert codebook["population_young_male"] == (
        german,
        f"{first.label_en}, young, male",
        "1",
        "age=young; sex=male",
        True,
    )
    assert codebook["population_female_percent"][2:] == ("%", "sex=female", False)
    one = (
        rows(2023)
        .filter(pl.col("indicator") == "population")
        .with_columns(indicator=pl.lit("population_young_male"))
    )
    found = table.checked(datasets.wide_rows(table, one))
    assert found.get_column("population_young_male").to_list() == one.get_column("value").to_list()
    assert set(found.get_column("population_female_percent_status")) == {"missing"}


def test_an_id_that_no_column_can_have_is_refused() -> None:
    long = msgspec.structs.replace(THEME.indicators[0], id="x" * 52)
    with pytest.raises(ValueError, match="is too long; 56 characters are possible"):
        msgspec.structs.replace(THEME, indicators=(long,), sections=(Section("sex", {"männlich": "male"}),))


def test_the_codebook_names_unit_and_dimensions() -> None:
    first = msgspec.structs.replace(THEME.indicators[0], dimensions={"sex": "female", "age": "0-17"})
    changed = msgspec.structs.replace(THEME, indicators=(first, *THEME.indicators[1:]))
    found = datasets.CODEBOOK.checked(datasets.codebook_rows(changed, USED))
    assert found.row(0, named=True)["dimensions"] == "sex=female; age=0-17"
    assert dict(found.select("indicator", "adds_up").iter_rows())["share_under_18"] is False


@pytest.mark.parametrize("demo", [True, False])
def test_the_dataset_is_statistics_of_high_value_with_its_tables(demo: bool) -> None:
    fields = datasets.said(THEME, "source", "Neu: 2024", USED, demo=demo)
    assert fields["hvd_category"] == ["http://data.europa.eu/bna/c_e1da4e07"]
    assert fields["version_notes"] == "Neu: 2024"
    assert fields["stat_unit_measure"] == [
        "http://qudt.org/vocab/unit/NUM",
        "http://qudt.org/vocab/unit/PERCENT",
    ]
    assert fields["in_series"] == [datasets.series(THEME, "source").uri]
    assert len({entry["id"] for entry in fields["resources"]}) == 3
    assert {entry["url_type"] for entry in fields["resources"]} == {"datastore"}
    assert all(("erfunden" in entry["description"]) is demo for entry in fields["resources"])
    assert ("invented" in fields["title_translated"]["en"]) is demo
