"""What else a draft may be where it does not read its sheet: sections, blank labels, further tables below."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
from ckanext.herne.harvesters.hits import naming, propose
from ckanext.herne.harvesters.hits.headings import Head
from ckanext.herne.harvesters.hits.labels import Labels
from ckanext.herne.harvesters.hits.problems import LayoutError
from ckanext.herne.harvesters.hits.table import read_grid
from ckanext.herne.harvesters.hits.theme import DRAWN_LINE, Section, Theme
from ckanext.herne.regions.names import known_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ckanext.herne.harvesters.hits.sheets import Grid

_KINDS = 12
"""A column of labels with so many different texts may be a dimension."""
_AREAS = known_names()


def draft(grid: Grid, name: str) -> Theme | None:
    """A theme for the sheet's table, None if it has none. `name` is the file's."""
    theme = propose.draft(grid, name)
    if theme is None:
        return None
    labels = [entry.label_de.rpartition(" / ")[2] for entry in theme.indicators]
    if sum(label in _AREAS for label in labels) > len(labels) / 2:
        theme = propose.draft(grid.transposed(), name) or theme
    return _best(grid, name, theme)


def _best(grid: Grid, name: str, theme: Theme) -> Theme:
    """The draft, or the first variant that reads more of the sheet, all of it without a problem."""
    drafted = read_grid(theme, name, grid)
    for variant in _variants(grid, theme, is_wrong=bool(drafted.problems)):
        found = read_grid(variant, name, grid)
        if not found.problems and len(found.rows) > len(drafted.rows):
            return variant
    return theme


def _variants(grid: Grid, theme: Theme, *, is_wrong: bool) -> Iterator[Theme]:
    if theme.transposed:
        return
    sections = (*_in_rows(theme), *_in_columns(grid, theme)) if is_wrong else ()
    if is_wrong:
        yield msgspec.structs.replace(theme, blanks_repeat=True)
    if sections:
        texts = {text for section in sections for text in section.values}
        skip = tuple(pattern for pattern in theme.skip if not any(re.escape(t) == pattern for t in texts))
        yield msgspec.structs.replace(theme, sections=sections, skip=skip)
    if (again := _again(grid, theme)) is not None:
        yield msgspec.structs.replace(theme, again=again, end=DRAWN_LINE)


def _in_rows(theme: Theme) -> list[Section]:
    """The rows without figures that the draft leaves out, as the texts of one dimension."""
    texts = [re.sub(r"\\(.)", r"\1", pattern) for pattern in theme.skip]
    plain = [text for text, pattern in zip(texts, theme.skip, strict=True) if re.escape(text) == pattern]
    return [Section("section", {text: naming.slug(text) or text for text in plain})] if plain else []


def _in_columns(grid: Grid, theme: Theme) -> Iterator[Section]:
    """The columns left of the figures that the draft does not read and that have few different texts."""
    try:
        head = Head(theme, grid)
        labels, figures = Labels(theme, grid, head), [column.number for column in head.columns()]
    except LayoutError:
        return
    for column in range(1, min(figures, default=1)):
        heading = head.headings[column].text
        rows = [row for row in range(labels.first, grid.rows + 1) if (row, figures[0]) in grid.cells]
        texts = dict.fromkeys(labels.text(row, column) for row in rows)
        if heading and column not in labels.columns and 1 < len(texts) <= _KINDS and all(texts):
            yield Section(naming.slug(heading), {text: naming.slug(text) for text in texts}, heading=heading)


def _again(grid: Grid, theme: Theme) -> str | None:
    """The pattern of the titles, if the table that ends the first one is titled like it."""
    pattern = re.sub(r"\d+", r"\\d+", theme.end.removeprefix("^"))
    above = [grid.line(row) for row in range(1, theme.header_row)]
    return pattern if any(line and re.fullmatch(pattern, line) for line in above) else None
