"""One cell of a statistical table to value, status, flag and footnote marks. Pure and exact, without floats.

The signs are data (`signs.yaml`). A cell that is not understood raises `CellError`; nothing is guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec
from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.operations.config import read

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ckanext.herne.harvesters.hits.sheets import Content


class CellError(ValueError):
    """The content of a cell is neither a number nor a known sign; `remedy` where there is a special one."""

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(problem)
        self.remedy = remedy


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
    doubt: str
    hidden: tuple[str, ...]
    counted: tuple[str, ...]


_SIGNS = read(Path(__file__).parent / "signs.yaml", _Signs)
_BY_SIGN = {entry.sign: entry for entry in _SIGNS.signs}
_NO_SIGNS: Mapping[str, str] = MappingProxyType({})

_MARKS = re.compile(r"\s*(?P<marks>(?:[¹²³⁴⁵⁶⁷⁸⁹⁰]+\)?|(?<=\s)(?:\d{1,2}|[a-z])\)|\*+\)?))$")
_HEADING_MARK = re.compile(r"\s*(?P<marks>[¹²³⁴⁵⁶⁷⁸⁹⁰]+\)?|(?<=[^\d(])\d\)|\*+\)?)$")
_SQUARE = re.compile(r"\b[kcdm]?m[²³]$")
_SUPERSCRIPT = str.maketrans("¹²³⁴⁵⁶⁷⁸⁹⁰", "1234567890")
_FLAG = re.compile(r"(?:(?P<before>[a-z]) ?)?(?P<rest>.*?)(?: ?(?P<behind>[a-z]))?")
_NUMBER = re.compile(
    r"(?:(?P<minus>[-−–])\s?|\+\s?)?"
    r"(?P<whole>[1-9]\d{0,2}(?:(?P<group>[. \u00a0\u2007\u2009\u202f'’])\d{3})(?:(?P=group)\d{3})*|\d+)"
    r"(?:,(?P<part>\d+))?"
)
_DECIMALS = Decimal("1e-9")
"""A figure is kept to so many places, as the tables are: a computed share has more than it means."""


ZERO = frozenset(entry.status for entry in _SIGNS.signs if entry.value == 0) | {_SIGNS.doubt}
"""The statuses whose value is 0."""
NO_VALUE = frozenset(entry.status for entry in _SIGNS.signs if entry.value is None) | {_SIGNS.empty}
"""The statuses without a value."""
HIDDEN = frozenset(_SIGNS.hidden)
"""The statuses that keep a value secret on purpose."""
COUNTED = frozenset(_SIGNS.counted)
"""Those of a count that is not zero: a zero is shown as one."""
STATUSES = frozenset({*ZERO, *NO_VALUE, *HIDDEN, _SIGNS.number, _SIGNS.brackets})
"""Every status a value can have."""
_BLANKS = " \t\n\r\u00a0\u2007\u2009\u202f\u200b\ufeff"


@dataclass(frozen=True)
class Cell:
    """What a cell says: `status` is "ok" for a plain number, else the meaning of its sign."""

    value: Decimal | None
    status: str
    flag: str | None = None
    marks: tuple[str, ...] = ()
    is_percent: bool = False


def understand(content: Content, signs: Mapping[str, str] = _NO_SIGNS) -> Cell:
    """The meaning of a cell. `signs` are those of a theme, which go before the general ones.

    Raises CellError.
    """
    if content.problem:
        raise CellError(content.problem)
    value = content.value
    if value is None or (isinstance(value, str) and not value.strip(_BLANKS)):
        return Cell(None, _SIGNS.empty)
    if isinstance(value, bool) or not isinstance(value, Decimal | str):
        is_truth = isinstance(value, bool)
        problem = (
            _("'{value}' is a truth value") if is_truth else _("'{value}' is a date, perhaps by mistake")
        )
        raise CellError(problem.format(value=value))
    if isinstance(value, str):
        return _understand_text(content.text.strip(_BLANKS), signs)
    return _understand_number(content, value, signs)


def _signed(status: str) -> Cell:
    return Cell(Decimal(0) if status in ZERO else None, status)


def _understand_number(content: Content, value: Decimal, signs: Mapping[str, str]) -> Cell:
    if not value.is_finite():
        raise CellError(_("'{value}' is not a number").format(value=value))
    if f"{value:f}" in signs:
        return _signed(signs[f"{value:f}"])
    shown = (content.shown or "").strip(_BLANKS)
    if shown and not shown.isdecimal():
        return _shown_as(shown, value, signs)
    if value == 0:
        return _signed(signs.get("0", _BY_SIGN["0"].status))
    return _beside(content, _kept(value))


def _shown_as(sign: str, value: Decimal, signs: Mapping[str, str]) -> Cell:
    """A number in whose place the number format shows a sign: what is seen counts."""
    if sign not in signs and sign not in _BY_SIGN:
        problem = _("its number format shows '{sign}' for {value}, which is no known sign")
        raise CellError(problem.format(sign=sign, value=f"{value:f}"))
    return _signed(signs[sign] if sign in signs else _BY_SIGN[sign].status)


def _beside(content: Content, value: Decimal) -> Cell:
    """A number with what its format shows around it: brackets, the letter of a flag, the mark of a note."""
    if content.beside == "()" and value > 0:
        return Cell(value, _SIGNS.brackets, is_percent=content.is_percent)
    found = _MARKS.search(f" {content.beside}")
    marks = (mark(found["marks"]),) if found else ()
    return Cell(value, _SIGNS.number, _SIGNS.flags.get(content.beside), marks, content.is_percent)


def _kept(value: Decimal) -> Decimal:
    return value if value == value.to_integral_value() else value.quantize(_DECIMALS).normalize() + 0


def _understand_text(text: str, signs: Mapping[str, str]) -> Cell:
    if text in signs or text in _BY_SIGN:
        return _signed(signs[text] if text in signs else _BY_SIGN[text].status)
    marks: tuple[str, ...] = ()
    found = _MARKS.search(text)
    if found and found.start() > 0:
        marks, text = (mark(found["marks"]),), text[: found.start()].rstrip(_BLANKS)
        inner = _understand_text(text, signs)
        return replace(inner, marks=(*inner.marks, *marks))
    if text.endswith("%"):
        return replace(_understand_text(text[:-1].rstrip(_BLANKS), signs), is_percent=True)
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
        problem = _("'{text}' is neither a number in German notation nor a known sign")
        raise CellError(problem.format(text=text))
    whole = re.sub(r"\D", "", match["whole"])
    return _kept(Decimal(f"{'-' if match['minus'] else ''}{whole}.{match['part'] or '0'}")) + 0


def mark(text: str) -> str:
    """A footnote mark in its plain form: "²" and "2)" are "2"."""
    return text.translate(_SUPERSCRIPT).strip("() ")


def split_marks(text: str) -> tuple[str, tuple[str, ...]]:
    """A heading or name without its footnote marks, and the marks: "Zuzüge²" is ("Zuzüge", ("2",)).

    The raised digit of a unit ("km²") is no mark.
    """
    found = _HEADING_MARK.search(text)
    if found is None or found.start() == 0 or _SQUARE.search(text):
        return text, ()
    before, marks = split_marks(text[: found.start()].rstrip(" ,"))
    return before, (*marks, mark(found["marks"]))
