"""How charts look, in Vega-Lite: colours, axes, numbers and dates of the reader's language. Pure.

The same specification is drawn as SVG on the server and made interactive in the browser. Lines and texts have
a contrast of at least 4.5:1 on white; each chart has one series, so that colour says nothing alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
SIZE = {"width": 280, "height": 160, "autosize": {"type": "fit", "contains": "padding"}}
INK, LINE, GRID = "#1f2933", "#0b5394", "#d5dbe1"
NUMBERS = {"de": {"decimal": ",", "thousands": "."}, "en": {"decimal": ".", "thousands": ","}}
DATES = {"de": "%d.%m.%y", "en": "%Y-%m-%d"}
NEAREST = {"type": "point", "on": "pointerover", "clear": "pointerout", "nearest": True, "encodings": ["x"]}


def code_of(language: str) -> str:
    """ "de" or "en", whichever serves a reader of `language`."""
    return "en" if language.startswith("en") else "de"


def chart(
    values: Sequence[Any], x: Any, y: Any, layer: Sequence[Any], description: str, code: str
) -> dict[str, Any]:
    """A whole specification; `description` says in words what it shows."""
    return {
        "$schema": SCHEMA,
        **SIZE,
        "description": description,
        "data": {"values": list(values)},
        "encoding": {"x": x, "y": y},
        "layer": list(layer),
        "config": _config(code),
    }


def amount(field: str, form: str, highest: float) -> dict[str, Any]:
    """An axis from 0 to `highest`, its numbers written in `form` (d3-format)."""
    return {
        "field": field,
        "type": "quantitative",
        "title": None,
        "axis": {"format": form, "tickCount": 4},
        "scale": {"domain": [0, highest]},
    }


def days(field: str, code: str, **ticks: Any) -> dict[str, Any]:
    """An axis of days; `ticks` says where it has marks."""
    axis = {"format": DATES[code], "labelOverlap": True, "labelSeparation": 12, "grid": False, **ticks}
    return {"field": field, "type": "temporal", "title": None, "axis": axis}


def pointer(tooltip: Sequence[Any]) -> dict[str, Any]:
    """What a mouse meets: the nearest point with its values. In the picture it is not seen."""
    seen = {"condition": {"param": "near", "empty": False, "value": 1}, "value": 0}
    return {
        "params": [{"name": "near", "select": NEAREST}],
        "mark": {"type": "point", "filled": True, "size": 70, "color": INK, "aria": False},
        "encoding": {"opacity": seen, "tooltip": list(tooltip)},
    }


def _config(code: str) -> dict[str, Any]:
    axis = {"labelColor": INK, "labelFontSize": 12, "gridColor": GRID, "domainColor": INK, "tickColor": INK}
    locale = {"number": {**NUMBERS[code], "grouping": [3], "currency": ["", ""]}}
    return {
        "background": "white",
        "font": "sans-serif",
        "axis": axis,
        "locale": locale,
        "view": {"stroke": None},
    }
