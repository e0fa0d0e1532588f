"""What the charts of the trend show, in Vega-Lite: one small chart per number. Pure.

The same specification is drawn as SVG on the server and made interactive in the browser. Lines and texts have
a contrast of at least 4.5:1 on white; each chart has one line, so that colour says nothing alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ckanext.herne.quality.mqa import possible

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ckanext.herne.quality.reports.trend import Day

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
SIZE = {"width": 280, "height": 160, "autosize": {"type": "fit", "contains": "padding"}}
INK, LINE, GRID = "#1f2933", "#0b5394", "#d5dbe1"
FEW = 31  # days, each of which gets a point of its own
NUMBERS = {"de": {"decimal": ",", "thousands": "."}, "en": {"decimal": ".", "thousands": ","}}
DATES = {"de": "%d.%m.%y", "en": "%Y-%m-%d"}


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
    code = "en" if language.startswith("en") else "de"
    values = [{"day": _moment(day), "value": measure.value(day)} for day in days]
    x = {"field": "day", "type": "temporal", "title": None, "axis": _dates(days, code)}
    y = {
        "field": "value",
        "type": "quantitative",
        "title": None,
        "axis": {"format": measure.form, "tickCount": 4},
        "scale": {"domain": [0, max([measure.highest, *(point["value"] or 0 for point in values)])]},
    }
    return {
        "$schema": SCHEMA,
        **SIZE,
        "description": description,
        "data": {"values": values},
        "encoding": {"x": x, "y": y},
        "layer": [_line(len(days)), _pointer(measure, title, code)],
        "config": _look(code),
    }


def _moment(day: Day) -> str:
    """The day's midnight wherever it is read: a mere date would be one in UTC, west of it the day before."""
    return f"{day.day.isoformat()}T00:00:00"


def _line(days: int) -> dict[str, Any]:
    """A state holds until the next day's, hence steps."""
    point = {"filled": True, "size": 40, "color": LINE} if days <= FEW else False
    return {
        "mark": {"type": "line", "interpolate": "step-after", "color": LINE, "point": point, "aria": False}
    }


def _pointer(measure: Measure, title: str, code: str) -> dict[str, Any]:
    """What a mouse meets: the nearest day with its number. In the picture it is not seen."""
    tooltip = [
        {
            "field": "day",
            "type": "temporal",
            "title": {"de": "Tag", "en": "Day"}[code],
            "format": DATES[code],
        },
        {"field": "value", "type": "quantitative", "title": title, "format": measure.form},
    ]
    nearest = {
        "type": "point",
        "on": "pointerover",
        "clear": "pointerout",
        "nearest": True,
        "encodings": ["x"],
    }
    seen = {"condition": {"param": "near", "empty": False, "value": 1}, "value": 0}
    return {
        "params": [{"name": "near", "select": nearest}],
        "mark": {"type": "point", "filled": True, "size": 70, "color": INK, "aria": False},
        "encoding": {"opacity": seen, "tooltip": tooltip},
    }


def _dates(days: Sequence[Day], code: str) -> dict[str, Any]:
    ticks = {"values": [_moment(day) for day in days]} if len(days) < 4 else {"tickCount": 4}
    return {"format": DATES[code], "labelOverlap": True, "labelSeparation": 12, "grid": False, **ticks}


def _look(code: str) -> dict[str, Any]:
    axis = {"labelColor": INK, "labelFontSize": 12, "gridColor": GRID, "domainColor": INK, "tickColor": INK}
    locale = {"number": {**NUMBERS[code], "grouping": [3], "currency": ["", ""]}}
    return {
        "background": "white",
        "font": "sans-serif",
        "axis": axis,
        "locale": locale,
        "view": {"stroke": None},
    }
