"""What the charts of a source show, in Vega-Lite: one bar per finished run. Pure but for its words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ckan.plugins.toolkit import _
from ckanext.herne.charts import look

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ckanext.herne.harvest.ledger import Run

RUNS = 60  # that fit into a chart


@dataclass(frozen=True, slots=True)
class Measure:
    """A number of a run, and where its axis ends, at least."""

    value: Callable[[Run], float]
    highest: float


MEASURES: Mapping[str, Measure] = {
    "news": Measure(lambda run: run.count("create", "change", "delete"), highest=4),
    "errors": Measure(lambda run: run.count("errors"), highest=4),
    "minutes": Measure(lambda run: round(run.took.total_seconds() / 60, 1) if run.took else 0, highest=1),
}


def titles() -> dict[str, str]:
    """What the charts show, by the name of their measure."""
    return {
        "news": _("Datasets created, changed or gone"),
        "errors": _("Errors"),
        "minutes": _("Duration in minutes"),
    }


def drawable(runs: Sequence[Run]) -> list[Run]:
    """The runs that a chart shows, the oldest first: finished ones that were meant to write."""
    return [run for run in runs if run.finished and not run.is_dry][:RUNS][::-1]


def chart(name: str, runs: Sequence[Run], language: str) -> dict[str, Any]:
    """A chart with its title, what it shows in words, and as Vega-Lite."""
    code, title, measure = look.code_of(language), titles()[name], MEASURES[name]
    values = [{"at": run.at.isoformat(), "value": measure.value(run)} for run in runs]
    highest = max([measure.highest, *(measure.value(run) for run in runs)])
    words = _in_words(title, [measure.value(run) for run in runs])
    ticks = {"values": [one["at"] for one in values]} if len(values) < 4 else {"tickCount": 4}
    specification = look.chart(
        values,
        look.days("at", code, **ticks),
        look.amount("value", ",.1~f", highest),
        [
            {"mark": {"type": "bar", "size": 5, "color": look.LINE, "aria": False}},
            look.pointer(_tooltip(title, code)),
        ],
        words,
        code,
    )
    return {"measure": name, "title": title, "words": words, "chart": specification}


def _in_words(title: str, values: Sequence[float]) -> str:
    """What a chart shows, in a sentence for those who do not see it."""
    sentence: str = _("{title}, last {count} runs: last {last}, lowest {lowest}, highest {highest}")
    return sentence.format(
        title=title, count=len(values), last=values[-1], lowest=min(values), highest=max(values)
    )


def _tooltip(title: str, code: str) -> list[dict[str, Any]]:
    form = {"de": "%d.%m.%y %H:%M", "en": "%Y-%m-%d %H:%M"}[code]
    when = {"de": "Lauf", "en": "Run"}[code]
    return [
        {"field": "at", "type": "temporal", "title": when, "format": form},
        {"field": "value", "type": "quantitative", "title": title, "format": ",.1~f"},
    ]
