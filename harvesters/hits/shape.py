"""Where a table stands on a sheet that nobody has described yet. Guesses; the reader never does.

A table is found by its figures: the rows that have most of them are its body, what stands above is its head,
the columns left of them say what a row is about.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from ckanext.herne.harvesters.hits.cells import CellError, understand

if TYPE_CHECKING:
    from ckanext.herne.harvesters.hits.sheets import Content, Grid

YEAR = re.compile(r"(?:19|20)\d\d")
_KEY = re.compile(r"nr\.?|nummer|schl(ü|ue)ssel.*|.*schl(ü|ue)ssel|kennziffer|ags|id|code", re.IGNORECASE)


@dataclass(frozen=True)
class Shape:
    """Where a table stands on its sheet: first row of its head and the row below it, rows of its body,
    columns of labels and of figures."""

    head: int
    below: int
    body: list[int]
    labels: tuple[int, ...]
    figures: tuple[int, ...]
    number_row: bool


def shape(grid: Grid) -> Shape | None:
    """Where the sheet's table stands, or the one with the most figures; None if there is none."""
    filled = {row: _figures(grid, row) for row in range(1, grid.rows + 1)}
    counts = Counter(len(columns) for columns in filled.values() if columns)
    if not counts:
        return None
    width = max(counts, key=lambda size: (size * counts[size], size))
    full = [row for row, columns in filled.items() if len(columns) >= max(1, width / 2)]
    first = next((row for row in full if not _is_head(grid, row, filled[row])), full[-1])
    body = [row for row in full if row >= first]
    columns = Counter(column for row in body for column in filled[row])
    usual = sorted(column for column, times in columns.items() if times >= len(body) / 10)
    labels = _labels(grid, body, usual)
    figures = tuple(column for column in usual if column > max(labels, default=0))
    if not figures:
        return None
    head, below = _head(grid, first, figures)
    number_row = _numbers_columns(grid, below - 1)
    return Shape(head, below - number_row, body, labels, figures, number_row=number_row)


def _figures(grid: Grid, row: int) -> list[int]:
    """The columns of a row that hold a figure or a sign."""
    return [
        column
        for column in range(1, grid.columns + 1)
        if (row, column) in grid.cells and is_figure(grid.at(row, column))
    ]


def is_figure(content: Content) -> bool:
    """Whether a cell holds a figure or a sign, or would if it were not broken."""
    try:
        return understand(content).status != "missing"
    except CellError:
        return content.problem is not None


def _is_head(grid: Grid, row: int, columns: list[int]) -> bool:
    """Whether a row with numbers is part of the head all the same: it numbers columns, or has years only."""
    texts = [grid.at(row, column).text.strip() for column in columns]
    is_years = len(texts) > 1 and all(YEAR.fullmatch(text) for text in texts)
    return is_years or _counts_up(grid, row)


def _counts_up(grid: Grid, row: int) -> bool:
    """Whether a row's numbers are 1, 2, 3 and so on, with little else."""
    texts = [grid.at(row, column).text.strip("() ") for column in range(1, grid.columns + 1)]
    numbers = [int(text) for text in texts if text.isdecimal()]
    others = sum(bool(text) and not text.isdecimal() for text in texts)
    return len(numbers) > 2 and numbers == list(range(1, len(numbers) + 1)) and others <= 2


def _numbers_columns(grid: Grid, row: int) -> bool:
    """Whether a row numbers all columns, from the first one on."""
    texts = [grid.at(row, column).text.strip("() ") for column in range(1, grid.columns + 1)]
    found = [text for text in texts if text]
    return len(found) > 2 and texts[0] == "1" and found == [str(n) for n in range(1, len(found) + 1)]


def _labels(grid: Grid, body: list[int], figures: list[int]) -> tuple[int, ...]:
    """The columns that say what a row is about: all left of the figures, keys and years included."""
    found = []
    for column in range(1, grid.columns + 1):
        contents = [grid.over(row, column) for row in body]
        texts = [content.text.strip() for content in contents if content.text.strip()]
        if column in figures and not _is_label(grid, column, body[0], contents, texts):
            break
        if texts:
            found.append(column)
    return tuple(found)


def _is_label(grid: Grid, column: int, below: int, contents: list[Content], texts: list[str]) -> bool:
    """Whether a column of numbers holds keys, years or dates: by its heading, zeros, or being the first."""
    heads = [grid.over(row, column).text.strip() for row in range(max(1, below - 4), below)]
    has_zeros = any(text.startswith("0") and text.isdecimal() and len(text) > 1 for text in texts)
    if has_zeros or any(_KEY.fullmatch(head) for head in heads):
        return True
    if all(YEAR.fullmatch(text) for text in texts) or any(isinstance(one.value, date) for one in contents):
        return True
    numbers = [int(text) for text in texts if text.isdecimal()]
    counts = len(numbers) > 2 and len(numbers) == len(texts)
    if column == 1 and counts and numbers == list(range(numbers[0], numbers[0] + len(numbers))):
        return True
    is_mixed = any(not text.isdecimal() for text in texts) and any(not is_figure(one) for one in contents)
    return column == 1 and len(set(texts)) == len(texts) and is_mixed


def _head(grid: Grid, body: int, figures: tuple[int, ...]) -> tuple[int, int]:
    """First row of the head and the row below it. Between head and body may be empty rows and sections."""
    below = body
    while below > 1 and not _heads_columns(grid, below - 1, figures):
        below -= 1
    if below == 1:
        return body, body
    first = below
    while first > 1 and _heads_columns(grid, first - 1, figures):
        first -= 1
    return first, below


def _heads_columns(grid: Grid, row: int, figures: tuple[int, ...]) -> bool:
    texts = [grid.over(row, column).text.strip() for column in figures]
    whole_line = len({grid.anchors.get((row, column), (row, column)) for column in (1, *figures)}) == 1
    return any(texts) and not whole_line
