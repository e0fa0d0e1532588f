"""The footnotes below a table, by their mark."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ckanext.herne.harvesters.hits.cells import mark

if TYPE_CHECKING:
    from ckanext.herne.harvesters.hits.sheets import Grid

_MARK = r"(?P<mark>[¹²³⁴⁵⁶⁷⁸⁹⁰]+\)?|\d{1,2}\)|\*+\)?)"
_NOTE = re.compile(rf"{_MARK}\s*(?P<text>.+)")
_NEXT = re.compile(r"\s*[.–-]*\s+(?=(?:[¹²³⁴⁵⁶⁷⁸⁹⁰]+\)?|\d{1,2}\)|\*+\)) ?\w)")
"""Where a further note begins on the same line: "1) Hauptwohnung.- 2) Siehe Tabelle 102."."""


def footnotes(grid: Grid, first: int) -> dict[str, str]:
    """The notes from row `first` on: mark ("1", "*") and text."""
    notes: dict[str, str] = {}
    for row in range(first, grid.rows + 1):
        for text in _NEXT.split(grid.line(row)):
            found = _NOTE.fullmatch(text)
            if found:
                notes.setdefault(mark(found["mark"]), found["text"])
    return notes
