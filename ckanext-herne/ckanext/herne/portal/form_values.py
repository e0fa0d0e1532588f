"""What a form's controls hold. Pure: the dict may come from the database or from a form that was sent.

After an error CKAN shows the sent values again: lists may then be texts with one value per line, and the
subfields of an entry flat keys such as "contact-0-email".
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any


def unfolded(value: Any) -> Any:
    """The list that a JSON text holds, as CKAN stores lists; anything else as it is."""
    if isinstance(value, str) and value.startswith("["):
        with contextlib.suppress(ValueError, RecursionError):
            return json.loads(value)
    return value


def values_of(value: Any) -> list[str]:
    """The values of a field that may hold several, each once: from a list, its JSON text, or lines."""
    value = unfolded(value)
    values = value if isinstance(value, (list, tuple)) else [value]
    lines = (line.strip() for item in values for line in text_of(item).splitlines())
    return list(dict.fromkeys(line for line in lines if line))


def text_of(item: Any) -> str:
    """A value as text; an object by its URI, no value as nothing."""
    if isinstance(item, Mapping):
        return str(item.get("uri") or "")
    return "" if item is None or not isinstance(item, (str, int, float, bool)) else str(item)


def entries_of(data: Mapping[str, Any], name: str) -> list[int]:
    """The numbers of the entries a repeating field shows."""
    entries = data.get(name)
    if isinstance(entries, list):
        return list(range(len(entries)))
    matches = (re.match(rf"{re.escape(name)}-(\d+)-", str(key)) for key in data)
    return sorted({int(match[1]) for match in matches if match})


def hidden_parts(data: Mapping[str, Any], name: str, index: Any, shown: Iterable[str]) -> dict[str, str]:
    """What one entry holds beyond the controls that are shown for it, as far as it is text."""
    entries = data.get(name)
    if not isinstance(entries, list) or not isinstance(index, int) or index >= len(entries):
        return {}
    kept = set(shown)
    parts = entries[index].items() if isinstance(entries[index], Mapping) else ()
    return {key: value for key, value in parts if key not in kept and isinstance(value, str) and value}


def has_error(fields: Iterable[Mapping[str, Any]], errors: Mapping[str, Any]) -> bool:
    """Whether one of the fields, or a part of one ("title_translated-en"), has an error."""
    faulty = {str(key).split("-")[0] for key, error in errors.items() if error}
    return any(field["field_name"] in faulty for field in fields)
