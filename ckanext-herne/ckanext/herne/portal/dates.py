"""Dates as DCAT-AP.de takes them, from what people write. Pure."""

from __future__ import annotations

import re
from datetime import date, datetime

GERMAN_DAY = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})", re.ASCII)
YEAR = re.compile(r"\d{4}", re.ASCII)
MONTH = re.compile(r"\d{4}-\d{2}", re.ASCII)
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*", re.ASCII)


def iso_date(text: str) -> str | None:
    """`text` as xsd:gYear, gYearMonth, date or dateTime; None if it is no date that exists.

    Takes ISO 8601 and the German way of writing a day ("31.12.2025"). A time keeps the zone it names;
    one without a zone stays without.
    """
    plain = text.strip()
    german = GERMAN_DAY.fullmatch(plain)
    if german:
        plain = f"{german[3]}-{german[2]:0>2}-{german[1]:0>2}"
    if YEAR.fullmatch(plain):
        return plain if plain != "0000" else None
    return _parsed(plain)


def _parsed(plain: str) -> str | None:
    try:
        if MONTH.fullmatch(plain):
            return date.fromisoformat(f"{plain}-01").isoformat()[:7]
        if DAY.fullmatch(plain):
            return date.fromisoformat(plain).isoformat()
        if TIME.fullmatch(plain):
            return datetime.fromisoformat(plain).isoformat()
    except ValueError:
        return None
    return None


def is_before(first: str, second: str) -> bool:
    """Whether `first` ends before `second` begins, both as `iso_date` gives them.

    Compared to the precision that both have: neither "2025" nor "2025-03" is before the other.
    """
    length = min(len(first), len(second), len("2025-12-31"))
    return first[:length] < second[:length]
