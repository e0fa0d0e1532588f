"""A tidy table written as a messy workbook and read back is the same table, whatever the layout."""

from __future__ import annotations

import os
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec
from ckanext.herne.harvesters.hits.table import read_workbook
from ckanext.herne.harvesters.hits.theme import AreaRule, Indicator, Theme, theme
from herne_testing.sheets import WRITERS, Sheet, Styled
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

SIGNS = {
    "zero": ["−", "–", "-", "- "],
    "suppressed": ["•"],
    "suppressed_or_unknown": [".", "·"],
    "unreliable": ["/"],
    "pending": ["…", "..."],
    "not_applicable": ["x", "X", "✕"],
    "rounded_zero": ["0"],
}
FLAGS = {"provisional": "p", "revised": "r", "estimated": "s"}
NAMES = [
    "Strünkede",
    "Holsterhausen",
    "Börnig/Holthausen",
    "Feldkamp",
    "Pantrings Hof",
    "Süd (Alt)",
    "Zentrum",
]
JUNK = [
    "• = Fallzahl zu gering",
    "Quelle: erfunden",
    "(C)opyright Stadt",
    "Ab 1. Januar 2010:",
    "Stand: 21.07.2014",
]
# HERNE_LAYOUTS=700 tries thousands of layouts in all, in two minutes of computing
MANY = int(os.environ.get("HERNE_LAYOUTS", "100"))
SAFE = settings(max_examples=MANY, deadline=None, suppress_health_check=list(HealthCheck))


@dataclass(frozen=True)
class Figure:
    """What a figure is, and how a workbook may write it."""

    value: Decimal | None
    status: str
    flag: str | None
    written: Any


@st.composite
def figures(draw: st.DrawFn) -> Figure:
    """A figure in one of the spellings tables have for it."""
    kind = draw(st.sampled_from(["number", "number", "number", "sign", "empty", "flag", "brackets", "dash"]))
    if kind == "empty":
        return Figure(None, "missing", None, None)
    if kind == "sign":
        status = draw(st.sampled_from(sorted(SIGNS)))
        value = Decimal(0) if status in ("zero", "rounded_zero") else None
        return Figure(value, status, None, draw(st.sampled_from(SIGNS[status])))
    if kind == "dash":
        return Figure(Decimal(0), "zero", None, Styled(0, '#,##0;-#,##0;"–"', shown="–"))
    number = Decimal(draw(st.integers(-(10**9), 10**9).filter(bool))) / 10 ** draw(st.integers(0, 3))
    text = german(number, draw(st.sampled_from([".", " ", "\u00a0", ""])))
    if kind == "flag":
        flag = draw(st.sampled_from(sorted(FLAGS)))
        return Figure(
            number,
            "ok",
            flag,
            draw(st.sampled_from(["{0} {1}", "{1} {0}", "{0}{1}"])).format(text, FLAGS[flag]),
        )
    if kind == "brackets":
        return Figure(number, "low_reliability", None, f"({text})")
    as_number = int(number) if number == number.to_integral_value() else float(number)
    return Figure(number, "ok", None, draw(st.sampled_from([text, f"{text} ", as_number])))


def german(number: Decimal, group: str) -> str:
    whole, _, part = f"{abs(number):f}".partition(".")
    part = part.rstrip("0")
    grouped = f"{int(whole):,}".replace(",", group)
    return f"{'-' if number < 0 else ''}{grouped}{',' + part if part else ''}"


@st.composite
def layouts(draw: st.DrawFn) -> tuple[Theme, Sheet, dict[tuple[str, str, str], tuple[Any, ...]]]:
    """A theme, a sheet in its layout, and value, status and flag by level, area and indicator."""
    count = draw(st.integers(1, 4))
    areas = draw(
        st.lists(
            st.tuples(st.integers(1, 99), st.sampled_from(NAMES)),
            min_size=1,
            max_size=6,
            unique_by=lambda one: one[0],
        )
    )
    rows: list[tuple[str, str, str, list[Figure]]] = [
        ("statistischer_bezirk", f"{key:02d}", name, [draw(figures()) for _ in range(count)])
        for key, name in areas
    ]
    for name in draw(st.lists(st.sampled_from(NAMES), max_size=2, unique=True)):
        place = draw(st.integers(0, len(rows)))
        rows.insert(place, ("ortsteil", "", name, [draw(figures()) for _ in range(count)]))
    if all(figure.written is None for row in rows for figure in row[3]):
        rows[0][3][0] = Figure(Decimal(7), "ok", None, 7)
    return _written(draw, count, rows)


