"""A sheet as its cells: the model every file format is read into. Rows and columns count from 1."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import date


class Content(NamedTuple):
    """What a cell holds.

    `shown` is the text its number format shows in its place ("–" for a zero, "01" for a code), None where it
    shows the value; `beside` what the format shows around the number ("r", "()"), `is_percent` whether as a
    percentage. `red` is the font's colour, `problem` says why the value cannot be known.
    """

    value: str | Decimal | bool | date | None
    shown: str | None = None
    red: bool = False
    problem: str | None = None
    beside: str = ""
    is_percent: bool = False

    @property
    def text(self) -> str:
        """The content as a person reads it, blanks as they are."""
        value = self.value if self.shown is None else self.shown
        if isinstance(value, Decimal):
            return f"{value:f}"
        return "" if value is None else str(value)


class Merged(NamedTuple):
    """A merged range; its content stands in the first cell."""

    top: int
    left: int
    bottom: int
    right: int


class Unseen(NamedTuple):
    """Rows and columns that are hidden."""

    rows: frozenset[int] = frozenset()
    columns: frozenset[int] = frozenset()


EMPTY = Content(None)
ALL_SEEN = Unseen()


@dataclass(frozen=True)
class Grid:
    """One sheet: its name and every cell that holds something.

    `unseen` are the rows and columns that who opens the sheet does not see. A `turned` grid is a sheet whose
    rows are read as columns; addresses stay those of the sheet.
    """

    name: str
    cells: dict[tuple[int, int], Content]
    merged: tuple[Merged, ...] = ()
    hidden: bool = False
    unseen: Unseen = ALL_SEEN
    turned: bool = False

    _size: tuple[int, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        rows, columns = zip(*self.cells, strict=True) if self.cells else ((0,), (0,))
        object.__setattr__(self, "_size", (max(rows), max(columns)))

    @property
    def rows(self) -> int:
        """Number of the last row that holds something."""
        return self._size[0]

    @property
    def columns(self) -> int:
        """Number of the last column that holds something."""
        return self._size[1]

    def at(self, row: int, column: int) -> Content:
        """The cell's own content; a cell covered by a merged one is empty."""
        return self.cells.get((row, column), EMPTY)

    def over(self, row: int, column: int) -> Content:
        """The content a person sees at the cell: a merged cell counts for all cells it covers."""
        return self.cells.get(self.anchors.get((row, column), (row, column)), EMPTY)

    def filled(self, row: int) -> list[int]:
        """The columns of a row that hold something, from the left."""
        return self._filled.get(row, [])

    @cached_property
    def _filled(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for row, column in sorted(self.cells):
            found.setdefault(row, []).append(column)
        return found

    def line(self, row: int) -> str:
        """The text of a row: its cells one after the other, blanks made one."""
        return " ".join(" ".join(self.at(row, column).text for column in self.filled(row)).split())

    def is_seen(self, row: int, column: int) -> bool:
        """Whether a person who opens the sheet sees the cell."""
        return row not in self.unseen.rows and column not in self.unseen.columns

    def address(self, row: int, column: int) -> str:
        """The name of a cell on the sheet as it is."""
        return address(column, row) if self.turned else address(row, column)

    def transposed(self) -> Grid:
        """The sheet with its rows as columns."""
        return Grid(
            self.name,
            {(column, row): content for (row, column), content in self.cells.items()},
            tuple(Merged(one.left, one.top, one.right, one.bottom) for one in self.merged),
            self.hidden,
            Unseen(self.unseen.columns, self.unseen.rows),
            turned=not self.turned,
        )

    @cached_property
    def anchors(self) -> dict[tuple[int, int], tuple[int, int]]:
        """Of every cell that a merged one covers, within the used part of the sheet: its first cell."""
        return {
            (row, column): (area.top, area.left)
            for area in self.merged
            for row in range(area.top, min(area.bottom, self.rows) + 1)
            for column in range(area.left, min(area.right, self.columns) + 1)
            if (row, column) != (area.top, area.left)
        }

    @property
    def covered(self) -> int:
        """How many cells merged ones cover, within the used part of the sheet."""
        return sum(
            max(0, min(area.bottom, self.rows) - area.top + 1)
            * max(0, min(area.right, self.columns) - area.left + 1)
            for area in self.merged
        )


def letters(column: int) -> str:
    """The name of a column: 1 is "A", 28 is "AB"."""
    name = ""
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def address(row: int, column: int) -> str:
    """The name of a cell: (5, 28) is "AB5"."""
    return f"{letters(column)}{row}"


def position(name: str) -> tuple[int, int]:
    """Row and column of a cell's name: "AB5" is (5, 28)."""
    column = 0
    split = len(name.rstrip("0123456789"))
    for letter in name[:split].replace("$", ""):
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(name[split:]), column
