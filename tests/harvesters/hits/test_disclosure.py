"""A suppressed value does not follow from what is published; totals are compared, never repaired."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from typing import Any

import msgspec
import polars as pl
import pytest
from ckanext.herne.harvesters.hits import disclosure, hierarchy
from ckanext.herne.harvesters.hits.theme import Indicator, Share, Sum, Theme, theme
from ckanext.herne.harvesters.hits.tidy import SCHEMA
from ckanext.herne.harvesters.hits.wide import wide
from herne_demo.workbooks import population
from hypothesis import given, settings
from hypothesis import strategies as st

SECRET = None


def layout(**changes: Any) -> Theme:
    indicators = tuple(Indicator(name, "@A", "1", name, name) for name in ("all", "male", "female"))
    share = Indicator("share", "@A", "%", "share", "share")
    return msgspec.structs.replace(
        theme("bevoelkerung"), indicators=(*indicators, share), totals="below", shares=(), **changes
    )


def rows(*figures: tuple[str, str, str, Any]) -> pl.DataFrame:
    """Tidy rows of level, area, indicator and value; SECRET is suppressed, a text is a status."""
    made = [
        (level, area, area, 2023, None, indicator, indicator, *_said(value), None, "1", None)
        for level, area, indicator, value in figures
    ]
    return pl.DataFrame(made, schema=SCHEMA, orient="row")


def _said(value: Any) -> tuple[Decimal | None, str]:
    if value is SECRET:
        return None, "suppressed"
    return (None, value) if isinstance(value, str) else (Decimal(value), "ok")


def areas(*districts: Any, total: Any, indicator: str = "all") -> pl.DataFrame:
    lines = [("statistischer_bezirk", f"{n:02d}", indicator, value) for n, value in enumerate(districts)]
    return rows(*lines, ("ortsteil", "Süd", indicator, total))


def status(frame: pl.DataFrame) -> list[str]:
    return frame.get_column("status").to_list()


def test_one_secret_beside_its_total_takes_a_second_with_it() -> None:
    frame, finding = disclosure.protected(areas(SECRET, 8, 20, total=30), layout())
    assert status(frame) == ["suppressed", "withheld", "ok", "ok"]
    assert frame.get_column("value").to_list() == [None, None, 20, 30]
    assert [key.area_id for key in finding.recoverable] == ["00"]
    assert [key.area_id for key in finding.withheld] == ["01"]
    assert "it could be computed" in finding.notes()[0]
    assert "withheld here" in finding.notes()[1]


def test_a_theme_may_ask_for_a_warning_only() -> None:
    given_ = areas(SECRET, 8, 20, total=30)
    frame, finding = disclosure.protected(given_, layout(disclosure="warn"))
    assert frame.equals(given_)
    assert len(finding.recoverable) == 1
    assert finding.withheld == ()


@pytest.mark.parametrize(
    "frame",
    [areas(SECRET, SECRET, 20, total=30), areas(SECRET, 8, 20, total="pending"), areas(1, 2, total=3)],
)
def test_what_cannot_be_computed_stays_as_it_is(frame: pl.DataFrame) -> None:
    assert disclosure.protected(frame, layout()) == (frame, disclosure.Finding())


def test_two_secrets_whose_sum_is_zero_are_both_told() -> None:
    _frame, finding = disclosure.protected(areas(SECRET, SECRET, 30, total=30), layout())
    assert len(finding.recoverable) == 2


def test_a_chain_of_totals_tells_a_secret() -> None:
    frame = rows(
        ("statistischer_bezirk", "01", "all", SECRET),
        ("statistischer_bezirk", "02", "all", 8),
        ("ortsteil", "Süd", "all", "missing"),
        ("ortsteil", "Nord", "all", 5),
        ("stadtbezirk", "Mitte", "all", 20),
    )
    _frame, finding = disclosure.protected(frame, layout())
    assert [key.area_id for key in finding.recoverable] == ["01"]


def test_parts_of_a_total_over_indicators_tell_each_other() -> None:
    frame = rows(
        *(
            ("statistischer_bezirk", "01", name, value)
            for name, value in (("all", 12), ("male", SECRET), ("female", 10))
        )
    )
    shown, finding = disclosure.protected(frame, layout(sums=(Sum("all", ("male", "female")),)))
    assert [key.indicator for key in finding.recoverable] == ["male"]
    assert [key.indicator for key in finding.withheld] == ["female"]
    assert status(shown) == ["ok", "suppressed", "withheld"]


def test_a_share_of_a_known_whole_tells_its_part() -> None:
    frame = rows(
        *(
            ("statistischer_bezirk", "01", name, value)
            for name, value in (("share", 25), ("male", SECRET), ("all", 12))
        )
    )
    shown, finding = disclosure.protected(
        frame, msgspec.structs.replace(layout(), shares=(Share("share", "male", "all"),))
    )
    assert [key.indicator for key in finding.withheld] == ["share"]
    assert status(shown) == ["withheld", "suppressed", "ok"]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(0, 3)), min_size=2, max_size=4), st.data())
def test_after_withholding_every_secret_could_have_two_values(
    districts: list[int | None], data: st.DataObject
) -> None:
    """Checked by trying all counts: what is shown never leaves a secret only one."""
    true = [value if value is not None else data.draw(st.integers(1, 3)) for value in districts]
    total = sum(true)
    frame, _finding = disclosure.protected(areas(*districts, total=total), layout())
    shown = frame.get_column("value").to_list()
    secrets = [place for place, value in enumerate(districts) if value is None]
    worlds = [
        world
        for world in product(range(total + 4), repeat=len(districts))
        if all(value is None or value == world[place] for place, value in enumerate(shown[:-1]))
        and (shown[-1] is None or sum(world) == shown[-1])
    ]
    for place in secrets:
        assert len({world[place] for world in worlds}) > 1


def test_a_total_that_is_not_the_sum_is_told_and_kept() -> None:
    frame = areas(5, 8, total=14)
    (found,) = hierarchy.differences(frame, layout())
    assert str(found) == "ortsteil Süd, all 2023: published 14, its areas add up to 13"
    assert hierarchy.differences(areas(5, 8, total=13), layout()) == []
    assert hierarchy.differences(areas(5, SECRET, total=14), layout()) == []


@pytest.mark.parametrize("totals", ["below", "above"])
def test_the_order_of_rows_tells_which_area_lies_in_which(totals: str) -> None:
    unit = hierarchy.Unit
    a, b, c = (unit("statistischer_bezirk", name) for name in "abc")
    south, north, city = unit("ortsteil", "S"), unit("ortsteil", "N"), unit("city", "H")
    order = [a, b, south, c, north, city] if totals == "below" else [city, south, a, b, north, c]
    assert hierarchy.parents(order, totals) == {a: south, b: south, c: north, south: city, north: city}


def test_the_demo_adds_up_on_every_level_and_gives_no_secret_away() -> None:
    from ckanext.herne.harvesters.hits.table import read_workbook

    demo = theme("bevoelkerung")
    for year in (2021, 2022, 2023, 2024):
        frame = read_workbook(demo, "demo.xlsx", population(year))
        assert hierarchy.differences(frame, demo) == []
        assert disclosure.protected(frame, demo)[1] == disclosure.Finding()


def test_the_wide_table_has_a_row_per_area_and_year_and_its_signs_beside() -> None:
    frame = rows(
        ("statistischer_bezirk", "01", "all", 12),
        ("statistischer_bezirk", "01", "male", SECRET),
        ("statistischer_bezirk", "02", "all", 7),
    )
    found = wide(frame)
    assert found.columns == ["level", "area_id", "area", "year", "all", "male", "male_status"]
    assert found.row(0)[4:] == (12, None, "suppressed")
    assert found.row(1)[4:] == (7, None, None)
    assert wide(frame, statuses=False).columns == ["level", "area_id", "area", "year", "all", "male"]
