"""Texts that no field can hold, found before CKAN stumbles over them. Pure.

CKAN's validators call string methods on whatever arrives; PostgreSQL refuses NUL, XML (and so the feed)
most control characters, and Solr's index a term of more than 32,766 bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

CONTROL_CHARACTER = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
TERM_BYTES = 32_000
LONG_TEXT_BYTES = 1_000_000
LONG_TEXTS = ("notes", "description")
LIST_VALIDATORS = ("herne_terms", "scheming_multiple_text")

Fields = Iterable[Mapping[str, Any]]


def with_plain_values(values: Mapping[str, Any], fields: Fields) -> dict[str, Any]:
    """`values` with numbers in text fields written as text, as forms send them."""
    single = {field["field_name"] for field in fields if holds_one_text(field)}
    return {
        key: str(value) if key in single and isinstance(value, (int, float)) else value
        for key, value in values.items()
    }


def faults(values: Mapping[str, Any], fields: Fields) -> dict[str, str]:
    """What is wrong by field: "type" (no text), "control" (control characters) or "length"."""
    single = {field["field_name"] for field in fields if holds_one_text(field)}
    found = {name: fault(value, name, name in single) for name, value in values.items()}
    return {name: problem for name, problem in found.items() if problem}


def fault(value: Any, name: str, is_single: bool) -> str:
    """What is wrong with the value of one field; empty if nothing is."""
    if is_single and isinstance(value, (list, dict)) and value:
        return "type"
    limit = LONG_TEXT_BYTES if name in LONG_TEXTS else TERM_BYTES
    for text in strings(value):
        if CONTROL_CHARACTER.search(text):
            return "control"
        if len(text.encode()) > limit:
            return "length"
    return ""


def strings(value: Any) -> Iterator[str]:
    """All texts within a value, at any depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from strings(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from strings(part)


def holds_one_text(field: Mapping[str, Any]) -> bool:
    """Whether a field of the schema takes a single text (and not a list or subfields)."""
    validators = str(field.get("validators", "")).split()
    return "repeating_subfields" not in field and not any(name in validators for name in LIST_VALIDATORS)
