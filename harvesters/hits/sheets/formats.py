"""What a number format makes of a cell's number: a date, a percentage, a code with zeros, a sign or a flag.

Only what changes the meaning is read from a format; how many decimals it shows is not.
"""

from __future__ import annotations

import operator
import re
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.hits.sheets.grid import Content

_LITERAL = re.compile(r'"([^"]*)"|\\(.)|_.|\*.|\[[^\]]*\]')
_CONDITION = re.compile(r"\[(<=|>=|<>|<|>|=)(-?\d+(?:\.\d+)?)\]")
_COMPARE = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
    "=": operator.eq,
    "<>": operator.ne,
}
_THOUSANDS = re.compile(r"[0#?](,+)[^0#?,]*$")
"""Commas behind the last digit: each shows a thousandth of the number."""
_DATES = (*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59))
BUILT_IN = (
    {0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%"}
    | dict.fromkeys(range(41, 45), '#,##0;-#,##0;"-"')
    | dict.fromkeys(_DATES, "d.m.yyyy")
)
"""Format codes that files name by number only (ECMA-376 part 1, 18.8.30): all dates are one here, and so are
the bookkeeper's formats, which show a zero as a dash."""
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_EPOCHS = {False: date(1899, 12, 30), True: date(1904, 1, 1)}


class Section(NamedTuple):
    """One part of a format code: for which numbers it is, and what it makes of them.

    `sign` is shown in the number's place, `zero` in that of a zero ("#" and "?" show no digit of it) and
    `beside` before and behind the number. `scale` is the power of ten by which the number is shown greater: 2
    for a percentage, -3 for thousands. `digits` is the length of a code.
    """

    condition: tuple[str, Decimal] | None = None
    sign: str | None = None
    zero: str | None = None
    beside: str = ""
    scale: int = 0
    digits: int = 0

    def holds(self, value: Decimal) -> bool:
        return self.condition is None or bool(_COMPARE[self.condition[0]](value, self.condition[1]))


class Format(NamedTuple):
    """The meaning of a format code; `text` is shown in place of any text."""

    sections: tuple[Section, ...]
    is_date: bool = False
    text: str | None = None

    def of(self, value: Decimal) -> Section:
        """The section for a number: the first whose condition holds, else the one for its sign."""
        numbers = self.sections[:3]
        if any(one.condition for one in numbers):
            return next((one for one in numbers if one.holds(value)), numbers[-1])
        place = 1 if value < 0 else 2 if value == 0 else 0
        return numbers[place] if place < len(numbers) else numbers[0]


@lru_cache(maxsize=4096)
def meaning(code: str) -> Format:
    """The meaning of a format code such as `#,##0;-#,##0;"–"`."""
    parts = _parts(code)
    first = _plain(parts[0])
    return Format(
        tuple(map(_section, parts)) if len(parts) > 1 or first else (Section(),),
        is_date=not _is_general(first) and bool(re.search("[dmyhs]", first, re.IGNORECASE)),
        text=(_sign(parts[3], "@") or None) if len(parts) > 3 else None,
    )


def _parts(code: str) -> list[str]:
    """The parts of a code; a semicolon within quotes or behind a backslash parts nothing."""
    return [match[0] for match in re.finditer(r'(?:"[^"]*"|\\.|[^;"\\])+|(?<=;)(?=;|$)|^(?=;)', code)] or [""]


def _section(part: str) -> Section:
    plain, condition = _plain(part), _CONDITION.search(part)
    thousands = _THOUSANDS.search(plain)
    return Section(
        (condition[1], Decimal(condition[2])) if condition else None,
        _sign(part, "0#?@"),
        re.sub(r"[#?.,%]", "", _sign(part, "0@") or "").strip() or None,
        "".join(re.sub(r"[0#?.,%]|general|standard", "", _shown(part), flags=re.IGNORECASE).split()),
        2 * plain.count("%") - 3 * len(thousands[1] if thousands else ""),
        len(plain) if re.fullmatch("00+", plain) else 0,
    )


def _is_general(plain: str) -> bool:
    return plain.lower() in ("general", "standard")


def _plain(part: str) -> str:
    return _LITERAL.sub("", part).strip()


def _shown(part: str) -> str:
    return _LITERAL.sub(lambda match: match[1] or match[2] or "", part).strip()


def _sign(part: str, placeholders: str) -> str | None:
    """What a part without a place for the content shows instead; None if it has one."""
    plain = _plain(part)
    return None if _is_general(plain) or any(sign in plain for sign in placeholders) else _shown(part)


def exact(number: float | str) -> Decimal:
    """The number that was entered: 15 significant digits, as Excel keeps them, without the binary tail."""
    return Decimal(f"{float(number):.15g}")


def number(value: Decimal, code: str, *, from_1904: bool = False, red: bool = False) -> Content:
    """A cell's content for its number and format code."""
    how = meaning(code)
    if how.is_date:
        return Content(_date(value, from_1904=from_1904), red=red)
    if not value.is_finite():
        return Content(value, red=red)
    section = how.of(value)
    if section.sign == "" and value:
        return Content(None, problem=_("its number format hides {value}").format(value=value))
    scaled = (value.scaleb(section.scale).normalize() + 0) if section.scale else value
    shown = (section.zero if value == 0 else section.sign) or None
    if section.digits and value == value.to_integral_value() and value >= 0:
        shown = str(int(value)).zfill(section.digits)
    return Content(scaled, shown, red, beside=section.beside, is_percent=section.scale > 0)


def _date(days: Decimal, *, from_1904: bool) -> date | Decimal:
    """The day of a serial number; what is no day of a calendar stays a number."""
    try:
        return _EPOCHS[from_1904] + timedelta(days=int(days))
    except (OverflowError, ValueError):
        return days


def raised(text: str) -> str:
    """Raised digits are the mark of a footnote, and no digits of a number: they become superscript ones."""
    return text.translate(_RAISED)


def text(value: str, code: str, *, red: bool = False) -> Content:
    """A cell's content for its text and format code."""
    return Content(value, meaning(code).text, red)
