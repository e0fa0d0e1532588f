"""Texts that no field can hold, found before CKAN stumbles over them. Pure.

CKAN's validators call string methods on whatever arrives; PostgreSQL refuses NUL, XML (and so the feed)
most control characters, and Solr's index a term of more than 32,766 bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

CONTROL_CHARACTER = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
# Characters that turn the writing direction of what follows: a text can look like another one.
DIRECTION = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
TERM_BYTES = 32_000
LONG_TEXT_BYTES = 1_000_000
LONG_TEXTS = ("notes", "description")
DEEPEST = 30  # levels of lists and objects; geometries have the most, a dozen at worst

Fields = Iterable[Mapping[str, Any]]


def with_plain_values(values: Mapping[str, Any], fields: Fields) -> dict[str, Any]:
    """`values` with numbers in text fields written as text, as forms send them; subfields too."""
    by_name = {field["field_name"]: field for field in fields}
    return {key: plain(value, by_name.get(key)) for key, value in values.items()}


def plain(value: Any, field: Mapping[str, Any] | None) -> Any:
    """The value of one field, its numbers as text where the field takes a text."""
    if field is None:
        return value
    if is_repeating(field) and isinstance(value, list):
        subfields = field["repeating_subfields"]
        return [
            with_plain_values(entry, subfields) if isinstance(entry, Mapping) else entry for entry in value
        ]
    return str(value) if holds_one_text(field) and isinstance(value, (int, float)) else value


def faults(values: Mapping[str, Any], fields: Fields) -> dict[str, Any]:
    """What is wrong by field: "type" (no text), "control", "direction" or "length"; for subfields a list."""
    by_name = {field["field_name"]: field for field in fields}
    found = {name: fault(name, value, by_name.get(name)) for name, value in values.items()}
    return {name: problem for name, problem in found.items() if problem}


def fault(name: str, value: Any, field: Mapping[str, Any] | None) -> Any:
    """What is wrong with the value of one field; empty if nothing is."""
    if field and is_repeating(field) and isinstance(value, list) and are_objects(value):
        of_entries = [faults(entry, field["repeating_subfields"]) for entry in value]
        return of_entries if any(of_entries) else ""
    if field and holds_one_text(field) and isinstance(value, (list, dict)) and value:
        return "type"
    limit = LONG_TEXT_BYTES if name.removesuffix("_translated") in LONG_TEXTS else TERM_BYTES
    problems = (text_fault(text, limit) for text in strings({name: value}))
    return next(filter(None, problems), "")


def text_fault(text: str, limit: int) -> str:
    """What is wrong with one text of at most `limit` bytes."""
    if CONTROL_CHARACTER.search(text):
        return "control"
    if DIRECTION.search(text):
        return "direction"
    return "length" if len(text.encode()) > limit else ""


def is_too_deep(value: Any) -> bool:
    """Whether lists and objects stand within each other more than `DEEPEST` times."""
    level, depth = [value], -1
    while level and depth <= DEEPEST:
        lists = [part.values() if isinstance(part, Mapping) else part for part in level if is_nested(part)]
        level, depth = [part for parts in lists for part in parts], depth + 1
    return depth > DEEPEST


def is_nested(value: Any) -> bool:
    """Whether a value has values of its own."""
    return isinstance(value, (Mapping, list, tuple))


def are_objects(values: Iterable[Any]) -> bool:
    """Whether all entries of a list are objects with named values."""
    return all(isinstance(value, Mapping) for value in values)


def strings(value: Any) -> Iterator[str]:
    """All texts within a value, at any depth, the names of values too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from strings(key)
            yield from strings(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from strings(part)


def is_repeating(field: Mapping[str, Any]) -> bool:
    """Whether a field of the schema holds a list of objects."""
    return "repeating_subfields" in field


def holds_one_text(field: Mapping[str, Any]) -> bool:
    """Whether a field of the schema takes a single text (and not a list, an object or subfields).

    What is not a text is stored as JSON and read from it again: those fields have output validators.
    """
    return not is_repeating(field) and "output_validators" not in field and not field.get("any_shape")
