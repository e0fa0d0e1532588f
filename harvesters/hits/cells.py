"""One cell of a statistical table to value, status, flag and footnote marks. Pure and exact, without floats.

The signs are data (`signs.yaml`). A cell that is not understood raises `CellError`; nothing is guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
from ckanext.herne.harvesters.operations.config import read


class CellError(ValueError):
    """The content of a cell is neither a number nor a known sign."""


class _Sign(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sign: str
    status: str
    value: int | None = None


class _Signs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    signs: tuple[_Sign, ...]
    flags: dict[str, str]
    brackets: str
    empty: str
    number: str


_SIGNS = read(Path(__file__).parent / "signs.yaml", _Signs)
_BY_SIGN = {entry.sign: entry for entry in _SIGNS.signs}

_MARKS = re.compile(r"\s*(?P<marks>(?:[¹²³⁴⁵⁶⁷⁸⁹⁰]+|(?<=\s)\d\)|\*+))$")
_SUPERSCRIPT = str.maketrans("¹²³⁴⁵⁶⁷⁸⁹⁰", "1234567890")
_FLAG = re.compile(r"(?:(?P<before>[a-z]) ?)?(?P<rest>.*?)(?: ?(?P<behind>[a-z]))?")
_NUMBER = re.compile(
    r"(?P<minus>[-−–]\s?)?"
    r"(?P<whole>\d{1,3}(?:(?P<group>[. \u00a0\u202f'])\d{3})(?:(?P=group)\d{3})*|\d+)"
    r"(?:,(?P<part>\d+))?"
)


@dataclass(frozen=True)
class Cell:
    """What a cell says: `status` is "ok" for a plain number, else the meaning of its sign."""

    value: Decimal | None
    status: str
    flag: str | None = None
    marks: tuple[str, ...] = ()


def understand(content: Any, number_format: str = "General") -> Cell:
    """The meaning of a cell's content (text, number or None) as Excel gives it.

    `number_format` matters for a zero, which a format may show as a sign. Raises CellError.
    """
    if content is None or (isinstance(content, str) and not content.strip(_BLANKS)):
        return Cell(None, _SIGNS.empty)
    if isinstance(content, bool) or not isinstance(content, int | float | str | Decimal):
        raise CellError(f"'{content}' is not a number")
    if isinstance(content, str):
        return _understand_text(content.strip(_BLANKS))
    return _understand_number(_exact(content), number_format)


_BLANKS = " \t\n\r\u00a0\u202f"


def _exact(number: float | Decimal) -> Decimal:
    # Excel keeps 15 significant digits; the binary tail behind them was never entered
    return Decimal(f"{number:.15g}") if isinstance(number, float) else Decimal(number)


def _understand_number(value: Decimal, number_format: str) -> Cell:
    if not value.is_finite():
        raise CellError(f"'{value}' is not a number")
    if value == 0:
        shown = _zero_shown_as(number_format)
        return Cell(Decimal(0), _BY_SIGN[shown].status if shown in _BY_SIGN else _BY_SIGN["0"].status)
    return Cell(value, _SIGNS.number)


def _zero_shown_as(number_format: str) -> str:
    """What the third part of an Excel number format shows instead of a zero."""
    parts = number_format.split(";")
    return re.sub(r'["\\_ ]|\*.', "", parts[2]).strip(_BLANKS) if len(parts) > 2 else "0"


def _understand_text(text: str) -> Cell:
    if text in _BY_SIGN:
        entry = _BY_SIGN[text]
        return Cell(None if entry.value is None else Decimal(entry.value), entry.status)
    marks: tuple[str, ...] = ()
    found = _MARKS.search(text)
    if found and found.start() > 0:
        marks, text = (mark(found["marks"]),), text[: found.start()].rstrip(_BLANKS)
        inner = _understand_text(text)
        return Cell(inner.value, inner.status, inner.flag, (*inner.marks, *marks))
    if text.startswith("(") and text.endswith(")"):
        return Cell(_number(text[1:-1].strip(_BLANKS)), _SIGNS.brackets)
    flag, rest = _flagged(text)
    return Cell(_number(rest), _SIGNS.number, flag)


def _flagged(text: str) -> tuple[str | None, str]:
    match = _FLAG.fullmatch(text)
    for side in ("before", "behind"):
        if match and match[side] in _SIGNS.flags:
            return _SIGNS.flags[match[side]], match["rest"].strip(_BLANKS)
    return None, text


def _number(text: str) -> Decimal:
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise CellError(f"'{text}' is neither a number in German notation nor a known sign")
    whole = re.sub(r"\D", "", match["whole"])
    return Decimal(f"{'-' if match['minus'] else ''}{whole}.{match['part'] or '0'}").normalize() + 0


def mark(text: str) -> str:
    """A footnote mark in its plain form: "²" and "2)" are "2"."""
    return text.translate(_SUPERSCRIPT).strip("() ")


def split_marks(text: str) -> tuple[str, tuple[str, ...]]:
    """A heading or name without its footnote marks, and the marks: "Zuzüge²" is ("Zuzüge", ("2",))."""
    found = re.search(r"\s*(?P<marks>[¹²³⁴⁵⁶⁷⁸⁹⁰]+|(?<=[^\d(])\d\)|\*+)$", text)
    if found is None or found.start() == 0:
        return text, ()
    return text[: found.start()], (mark(found["marks"]),)
