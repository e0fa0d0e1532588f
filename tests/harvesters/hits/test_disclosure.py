"""A suppressed value does not follow from what is published; totals are compared, never repaired."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from typing import Any

import msgspec
import numpy
import polars as pl
import pytest
from ckanext.herne.harvesters.hits import disclosure, hierarchy
from ckanext.herne.harvesters.hits.solving import recoverable
from ckanext.herne.harvesters.hits.theme import Indicator, Section, Share, Sum, Theme, theme
from ckanext.herne.harvesters.hits.tidy import SCHEMA
from ckanext.herne.harvesters.hits.wide import wide
from ckanext.herne.regions.units import Regions, Unit, ordered
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
    assert found.columns == ["level", "area_id", "area", "year", "all", "all_status", "male", "male_status"]
    assert found.row(0)[4:] == (12, "ok", None, "suppressed")
    assert found.row(1)[4:] == (7, "ok", None, "missing")


def test_two_secrets_with_a_rest_of_two_are_both_one() -> None:
    """Too few is at least one: a zero would be shown as one."""
    frame, finding = disclosure.protected(areas(SECRET, SECRET, 28, 9, total=39), layout())
    assert [key.area_id for key in finding.recoverable] == ["00", "01"]
    assert status(frame) == ["suppressed", "suppressed", "ok", "withheld", "ok"]


def sexes(*areas_: tuple[Any, Any, Any]) -> pl.DataFrame:
    """Areas with all, male and female."""
    return rows(
        *(
            ("statistischer_bezirk", f"{number:02d}", name, value)
            for number, values in enumerate(areas_)
            for name, value in zip(("all", "male", "female"), values, strict=True)
        )
    )


def test_a_sum_that_nobody_described_but_that_holds_everywhere_tells_too() -> None:
    whole = [(10 + n, 4, 6 + n) for n in range(6)]
    frame, finding = disclosure.protected(sexes(*whole, (12, SECRET, 10)), layout())
    assert [(key.area_id, key.indicator) for key in finding.recoverable] == [("06", "male")]
    assert status(frame)[-3:] == ["ok", "suppressed", "withheld"]
    broken = [*whole[1:], (99, 1, 2)]
    assert disclosure.protected(sexes(*broken, (12, SECRET, 10)), layout())[1] == disclosure.Finding()


def test_sections_add_up_over_areas_as_their_indicators_do() -> None:
    sections = (Section("sex", {"männlich": "male"}),)
    frame = rows(
        ("statistischer_bezirk", "01", "all_male", SECRET),
        ("statistischer_bezirk", "02", "all_male", 8),
        ("ortsteil", "Süd", "all_male", 10),
    )
    _frame, finding = disclosure.protected(frame, layout(sections=sections))
    assert [key.area_id for key in finding.recoverable] == ["01"]


def test_a_year_has_the_areas_it_has() -> None:
    """A district that is new in a year is a part of that year's total, and of no other."""
    old = areas(5, 8, total=13)
    new = areas(5, 8, SECRET, total=20).with_columns(year=pl.lit(2024, pl.Int64))
    both = pl.concat([old, new])
    assert hierarchy.differences(both, layout()) == []
    assert [key.area_id for key in disclosure.protected(both, layout())[1].recoverable] == ["02"]


def loaded(*units: tuple[str, str, str, tuple[str, str] | None]) -> Regions:
    return ordered([Unit(level, key, name, parent) for level, key, name, parent in units])


CITY = loaded(
    ("city", "0", "Herne", None),
    ("stadtbezirk", "1", "Mitte", ("city", "0")),
    ("stadtbezirk", "2", "Wanne", ("city", "0")),
    ("ortsteil", "11", "Süd", ("stadtbezirk", "1")),
    ("ortsteil", "12", "Holsterhausen", ("stadtbezirk", "1")),
    ("ortsteil", "21", "Bickern", ("stadtbezirk", "2")),
)


