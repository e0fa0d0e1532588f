"""What of a sheet was not understood, cell by cell, and how it is said."""

from __future__ import annotations

from dataclasses import dataclass

from ckanext.herne.harvesters.hits.sheets import address
from ckanext.herne.harvesters.operations.errors import SourceError

LAYOUT = "If the layout changed on purpose, describe it in the theme's file"
SHOWN = 5
"""So many problems are told in one message; `ckan herne hits inspect` shows all."""


@dataclass(frozen=True)
class Problem:
    """A cell that stops a theme. Row and column count from 1."""

    sheet: str
    row: int
    column: int
    text: str
    remedy: str = LAYOUT

    @property
    def place(self) -> str:
        return f"sheet '{self.sheet}', cell {address(self.row, self.column)}"


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
        told = "; ".join(f"cell {address(one.row, one.column)}: {one.text}" for one in others[: SHOWN - 1])
        hidden = len(others) - len(others[: SHOWN - 1])
        text += f" (and {told}{f'; and {hidden} more' if hidden else ''})"
    return SourceError(name, first.place, text, first.remedy)
