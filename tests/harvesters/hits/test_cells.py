"""Cells of statistical tables: every sign, German numbers, and refusal of everything else."""

from __future__ import annotations

import contextlib
import csv
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ckanext.herne.harvesters.hits.cells import Cell, CellError, split_marks
from ckanext.herne.harvesters.hits.cells import understand as understand_content
from ckanext.herne.harvesters.hits.sheets import Content, formats
from hypothesis import given
from hypothesis import strategies as st


def understand(value: Any, number_format: str = "General") -> Cell:
    """The meaning of a value as a spreadsheet with this number format holds it."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return understand_content(formats.number(formats.exact(value), number_format))
    return understand_content(Content(value))


FACTS = Path(__file__).parents[4] / "shared" / "facts" / "tabellenzeichen.csv"


@pytest.mark.parametrize(
    ("content", "value", "status"),
    [
        ("1.234", "1234", "ok"),
        ("16,2", "16.2", "ok"),
        ("8,7 ", "8.7", "ok"),
        ("1 234,5", "1234.5", "ok"),
        ("1\u00a0234,5", "1234.5", "ok"),
        ("1.234.567", "1234567", "ok"),
        ("-23", "-23", "ok"),
        ("−0,5", "-0.5", "ok"),
        ("(12)", "12", "low_reliability"),
        ("0", "0", "rounded_zero"),
        ("0,0", "0", "ok"),
        ("- ", "0", "zero"),
        ("−", "0", "zero"),
        (15.9, "15.9", "ok"),
        (0.1 + 0.2, "0.3", "ok"),
        (1250, "1250", "ok"),
        (0, "0", "rounded_zero"),
    ],
)
def test_numbers_are_exact(content: object, value: str, status: str) -> None:
    assert understand(content) == Cell(Decimal(value), status)


@pytest.mark.parametrize("content", [None, "", "  ", "\u00a0", "\n"])
def test_an_empty_cell_is_missing_and_never_zero(content: object) -> None:
    assert understand(content) == Cell(None, "missing")


@pytest.mark.parametrize(
    ("content", "flag", "value"),
    [
        ("5 r", "revised", 5),
        ("5r", "revised", 5),
        ("p 1.234", "provisional", 1234),
        ("12,5 s", "estimated", "12.5"),
    ],
)
def test_flags_stand_beside_the_number(content: str, flag: str, value: object) -> None:
    assert understand(content) == Cell(Decimal(str(value)), "ok", flag)


def test_footnote_marks_are_no_digits() -> None:
    assert understand("1.234²") == Cell(Decimal(1234), "ok", None, ("2",))
    assert understand("17 3)") == Cell(Decimal(17), "ok", None, ("3",))
    assert understand("•¹") == Cell(None, "suppressed", None, ("1",))
    assert split_marks("Bevölkerung2)") == ("Bevölkerung", ("2",))
    assert split_marks("Oldenburg (Oldenburg), Stadt") == ("Oldenburg (Oldenburg), Stadt", ())
    assert split_marks("Anteil (2)") == ("Anteil (2)", ())


@pytest.mark.parametrize(
    "number_format", ['#,##0;-#,##0;"–"', '#,##0;-#,##0;"–";@', "0;-0;\\-", '_-* #,##0_-;-* #,##0_-;"-"']
)
def test_a_zero_that_the_format_shows_as_a_sign_is_exactly_zero(number_format: str) -> None:
    assert understand(0, number_format) == Cell(Decimal(0), "zero")


@pytest.mark.parametrize(
    "content", ["1.5", "12.34", "1,234.5", "1234,", "n.z.", "k.A.", "12 345 6", "1.2345", True, "5 q", "()"]
)
def test_what_is_not_understood_is_refused(content: object) -> None:
    with pytest.raises(CellError):
        understand(content)


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=3, allow_nan=False))
def test_german_notation_reads_back_exactly(number: Decimal) -> None:
    text = f"{number:,.3f}".replace(",", " ").replace(".", ",").replace(" ", ".")
    assert understand(text).value == number


@given(st.integers(-(10**15) + 1, 10**15 - 1).filter(bool))
def test_whole_numbers_read_back_exactly(number: int) -> None:
    assert (
        understand(number)
        == understand(float(number))
        == understand(str(number))
        == Cell(Decimal(number), "ok")
    )


@given(st.text(max_size=12))
def test_any_text_gives_a_cell_or_a_clear_refusal(text: str) -> None:
    with contextlib.suppress(CellError):
        cell = understand(text)
        assert (cell.value is None) <= (cell.status not in ("ok", "zero", "rounded_zero", "low_reliability"))


@pytest.mark.needs("shared")
def test_every_sign_of_the_published_list_is_known() -> None:
    with FACTS.open(encoding="utf-8") as file:
        signs = [row for row in csv.DictReader(file) if row["unicode"] or row["zeichen"] == "0"]
    assert len(signs) > 10
    for row in signs:
        assert understand(row["zeichen"]).status == row["status"], row
