"""What happened to the statements of harvested records, counted and in words."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ckan.plugins.toolkit import _
from ckanext.herne.dcat_ap_de.reader import Note

if TYPE_CHECKING:
    from collections.abc import Iterable

KINDS = ("moved", "changed", "added", "refused", "unsaid")
SHOWN = 200  # characters of a value that a sentence repeats


def encode(notes: Iterable[Note]) -> str:
    """Notes as text that `decode` reads."""
    return json.dumps([asdict(note) for note in notes], ensure_ascii=False)


def decode(text: str | None) -> list[Note]:
    """The notes that `encode` wrote; none for no text."""
    return [Note(**entry) for entry in json.loads(text or "[]")]


def once(notes: Iterable[Note]) -> list[Note]:
    """`notes` without those that only repeat of a refused value that it has no field."""
    kept = list(notes)
    refused = {(note.node, note.term, note.value) for note in kept if note.kind == "refused"}
    return [
        note
        for note in kept
        if note.kind != "unsaid" or (note.node, note.term.rpartition(" / ")[2], note.value) not in refused
    ]


def counts(notes: Iterable[Note]) -> dict[str, int]:
    """How many statements each kind of note tells of; every kind is named."""
    found = Counter(note.kind for note in notes)
    return {kind: found[kind] for kind in KINDS}


def summary(notes: Iterable[Note]) -> list[dict[str, Any]]:
    """Notes of the same kind about the same term, with their number, in the order of `KINDS`, most first."""
    found = Counter((note.kind, note.term, note.result if note.kind == "moved" else "") for note in notes)
    rows = [
        {"kind": kind, "term": term, "result": result, "count": count}
        for (kind, term, result), count in found.items()
    ]
    return sorted(rows, key=lambda row: (KINDS.index(row["kind"]), -row["count"], row["term"], row["result"]))


def label(kind: str) -> str:
    """What a kind of note is called on a page."""
    labels: dict[str, str] = {
        "moved": _("moved to the term of today"),
        "changed": _("brought into another form"),
        "added": _("added because the source says nothing"),
        "refused": _("refused by its field, kept under further statements"),
        "unsaid": _("without a field, kept under further statements"),
    }
    return labels[kind]


def sentence(note: Note) -> str:
    """A note for people."""
    texts: dict[str, str] = {
        "moved": _('{term} "{value}": today this is said with {result}'),
        "changed": _('{term} "{value}": written as "{result}"'),
        "added": _('{term}: the source does not state it; "{value}" was entered. Please check it.'),
        "refused": _('{term} "{value}": the field cannot hold it ({result}); kept under further statements'),
        "unsaid": _('{term} "{value}": there is no field for it; kept under further statements'),
    }
    if note.kind == "changed" and note.value == note.result:
        texts["changed"] = _('{term} "{value}": the type of the value was set right')
    value = note.value if len(note.value) <= SHOWN else note.value[:SHOWN] + "…"
    return texts[note.kind].format(term=note.term, value=value, result=note.result)


def told(note: Note) -> dict[str, str]:
    """A note with its sentence, for an API's answer."""
    return {**asdict(note), "text": sentence(note)}
