"""The numbers of quality as people read them: in the page's language, with what they mean."""

from __future__ import annotations

from datetime import UTC
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
from babel.numbers import format_percent
from ckan.plugins.toolkit import _
from ckanext.herne.portal.language import page_language
from ckanext.herne.quality import mqa
from flask_babel import format_date, format_decimal, get_locale

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from ckanext.herne.quality.pages.charts import Measure
    from ckanext.herne.quality.reports.trend import Day

Words = dict[str, Any]

UNKNOWN = "–"


def key_figures(totals: Mapping[str, Any]) -> Words:
    """What `statistics.totals` counted; `organization` and such stay as they are."""
    reported = totals["reported"]
    return {
        **totals,
        "unjudged": totals["packages"] - reported,
        "share": percent(totals["conforming"] / reported if reported else None),
        "violations": number(totals["by_severity"]["Violation"]),
        "warnings": number(totals["by_severity"]["Warning"]),
        "points": number(totals["mqa_average"]),
        "rating": rating(totals["mqa_average"]),
    }


def problem(rule: Mapping[str, Any]) -> Words:
    """A rule of `statistics.frequent_rules` with its `message` and `remedy` in the page's language."""
    column = "en" if page_language().startswith("en") else "de"
    return {**rule, "message": rule[f"message_{column}"], "remedy": rule[f"remedy_{column}"]}


def entry(row: Mapping[str, Any]) -> Words:
    """A row of the table."""
    return {
        **row,
        "rating": rating(row["mqa_points"]),
        "modified": day(row["modified"]),
        "judged": day(row["judged"]) if row["judged"] else "",
    }


def changes(trend: Sequence[Day]) -> list[Words]:
    """The days of the trend on which something changed, the newest first."""
    first = trend[:1]
    changed = [this for last, this in pairwise(trend) if this.state != last.state]
    return [_state(one) for one in reversed([*first, *changed])]


def _state(one: Day) -> Words:
    return {
        "day": format_date(one.day, "medium"),
        "packages": number(one.packages),
        "share": percent(one.share),
        "violations": number(one.violations),
        "warnings": number(one.warnings),
        "points": number(one.mqa_average),
    }


def titles() -> dict[str, str]:
    """What the charts show, by the name of their measure."""
    return {
        "conforming": _("Share that conforms"),
        "violations": _("Violations"),
        "mqa": _("Average MQA points"),
    }


def in_words(measure: Measure, title: str, trend: Iterable[Day]) -> str:
    """What a chart shows, in a sentence for those who do not see it."""
    known = [(one.day, value) for one in trend if (value := measure.value(one)) is not None]
    if not known:
        return str(_("{title}: no value yet")).format(title=title)
    written = percent if measure.is_share else number
    values = [value for _day, value in known]
    sentence: str = _("{title}: {first} on {start}, {last} on {end}; lowest {lowest}, highest {highest}")
    return sentence.format(
        title=title,
        first=written(values[0]),
        start=format_date(known[0][0], "medium"),
        last=written(values[-1]),
        end=format_date(known[-1][0], "medium"),
        lowest=written(min(values)),
        highest=written(max(values)),
    )


def number(value: float | None) -> str:
    """A number with the separators of the page's language."""
    return UNKNOWN if value is None else str(format_decimal(value))


def percent(share: float | None) -> str:
    """A share to one decimal, cut off: only what is whole reads as 100 %."""
    if share is None:
        return UNKNOWN
    return format_percent(int(share * 1000) / 1000, locale=get_locale(), decimal_quantization=False)


def rating(points: float | None) -> str:
    """What so many MQA points are worth."""
    return "" if points is None else mqa.rating_label(points, page_language())


def day(moment: datetime) -> str:
    """The day of a moment (UTC if it names no zone) where the portal is."""
    known = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return str(format_date(known.astimezone(tk.h.get_display_timezone()), "medium"))