def _written(draw: st.DrawFn, count: int, rows: list[Any]) -> Any:
    sheet = Sheet()
    top = draw(st.integers(2, 6))
    sheet.line(
        draw(st.integers(1, top - 1)),
        f"Bevölkerung am 31.12.2023{draw(st.sampled_from(['', '¹', ' (Demo)']))}",
    )
    left = draw(st.integers(1, 3))
    order = draw(st.permutations(["key", "name", *range(count)]))
    columns = {what: left + number for number, what in enumerate(order)}
    is_grouped = draw(st.booleans())
    depth = 2 if is_grouped else 1
    mark = draw(st.sampled_from(["", "²", "2)", "*"]))
    heads = {number: f"Merkmal {'ABCD'[number]}" for number in range(count)}
    for what, column in columns.items():
        text = {"key": "Nr.", "name": "Bezirk"}.get(what) or f"{heads[what]}{mark}"
        if what in heads and is_grouped:
            sheet.line(top, "Gruppe" if what == 0 else f"Gruppe {what}", column=column).line(
                top + 1, text, column=column
            )
        else:
            sheet.line(top, text, column=column)
            if is_grouped:
                sheet.merged.append((top, column, top + 1, column))
    row = top + depth
    number_row = draw(st.booleans())
    if number_row:
        sheet.line(row, *range(1, len(order) + 1), column=left)
        row += 1
    expected: dict[tuple[str, str, str], tuple[Any, ...]] = {}
    for level, key, name, values in rows:
        row += draw(st.sampled_from([0, 0, 0, 1]))
        if key:
            style = draw(st.sampled_from(["text", "format"]))
            sheet.line(
                row, key if style == "text" else Styled(int(key), "00", shown=key), column=columns["key"]
            )
        sheet.line(row, name if key else f"Ortsteil {name}", column=columns["name"])
        for number, figure in enumerate(values):
            sheet.line(row, figure.written, column=columns[number])
            expected[level, key or name, f"i{number}"] = (figure.value, figure.status, figure.flag)
        row += 1
    for text in draw(st.lists(st.sampled_from(JUNK), max_size=4)):
        row += 1
        sheet.line(row, text, column=left)
    indicators = tuple(
        Indicator(
            f"i{number}",
            f"{'Gruppe' if number == 0 else f'Gruppe {number}'} / {head}" if is_grouped else head,
            "1",
            head,
            head,
        )
        for number, head in heads.items()
    )
    layout = msgspec.structs.replace(
        theme("bevoelkerung"),
        header_row=top,
        header_rows=depth,
        number_row=number_row,
        key_heading="Nr.",
        name_heading="Bezirk",
        areas=(
            AreaRule("statistischer_bezirk", key=r"\d{2}"),
            AreaRule("ortsteil", name="Ortsteil (?P<name>.+)"),
        ),
        indicators=indicators,
        shares=(),
    )
    return layout, sheet, expected


def _same(
    kind: str, layout: Theme, sheet: Sheet, expected: dict[tuple[str, str, str], tuple[Any, ...]]
) -> None:
    rows = read_workbook(layout, f"t.{kind}", WRITERS[kind](sheet))
    assert rows.get_column("year").unique().to_list() == [2023]
    columns = ("level", "area_id", "indicator", "value", "status", "flag")
    assert {row[:3]: row[3:] for row in rows.select(columns).iter_rows()} == expected
    assert rows.height == len(expected)


@SAFE
@given(layouts())
def test_a_tidy_table_survives_a_messy_xlsx(case: Any) -> None:
    _same("xlsx", *case)


@SAFE
@given(layouts())
def test_a_tidy_table_survives_a_messy_ods(case: Any) -> None:
    _same("ods", *case)


@SAFE
@given(layouts())
def test_a_tidy_table_survives_a_messy_xls(case: Any) -> None:
    _same("xls", *case)
