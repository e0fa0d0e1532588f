"""Times, values and fields as a page, a mail or the feed shows them, in the reader's language."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
from ckanext.herne.harvest import words
from flask_babel import format_date, format_time, format_timedelta

if TYPE_CHECKING:
    from datetime import timedelta

UNKNOWN = "–"

amounts, frequency, outcome = words.amounts, words.frequency, words.outcome
stage, state, state_means = words.stage, words.state, words.state_means
table_rows = words.rows


def moment(at: datetime | None) -> str:
    """A day and time where the portal is."""
    if at is None:
        return UNKNOWN
    here = at.astimezone(tk.h.get_display_timezone())
    return f"{format_date(here.date(), 'medium')}, {format_time(here, 'short', rebase=False)}"


def day(at: str) -> str:
    """The day of a time (ISO 8601) where the portal is."""
    known = datetime.fromisoformat(at)
    known = known if known.tzinfo else known.replace(tzinfo=UTC)
    return str(format_date(known.astimezone(tk.h.get_display_timezone()).date(), "medium"))


def span(length: timedelta | None) -> str:
    """How long something took."""
    return UNKNOWN if length is None else str(format_timedelta(length, granularity="second"))


def field(name: str) -> str:
    """What the form calls a field; the name itself where the form has none."""
    schema = tk.h.scheming_get_dataset_schema("dataset") or {"dataset_fields": []}
    labels = {one["field_name"]: one.get("label") for one in schema["dataset_fields"]}
    return str(tk.h.scheming_language_text(labels[name])) if labels.get(name) else name


def value(given: Any) -> str:
    """A value of a field: texts as they are, lists with commas, all else as JSON."""
    if given is None or given in ("", [], {}):
        return UNKNOWN
    if isinstance(given, str):
        return given
    if isinstance(given, list) and all(isinstance(one, str) for one in given):
        return ", ".join(given)
    return json.dumps(given, ensure_ascii=False)
