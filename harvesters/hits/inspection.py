"""What `ckan herne hits inspect` tells of a file: a drafted theme, what it would read, what it cannot."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
import yaml
from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.hits import disclosure, hierarchy, variants
from ckanext.herne.harvesters.hits.cells import CellError, understand
from ckanext.herne.harvesters.hits.sheets import grids
from ckanext.herne.harvesters.hits.table import chosen, read_grid

if TYPE_CHECKING:
    from ckanext.herne.harvesters.hits.sheets import Grid
    from ckanext.herne.harvesters.hits.theme import Theme
    from ckanext.herne.harvesters.hits.tidy import Reading

PREVIEW = 12
"""Rows of a preview."""


@dataclass(frozen=True)
class Inspection:
    """One sheet: the theme it was read with, what came of it, and the cells nothing was made of."""

    sheet: str
    theme: Theme | None
    rows: int = 0
    preview: list[dict[str, Any]] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)
    problems: list[dict[str, str]] = field(default_factory=list)
    outside: list[dict[str, str]] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def is_fine(self) -> bool:
        """Whether the sheet would be read as it is."""
        return bool(self.rows) and not self.problems

    def told(self) -> dict[str, Any]:
        """As JSON types; the theme as the text of its file."""
        content = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return content | {"theme": self.theme and as_yaml(self.theme)}


def inspect(name: str, content: bytes, theme: Theme | None = None) -> list[Inspection]:
    """What would be read of a workbook, sheet by sheet, with a theme or with drafted ones.

    Raises SourceError for a file that cannot be read at all.
    """
    sheets = grids(name, content)
    if theme is not None:
        return [_inspect(name, grid, theme) for grid in chosen(theme, name, sheets)]
    return [_inspect(name, grid, variants.draft(grid, name)) for grid in sheets if grid.cells]


def _inspect(name: str, grid: Grid, theme: Theme | None) -> Inspection:
    if theme is None:
        return Inspection(grid.name, None, warnings=[_("no table: the sheet has no figures below a head")])
    reading = read_grid(theme, name, grid)
    sheet = grid.transposed() if theme.transposed else grid
    frame = reading.frame()
    return Inspection(
        grid.name,
        theme,
        rows=frame.height,
        preview=[_printable(row) for row in frame.head(PREVIEW).iter_rows(named=True)],
        statuses=dict(sorted(Counter(frame.get_column("status").to_list()).items())),
        problems=[{"cell": one.cell, "problem": one.text, "remedy": one.remedy} for one in reading.problems],
        outside=_outside(sheet, theme, reading),
        skipped=[f"{row}: {sheet.line(row)[:80]}" for row in sorted(reading.skipped)],
        unread=reading.unread,
        warnings=_warnings(sheet, reading, theme),
    )


def _printable(row: dict[str, Any]) -> dict[str, Any]:
    value = row["value"]
    return row | {"value": None if value is None else f"{value.normalize():f}"}


def _outside(grid: Grid, theme: Theme, reading: Reading) -> list[dict[str, str]]:
    """Figures beside or below the table that the theme does not read, and why."""
    read = set(reading.cells)
    columns = {column for _row, column in read}
    stopped = {one.cell for one in reading.problems}
    first = theme.header_row + theme.header_rows
    return [
        {
            "cell": grid.address(row, column),
            "content": content.text[:60],
            "why": _("below the table") if row > reading.last_row else _("no indicator reads its column"),
        }
        for (row, column), content in sorted(grid.cells.items())
        if row >= first
        and row not in reading.skipped
        and grid.address(row, column) not in stopped
        and (row, column) not in read
        and column >= min(columns, default=1)
        and (row > reading.last_row or column not in columns)
        and _is_number(content)
    ]


def _is_number(content: Any) -> bool:
    """Whether a cell holds a number, or would if it were not broken."""
    try:
        return understand(content).value is not None
    except CellError:
        return content.problem is not None


def _warnings(grid: Grid, reading: Reading, theme: Theme) -> list[str]:
    """What can be read, but should be looked at."""
    frame = reading.frame()
    found = [] if not grid.hidden else [_("the sheet is hidden")]
    red = sum(grid.at(*cell).red for cell in reading.cells)
    if red and theme.red is None:
        text = _("{count} figures are red; if that means corrected, say 'red: revised'")
        found.append(text.format(count=red))
    odd = frame.filter(frame.get_column("value").is_in([-9999, -999, -99, 9999999])).height
    if odd:
        text = _("{count} figures look like a code for 'missing' (-9999); say so under 'signs'")
        found.append(text.format(count=odd))
    broken = sum("\ufffd" in content.text for content in grid.cells.values())
    if broken:
        text = _("{count} texts hold destroyed letters (U+FFFD); they are never guessed")
        found.append(text.format(count=broken))
    found += [str(one) for one in hierarchy.differences(frame, theme)]
    return found + disclosure.protected(frame, theme)[1].notes()


def as_yaml(theme: Theme) -> str:
    """A theme as the text of its file, without what is as usual."""
    return str(yaml.safe_dump(msgspec.to_builtins(theme), allow_unicode=True, sort_keys=False, width=110))
