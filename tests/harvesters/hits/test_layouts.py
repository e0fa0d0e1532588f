"""A tidy table written as a messy workbook and read back is the same table, whatever the layout."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
import pytest
from ckanext.herne.harvesters.hits.table import read_workbook
from ckanext.herne.harvesters.hits.theme import AreaRule, Indicator, Theme, theme
from ckanext.herne.harvesters.operations.errors import SourceError
from herne_testing.sheets import WRITERS, Sheet, Styled
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Sequence

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
# so many layouts are rolled in all, besides those that hypothesis looks for
MANY = int(os.environ.get("HERNE_LAYOUTS", "2000"))
SAFE = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


class Draw(Protocol):
    """Where choices come from: hypothesis, which makes a failing layout small, or dice, which are fast."""

    def one_of(self, choices: Sequence[Any]) -> Any: ...
    def number(self, least: int, most: int) -> int: ...
    def some(self, choices: Sequence[Any], least: int, most: int) -> list[Any]: ...
    def order(self, choices: Sequence[Any]) -> list[Any]: ...


class Searched:
    """Choices of hypothesis."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw

    def one_of(self, choices: Sequence[Any]) -> Any:
        return self.draw(st.sampled_from(choices))

    def number(self, least: int, most: int) -> int:
        return self.draw(st.integers(least, most))

    def some(self, choices: Sequence[Any], least: int, most: int) -> list[Any]:
        return self.draw(st.lists(st.sampled_from(choices), min_size=least, max_size=most, unique=True))

    def order(self, choices: Sequence[Any]) -> list[Any]:
        return list(self.draw(st.permutations(choices)))


class Rolled:
    """Choices of dice; the same seed rolls the same."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)

    def one_of(self, choices: Sequence[Any]) -> Any:
        return self.dice.choice(choices)

    def number(self, least: int, most: int) -> int:
        return self.dice.randint(least, most)

    def some(self, choices: Sequence[Any], least: int, most: int) -> list[Any]:
        return self.dice.sample(choices, self.dice.randint(least, min(most, len(choices))))

    def order(self, choices: Sequence[Any]) -> list[Any]:
        return self.dice.sample(choices, len(choices))


@dataclass(frozen=True)
class Figure:
    """What a figure is, and how a workbook may write it."""

    value: Decimal | None
    status: str
    flag: str | None
    written: Any


def figure(draw: Draw) -> Figure:
    """A figure in one of the spellings tables have for it."""
    kind = draw.one_of(["number", "number", "number", "sign", "empty", "flag", "brackets", "dash"])
    if kind == "empty":
        return Figure(None, "missing", None, None)
    if kind == "sign":
        status = draw.one_of(sorted(SIGNS))
        value = Decimal(0) if status in ("zero", "rounded_zero") else None
        return Figure(value, status, None, draw.one_of(SIGNS[status]))
    if kind == "dash":
        return Figure(Decimal(0), "zero", None, Styled(0, '#,##0;-#,##0;"–"', shown="–"))
    number = Decimal(draw.one_of([-1, 1]) * draw.number(1, 10**9)) / 10 ** draw.number(0, 3)
    text = german(number, draw.one_of([".", " ", "\u00a0", ""]))
    if kind == "flag":
        flag = draw.one_of(sorted(FLAGS))
        return Figure(
            number,
            "ok",
            flag,
            draw.one_of(["{0} {1}", "{1} {0}", "{0}{1}"]).format(text, FLAGS[flag]),
        )
    if kind == "brackets":
        return Figure(number, "low_reliability", None, f"({text})")
    as_number = int(number) if number == number.to_integral_value() else float(number)
    return Figure(number, "ok", None, draw.one_of([text, f"{text} ", as_number]))


def german(number: Decimal, group: str) -> str:
    whole, _, part = f"{abs(number):f}".partition(".")
    part = part.rstrip("0")
    grouped = f"{int(whole):,}".replace(",", group)
    return f"{'-' if number < 0 else ''}{grouped}{',' + part if part else ''}"


@st.composite
def layouts(draw: st.DrawFn) -> Any:
    """As `layout`, searched by hypothesis."""
    return layout_of(Searched(draw))


def layout_of(draw: Draw) -> tuple[Theme, Sheet, dict[tuple[str, str, str], tuple[Any, ...]]]:
    """A theme, a sheet in its layout, and value, status and flag by level, area and indicator."""
    count = draw.number(1, 4)
    areas = [(key, draw.one_of(NAMES)) for key in draw.some(range(1, 100), 1, 6)]
    rows: list[tuple[str, str, str, list[Figure]]] = [
        ("statistischer_bezirk", f"{key:02d}", name, [figure(draw) for _ in range(count)])
        for key, name in areas
    ]
    for name in draw.some(NAMES, 0, 2):
        place = draw.number(0, len(rows))
        rows.insert(place, ("ortsteil", "", name, [figure(draw) for _ in range(count)]))
    if all(figure.written is None for row in rows for figure in row[3]):
        rows[0][3][0] = Figure(Decimal(7), "ok", None, 7)
    return _written(draw, count, rows)


def _written(draw: Draw, count: int, rows: list[Any]) -> Any:
    sheet = Sheet()
    top = draw.number(2, 6)
    sheet.line(
        draw.number(1, top - 1),
        f"Bevölkerung am 31.12.2023{draw.one_of(['', '¹', ' (Demo)'])}",
    )
    left = draw.number(1, 3)
    order = draw.order(["key", "name", *range(count)])
    columns = {what: left + number for number, what in enumerate(order)}
    is_grouped = draw.one_of([True, False])
    depth = 2 if is_grouped else 1
    mark = draw.one_of(["", "²", "2)", "*"])
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
    number_row = draw.one_of([True, False])
    if number_row:
        sheet.line(row, *range(1, len(order) + 1), column=left)
        row += 1
    expected: dict[tuple[str, str, str], tuple[Any, ...]] = {}
    for level, key, name, values in rows:
        row += draw.one_of([0, 0, 0, 1])
        if key:
            style = draw.one_of(["text", "format"])
            sheet.line(
                row, key if style == "text" else Styled(int(key), "00", shown=key), column=columns["key"]
            )
        sheet.line(row, name if key else f"Ortsteil {name}", column=columns["name"])
        for number, figure in enumerate(values):
            sheet.line(row, figure.written, column=columns[number])
            expected[level, key or name, f"i{number}"] = (figure.value, figure.status, figure.flag)
        row += 1
    for text in draw.some(JUNK, 0, 4):
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


@pytest.mark.parametrize("kind", sorted(WRITERS))
@SAFE
@given(layouts())
def test_a_tidy_table_survives_a_messy_workbook(kind: str, case: Any) -> None:
    _same(kind, *case)


@pytest.mark.parametrize(("kind", "share"), [("xlsx", 0.6), ("ods", 0.25), ("xls", 0.15)])
def test_thousands_of_layouts_are_read_as_they_were_meant(kind: str, share: float) -> None:
    for seed in range(int(MANY * share)):
        try:
            _same(kind, *layout_of(Rolled(seed)))
        except (AssertionError, SourceError) as error:
            raise AssertionError(f"layout {seed} as {kind} is read otherwise") from error
