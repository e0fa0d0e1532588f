"""What of a sheet was not understood, cell by cell, and how it is said."""

from __future__ import annotations

from dataclasses import dataclass

from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.operations.errors import SourceError

SHOWN = 5
"""So many problems are told in one message; `ckan herne hits inspect` shows all."""


@dataclass(frozen=True)
class Problem:
    """A cell that stops a theme, by its name on the sheet ("B5")."""

    sheet: str
    cell: str
    text: str
    remedy: str

    @property
    def place(self) -> str:
        return place(self.sheet, self.cell)


def place(sheet: str, cell: str) -> str:
    """Where on a sheet a cell is, in words."""
    words: str = _("sheet '{sheet}', cell {cell}")
    return words.format(sheet=sheet, cell=cell)


def layout() -> str:
    """What to do about a table that is not as its theme says."""
    remedy: str = _("If the layout changed on purpose, describe it in the theme's file")
    return remedy


class LayoutError(Exception):
    """A sheet is not as its theme says; nothing more can be read of it."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.text)
        self.problem = problem


def as_error(name: str, problems: list[Problem]) -> SourceError:
    """The problems of a workbook as one error: the first in full, some more by their place."""
    first, *others = problems
    text = first.text
    if others:
        told = [f"{one.cell}: {one.text}" for one in others[: SHOWN - 1]]
        if hidden := len(others) - len(told):
            told.append(_("{count} more").format(count=hidden))
        text += " (" + _("and {cells}").format(cells="; ".join(told)) + ")"
    return SourceError(name, first.place, text, first.remedy)
