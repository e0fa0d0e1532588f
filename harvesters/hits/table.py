"""A theme's table on a sheet to tidy rows. Pure: bytes or a grid in, rows out.

Whatever is not as the theme says (heading, row, cell) is a `Problem` with its cell; a layout that changed is
never read as if it had not.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.hits.body import Body, Reading
from ckanext.herne.harvesters.hits.problems import LayoutError, as_error, layout
from ckanext.herne.harvesters.hits.sheets import grids
from ckanext.herne.harvesters.operations.errors import SourceError

if TYPE_CHECKING:
    import polars as pl
    from ckanext.herne.harvesters.hits.sheets import Grid
    from ckanext.herne.harvesters.hits.theme import Theme


def read_workbook(theme: Theme, name: str, content: bytes) -> pl.DataFrame:
    """The rows of a workbook, columns as in `theme.TABLE`. Raises SourceError naming sheet and cells."""
    grid = chosen(theme, name, grids(name, content))
    reading = read_grid(theme, name, grid)
    if reading.problems:
        raise as_error(name, reading.problems)
    return reading.frame()


def chosen(theme: Theme, name: str, sheets: tuple[Grid, ...]) -> Grid:
    """The first sheet that is named as the theme says. Raises SourceError."""
    for grid in sheets:
        if re.fullmatch(theme.sheet, grid.name):
            return grid
    known = ", ".join(f"'{grid.name}'" for grid in sheets)
    problem = _("no sheet is named like '{pattern}'; there are {known}")
    raise SourceError(name, "", problem.format(pattern=theme.sheet, known=known), layout())


def read_grid(theme: Theme, name: str, grid: Grid) -> Reading:
    """The rows of a sheet, with all problems; `name` is the file's."""
    try:
        return Body(theme, name, grid).read()
    except LayoutError as error:
        return Reading(grid.name, problems=[error.problem])
