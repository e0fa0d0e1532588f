"""A theme's tables on the sheets of a workbook to tidy rows. Pure: bytes or a grid in, rows out.

Whatever is not as the theme says (heading, row, cell) is a `Problem` with its cell; a layout that changed is
never read as if it had not.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec
import polars as pl
from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.hits.body import Body
from ckanext.herne.harvesters.hits.footnotes import footnotes
from ckanext.herne.harvesters.hits.problems import LayoutError, Problem, as_error, layout
from ckanext.herne.harvesters.hits.sheets import grids
from ckanext.herne.harvesters.hits.sheets.grid import Grid
from ckanext.herne.harvesters.hits.tidy import Reading
from ckanext.herne.harvesters.operations.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ckanext.herne.harvesters.hits.theme import Theme

_KEY = ("level", "area_id", "year", "indicator")


def read_workbook(theme: Theme, name: str, content: bytes) -> pl.DataFrame:
    """The rows of a workbook, columns as in `theme.TABLE`. Raises SourceError naming sheet and cells."""
    readings = [read_grid(theme, name, grid) for grid in chosen(theme, name, grids(name, content))]
    problems = [problem for reading in readings for problem in reading.problems]
    if problems:
        raise as_error(name, problems)
    _refuse_twice(name, readings)
    return pl.concat([reading.frame() for reading in readings])


def chosen(theme: Theme, name: str, sheets: tuple[Grid, ...]) -> list[Grid]:
    """The sheets that are named as the theme says and hold something. Raises SourceError if there is none."""
    named = [grid for grid in sheets if grid.cells and re.fullmatch(theme.sheet, grid.name)]
    found = [grid for grid in named if theme.hidden == "read" or not grid.hidden]
    if found:
        return found
    if named:
        problem = _("the sheet '{sheet}' is hidden: nobody would see what is published")
        remedy = _("Show the sheet, or say 'hidden: read' in the theme")
        raise SourceError(name, "", problem.format(sheet=named[0].name), remedy)
    known = ", ".join(f"'{grid.name}'" for grid in sheets)
    problem = _("no sheet is named like '{pattern}'; there are {known}")
    raise SourceError(name, "", problem.format(pattern=theme.sheet, known=known), layout())


def _refuse_twice(name: str, readings: list[Reading]) -> None:
    """Refuses a figure that stands on two sheets: which one holds, nobody knows."""
    seen: dict[tuple[object, ...], str] = {}
    for reading in readings:
        for key in reading.frame().select(_KEY).iter_rows():
            if key in seen:
                problem = _("{key} stands on the sheets '{one}' and '{other}'")
                told = problem.format(key=" ".join(map(str, key)), one=seen[key], other=reading.sheet)
                remedy = _("Name the sheet that holds under 'sheet' in the theme")
                raise SourceError(name, "", told, remedy)
        seen |= dict.fromkeys(reading.frame().select(_KEY).iter_rows(), reading.sheet)


def read_grid(theme: Theme, name: str, grid: Grid) -> Reading:
    """The rows of a sheet, with all problems; `name` is the file's."""
    sheet = grid.transposed() if theme.transposed else grid
    notes = footnotes(sheet, theme.header_row)
    whole = Reading(grid.name)
    try:
        for layout_, part in _parts(theme, sheet):
            _add(whole, Body(layout_, name, part, notes).read(), sheet)
    except LayoutError as error:
        whole.problems.append(error.problem)
    return whole


def _parts(theme: Theme, grid: Grid) -> Iterator[tuple[Theme, Grid]]:
    """The tables of a sheet, one below the other, each with the rows from its title to the next one's."""
    if theme.again is None:
        yield theme, grid
        return
    starts = [row for row in range(1, grid.rows + 1) if re.fullmatch(theme.again, grid.line(row))]
    if not starts or starts[0] > theme.header_row:
        problem = _("no row above the head matches '{pattern}', at which the table is to begin")
        text = problem.format(pattern=theme.again)
        raise LayoutError(Problem(grid.name, grid.address(theme.header_row, 1), text, layout()))
    for start, stop in pairwise([*starts, grid.rows + 1]):
        cells = {place: content for place, content in grid.cells.items() if start <= place[0] < stop}
        head = theme.header_row + start - starts[0]
        part = Grid(grid.name, cells, grid.merged, grid.hidden, grid.unseen, grid.turned)
        yield msgspec.structs.replace(theme, header_row=head), part


def _add(whole: Reading, part: Reading, grid: Grid) -> None:
    """Adds what was read of one table of the sheet; a figure of two tables is a problem."""
    keys = {(row[0], row[1], row[3], row[5]) for row in whole.rows}
    for row, (line, column) in zip(part.rows, part.cells, strict=True):
        if (row[0], row[1], row[3], row[5]) in keys:
            text = _("{level} '{key}', {year}, stands in a table above already").format(
                level=row[0], key=row[1], year=row[3]
            )
            remedy = _("Say by 'year' or 'sections' in the theme what tells the tables apart")
            whole.problems.append(Problem(grid.name, grid.address(line, column), text, remedy))
            break
    whole.rows += part.rows
    whole.cells += part.cells
    whole.skipped += part.skipped
    whole.unread += [heading for heading in part.unread if heading not in whole.unread]
    whole.problems += part.problems
    whole.last_row = part.last_row
