"""What a number format makes of a cell's number: a date, a percentage, a code with zeros, a sign for zero.

Only what changes the meaning is read from a format; how many decimals it shows is not.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from ckanext.herne.harvesters.hits.sheets.grid import Content

_LITERAL = re.compile(r'"([^"]*)"|\\(.)|_.|\*.|\[[^\]]*\]')
_DATES = (*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59))
BUILT_IN = {0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%"} | dict.fromkeys(
    _DATES, "d.m.yyyy"
)
"""Format codes that files name by number only (ECMA-376 part 1, 18.8.30); all dates are one here."""
_EPOCHS = {False: date(1899, 12, 30), True: date(1904, 1, 1)}


class Format(NamedTuple):
    """The meaning of a format code: `zero` and `text` are shown in place of a zero and of any text."""

    is_date: bool = False
    is_percent: bool = False
    digits: int = 0
    zero: str | None = None
    text: str | None = None


@lru_cache(maxsize=4096)
def meaning(code: str) -> Format:
    """The meaning of a format code such as `#,##0;-#,##0;"–"`."""
    parts = [(_plain(part), _shown(part)) for part in _sections(code)]
    first = parts[0][0]
    return Format(
        is_date=first.lower() != "general" and bool(re.search("[dmyhs]", first, re.IGNORECASE)),
        is_percent="%" in first,
        digits=len(first) if re.fullmatch("00+", first) else 0,
        zero=_literal(parts[2], "0#?") if len(parts) > 2 else None,
        text=_literal(parts[3], "@") if len(parts) > 3 else None,
    )


def _sections(code: str) -> list[str]:
    """The parts of a code; a semicolon within quotes or behind a backslash parts nothing."""
    return [match[0] for match in re.finditer(r'(?:"[^"]*"|\\.|[^;"\\])+|(?<=;)(?=;|$)|^(?=;)', code)] or [""]


def _plain(part: str) -> str:
    return _LITERAL.sub("", part).strip()


def _shown(part: str) -> str:
    return _LITERAL.sub(lambda match: match[1] or match[2] or "", part).strip()


def _literal(part: tuple[str, str], placeholders: str) -> str | None:
    plain, shown = part
    is_literal = not any(sign in plain for sign in placeholders) and plain.lower() != "general"
    return shown if is_literal and shown else None


def exact(number: float | str) -> Decimal:
    """The number that was entered: 15 significant digits, as Excel keeps them, without the binary tail."""
    return Decimal(f"{float(number):.15g}")


def number(value: Decimal, code: str, *, from_1904: bool = False, red: bool = False) -> Content:
    """A cell's content for its number and format code."""
    how = meaning(code)
    if how.is_date:
        return Content(_date(value, from_1904=from_1904), red=red)
    if how.is_percent:
        value = (value * 100).normalize() + 0
    if value == 0 and how.zero is not None:
        return Content(value, how.zero, red)
    if how.digits and value == value.to_integral_value() and value >= 0:
        return Content(value, str(int(value)).zfill(how.digits), red)
    return Content(value, None, red)


def _date(days: Decimal, *, from_1904: bool) -> date | Decimal:
    """The day of a serial number; what is no day of a calendar stays a number."""
    try:
        return _EPOCHS[from_1904] + timedelta(days=int(days))
    except OverflowError:
        return days


def text(value: str, code: str, *, red: bool = False) -> Content:
    """A cell's content for its text and format code."""
    return Content(value, meaning(code).text, red)
