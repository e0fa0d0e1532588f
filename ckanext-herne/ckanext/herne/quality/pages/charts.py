"""What the charts of the trend show, in Vega-Lite: one small chart per number. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ckanext.herne.charts import look
from ckanext.herne.quality.mqa import possible

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ckanext.herne.quality.reports.trend import Day

FEW = 31  # days, each of which gets a point of its own


@dataclass(frozen=True, slots=True)
class Measure:
    """A number of a day; where its axis ends, at least; whether it is a share."""

    value: Callable[[Day], float | None]
    highest: float
    is_share: bool = False

    @property
    def form(self) -> str:
        """How it is written (d3-format)."""
        return ".1~%" if self.is_share else ",.1~f"


MEASURES: Mapping[str, Measure] = {
    "conforming": Measure(lambda day: day.share, highest=1, is_share=True),
    "violations": Measure(lambda day: day.violations, highest=4),
    "mqa": Measure(lambda day: day.mqa_average, highest=possible()),
}


def chart(
    measure: Measure, days: Sequence[Day], title: str, description: str, language: str
) -> dict[str, Any]:
    """The specification of a chart. `title` names the number in the reader's language."""
    code = look.code_of(language)
    values = [{"day": _moment(day), "value": measure.value(day)} for day in days]
    highest = max([measure.highest, *(measure.value(day) or 0 for day in days)])
    ticks = {"values": [_moment(day) for day in days]} if len(days) < 4 else {"tickCount": 4}
    return look.chart(
        values,
        look.days("day", code, **ticks),
        look.amount("value", measure.form, highest),
        [_line(len(days)), look.pointer(_tooltip(measure, title, code))],
        description,
        code,
    )


def _moment(day: Day) -> str:
    """The day's midnight wherever it is read: a mere date would be one in UTC, west of it the day before."""
    return f"{day.day.isoformat()}T00:00:00"


def _line(days: int) -> dict[str, Any]:
    """A state holds until the next day's, hence steps."""
    point = {"filled": True, "size": 40, "color": look.LINE} if days <= FEW else False
    return {
        "mark": {
            "type": "line",
            "interpolate": "step-after",
            "color": look.LINE,
            "point": point,
            "aria": False,
        }
    }


def _tooltip(measure: Measure, title: str, code: str) -> list[dict[str, Any]]:
    day = {"de": "Tag", "en": "Day"}[code]
    return [
        {"field": "day", "type": "temporal", "title": day, "format": look.DATES[code]},
        {"field": "value", "type": "quantitative", "title": title, "format": measure.form},
    ]