def test_areas_roll_up_as_the_loaded_units_say_where_the_table_does_not() -> None:
    plain = msgspec.structs.replace(layout(), totals=None)
    frame = rows(
        ("city", "Herne", "all", 60),
        ("ortsteil", "21", "all", 30),
        ("ortsteil", "11", "all", 10),
        ("stadtbezirk", "Mitte", "all", 31),
        ("ortsteil", "Holsterhausen", "all", 20),
    )
    assert hierarchy.differences(frame, plain) == []
    found = [str(one) for one in hierarchy.differences(frame, plain, CITY)]
    assert found == ["stadtbezirk Mitte, all 2023: published 31, its areas add up to 30"]
    secret = frame.with_columns(
        value=pl.when(pl.col("area_id") == "21").then(None).otherwise("value"),
        status=pl.when(pl.col("area_id") == "21").then(pl.lit("suppressed")).otherwise("status"),
    )
    assert [key.area_id for key in disclosure.protected(secret, plain, CITY)[1].recoverable] == ["21"]
    part = frame.filter(pl.col("area_id") != "21")
    assert [str(one) for one in hierarchy.differences(part, plain, CITY)] == found


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_what_a_system_of_totals_determines_is_found(data: st.DataObject) -> None:
    """Against ranks of matrices: a secret is determined if its unit vector adds nothing to the rows."""
    quarters = data.draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    names = ("all", "male", "female")
    lines: list[tuple[str, str, str]] = []
    for quarter, count in enumerate(quarters):
        lines += [("statistischer_bezirk", f"{quarter}{n}", name) for n in range(count) for name in names]
        lines += [("ortsteil", str(quarter), name) for name in names]
    lines += [("city", "c", name) for name in names]
    secret = {line for line in lines if data.draw(st.integers(0, 2)) == 0}
    frame = rows(*((*line, SECRET if line in secret else 100) for line in lines))
    system = disclosure.equations(frame, layout(sums=(Sum("all", ("male", "female")),)))
    keys = [hierarchy.Key(level, area, 2023, name) for level, area, name in lines]
    unknown = [key for key, line in zip(keys, lines, strict=True) if line in secret]
    matrix = numpy.array(
        [[(key in one.parts) - float(key == one.total) for key in unknown] for one in system]
    ).reshape(len(system), len(unknown))
    rank = numpy.linalg.matrix_rank(matrix) if unknown else 0
    determined = {
        key
        for place, key in enumerate(unknown)
        if numpy.linalg.matrix_rank(numpy.vstack([matrix, numpy.eye(len(unknown))[place]])) == rank
    }
    values = {key: None if key in unknown else Decimal(100) for key in keys}
    found = recoverable(system, values, set(unknown), {})
    assert determined <= found


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=2, max_size=3), st.data())
def test_nothing_is_left_that_only_one_world_explains(
    true: list[tuple[int, int]], data: st.DataObject
) -> None:
    """All counts of a table of areas and sexes are tried: a secret that is at least one has two values."""
    cells = [(n, sex) for n in range(len(true)) for sex in (0, 1)]
    hidden = [cell for cell in cells if true[cell[0]][cell[1]] and data.draw(st.booleans())]
    names, lines = ("all", "male", "female"), []
    for n, pair in enumerate(true):
        shown = [SECRET if (n, sex) in hidden else pair[sex] for sex in (0, 1)]
        values = zip(names, (sum(pair), *shown), strict=True)
        lines += [("statistischer_bezirk", f"{n:02d}", *one) for one in values]
    sums = [sum(column) for column in zip(*true, strict=True)]
    lines += [("ortsteil", "S", *one) for one in zip(names, (sum(sums), *sums), strict=True)]
    frame, _finding = disclosure.protected(rows(*lines), layout(sums=(Sum("all", ("male", "female")),)))
    seen = {row[:2]: row[2] for row in frame.select("area_id", "indicator", "value").iter_rows()}
    worlds = [
        world
        for world in product(range(4), repeat=len(cells))
        if all(world[place] for place, cell in enumerate(cells) if cell in hidden) and _explains(world, seen)
    ]
    for cell in hidden:
        assert len({world[cells.index(cell)] for world in worlds}) > 1


def _explains(world: tuple[int, ...], seen: dict[tuple[str, str], Decimal | None]) -> bool:
    """Whether these counts of (area, sex) give what is shown."""
    told: dict[tuple[str, str], int] = {}
    for place, value in enumerate(world):
        area, name = f"{place // 2:02d}", ("male", "female")[place % 2]
        for key in ((area, name), (area, "all"), ("S", name), ("S", "all")):
            told[key] = told.get(key, 0) + value
    return all(value is None or value == told[key] for key, value in seen.items())
