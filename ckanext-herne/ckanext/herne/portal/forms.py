"""A form shows less than what is stored. This module puts both together, so that saving loses nothing.

Pure functions: `complete` takes the stored dict, what the browser sent, and the fields of the schema. What
the form shows comes from the browser (a field it does not send was emptied there); everything else stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ckanext.herne.portal.defaults import is_empty
from ckanext.herne.portal.translations import joined

Fields = Iterable[Mapping[str, Any]]

# What the portal adds for the reader; sent back, it says nothing.
COMPUTED_FOR_READERS = {"effective_license_id", "license_warning"}
# Set by CKAN on every save; sent back by a sysadmin they would freeze.
COMPUTED = {"metadata_modified", "metadata_created", "resources", "tags", *COMPUTED_FOR_READERS}
LINES = ("herne/form/lines.html", "herne/form/packages.html")
TICK = "herne/form/tick.html"
# What describes a file's content; a new file makes it wrong. CKAN guesses a media type that is absent, and
# keeps a size and a hash that are absent: those have to be emptied.
FILE_FACTS = {"mimetype", "size", "hash", "hash_algorithm"}
NO_FILE_FACTS = {"size": None, "hash": ""}


def complete(stored: Mapping[str, Any], sent: Mapping[str, Any], fields: Fields) -> dict[str, Any]:
    """What is to be saved: the form's values for what it shows, the stored ones for the rest."""
    fields = list(fields)
    sent = joined(stored, sent, fields)
    named = {field["field_name"] for field in fields}
    rest = {key: value for key, value in stored.items() if key not in named | COMPUTED}
    result = {**rest, **without(without_parts(sent, fields), named)}
    for field in fields:
        name = field["field_name"]
        if "repeating_subfields" in field and is_shown(field):
            result[name] = complete_entries(stored.get(name) or [], entries_of(sent, name), field)
        elif is_shown(field):
            said = from_control(sent.get(name), stored.get(name), field)
            result |= changed(stored, {**sent, name: said}, name)
        elif name in sent or (name in stored and name not in COMPUTED):
            result[name] = sent.get(name, stored.get(name))
    return result


def from_control(value: Any, before: Any, field: Mapping[str, Any]) -> Any:
    """What a control that only sends text says for its field: lines are a list, an open tick is nothing."""
    snippet = field.get("form_snippet")
    if snippet == TICK:
        # The hidden "false" comes along with a tick that is set.
        return "true" if "true" in (value if isinstance(value, list) else [value]) else ""
    if snippet in LINES:
        texts = value if isinstance(value, list) else [value]
        return from_lines([line for text in texts for line in lines_of(str(text or ""))], before)
    return value


def from_lines(lines: list[str], before: Any) -> list[Any]:
    """The values that lines stand for. What no line can say stays: objects, and texts of several lines.

    Texts that contain line breaks cannot be told apart in lines; shown and sent back unchanged, they stay as
    they were. An object with a URI goes when its line goes.
    """
    stored = before if isinstance(before, list) else []
    if lines == [line for value in stored if isinstance(value, str) for line in lines_of(value)]:
        return stored
    entries = enumerate(entry for entry in stored if isinstance(entry, dict))
    objects = {entry.get("uri") or number: entry for number, entry in entries}
    kept = [entry for key, entry in objects.items() if isinstance(key, int) or key in lines]
    return [line for line in dict.fromkeys(lines) if line not in objects] + kept


def lines_of(text: str) -> list[str]:
    """The lines of a text that say something."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def changed(stored: Mapping[str, Any], sent: Mapping[str, Any], name: str) -> dict[str, Any]:
    """One field as sent; an empty control of a field that was empty before says nothing new."""
    if is_empty(sent.get(name)) and is_empty(stored.get(name)):
        return {name: stored[name]} if name in stored else {}
    return {name: "" if sent.get(name) is None else sent[name]}


def complete_resource(stored: Mapping[str, Any], sent: Mapping[str, Any], fields: Fields) -> dict[str, Any]:
    """As `complete`, for a resource: knows that its file may be kept, replaced or given up for a link."""
    result = complete(stored, sent, fields)
    if sent.get("upload"):
        return {**without(result, FILE_FACTS), **NO_FILE_FACTS}
    if is_empty(sent.get("url")):
        return {**result, "url": stored.get("url", ""), "url_type": stored.get("url_type") or ""}
    if sent["url"] != stored.get("url"):
        return {**without(result, FILE_FACTS), **NO_FILE_FACTS, "url_type": ""}
    return result


def without(values: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    """`values` less `keys`."""
    dropped = set(keys)
    return {key: value for key, value in values.items() if key not in dropped}


def without_parts(sent: Mapping[str, Any], fields: Fields) -> dict[str, Any]:
    """`sent` less the keys "field-INDEX-subfield" in which a form sends repeating subfields."""
    repeating = {field["field_name"] for field in fields if "repeating_subfields" in field}
    return {key: value for key, value in sent.items() if key.split("-")[0] not in repeating}


def entries_of(sent: Mapping[str, Any], name: str) -> dict[int, dict[str, Any]]:
    """The repeating subfields of one field, by the number under which the form showed them."""
    if isinstance(sent.get(name), list):
        return {index: dict(entry) for index, entry in enumerate(sent[name])}
    entries: dict[int, dict[str, Any]] = {}
    for key, value in sent.items():
        match = re.fullmatch(rf"{re.escape(name)}-(\d+)-(.+)", key)
        if match:
            entries.setdefault(int(match[1]), {})[match[2]] = value
    return dict(sorted(entries.items()))


def complete_entries(
    stored: list[dict[str, Any]], sent: Mapping[int, dict[str, Any]], field: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The entries that remain: those of the form that say something, each with its stored hidden parts."""
    shown = {sub["field_name"] for sub in field["repeating_subfields"] if is_shown(sub)}
    pairs = ((stored[index] if index < len(stored) else {}, entry) for index, entry in sent.items())
    return [
        complete_entry(before, entry, shown)
        for before, entry in pairs
        if not is_empty(entry) or is_all_hidden(before, shown)
    ]


def complete_entry(before: Mapping[str, Any], entry: Mapping[str, Any], shown: set[str]) -> dict[str, Any]:
    """One entry: its stored hidden parts and what the form shows of it."""
    result = {**without(before, shown), **without(entry, shown)}
    for name in sorted(shown):
        result |= changed(before, entry, name)
    return result


def is_all_hidden(entry: Mapping[str, Any], shown: set[str]) -> bool:
    """Whether an entry says something, but nothing that the form could have shown."""
    return not is_empty(entry) and is_empty([entry.get(key) for key in shown])


def is_shown(field: Mapping[str, Any]) -> bool:
    """Whether the form has a control for the field (scheming: `form_snippet: null` means none)."""
    return field.get("form_snippet", "") is not None
