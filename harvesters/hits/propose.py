"""Drafts the description of a theme from a sheet, for a person to correct."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from ckanext.herne.harvesters.hits import naming
from ckanext.herne.harvesters.hits.cells import CellError, split_marks, understand
from ckanext.herne.harvesters.hits.headings import YEAR as YEAR_HERE
from ckanext.herne.harvesters.hits.headings import column_name, headings
from ckanext.herne.harvesters.hits.percentages import PERCENT
from ckanext.herne.harvesters.hits.shape import YEAR, is_figure, shape
from ckanext.herne.harvesters.hits.sheets.grid import letters
from ckanext.herne.harvesters.hits.theme import DRAWN_LINE, AreaRule, Indicator, Theme

if TYPE_CHECKING:
    from ckanext.herne.harvesters.hits.shape import Shape
    from ckanext.herne.harvesters.hits.sheets import Content, Grid

_NOT_AREAS = (
    r"(?i)(nachrichtlich|davon|darunter|zusammen|summe|nicht zu(zu|ge)ordnet|nicht zuzuordnen|n\. ?z\.).*"
)
_CITY = r"(?i)(.*\binsgesamt|insg\.?|stadt herne|herne|gesamtstadt|summe|.* gesamt)"


def draft(grid: Grid, name: str) -> Theme | None:
    """A theme for the sheet's table, None if it has none. `name` is the file's."""
    whole = shape(grid)
    if whole is None:
        return None
    found, end = _end(grid, whole)
    rows = found.below - found.head
    texts = {number: one.text for number, one in headings(grid, found.head, rows).items()}
    sheet, top = _titled(grid, found)
    year, reference = naming.year(sheet, top, name)
    key, label, year_column = _roles(grid, found)
    rules = _rules(grid, found, key, label)
    indicators = _indicators(grid, found, texts)
    return Theme(
        id=naming.slug(naming.stem(name)),
        dataset=naming.description(sheet, name),
        file=naming.file_pattern(name),
        sheet=naming.year_pattern(grid.name),
        header_row=found.head,
        header_rows=rows,
        number_row=found.number_row,
        transposed=grid.turned,
        key_heading=_heading(grid, texts, key),
        name_heading=_heading(grid, texts, label),
        year=None if year_column or all(YEAR_HERE in one.heading for one in indicators) else year,
        year_heading=_heading(grid, texts, year_column),
        reference=None if year_column else reference,
        areas=rules,
        place=None if rules else naming.place(sheet, top),
        skip=_skip(grid, found, key, label) if rules else (),
        indicators=indicators,
        end=end or DRAWN_LINE,
    )


def _titled(grid: Grid, found: Shape) -> tuple[Grid, int]:
    """The sheet as it is, and the row its table begins with: titles stand above, whichever way it is read."""
    if grid.turned:
        return grid.transposed(), min((*found.labels, *found.figures))
    return grid, found.head


def _heading(grid: Grid, texts: dict[int, str], column: int | None) -> str | None:
    """How the theme names a column: by its heading if that is its alone, else by its letter."""
    if column is None:
        return None
    text = texts.get(column, "")
    return text if text and list(texts.values()).count(text) == 1 else f"@{column_name(grid, column)}"


def _roles(grid: Grid, found: Shape) -> tuple[int | None, int | None, int | None]:
    """Which label columns hold the key, the name and the year."""
    key = label = year = None
    most = 0
    for column in found.labels:
        contents = [grid.over(row, column) for row in found.body]
        said = [content.text.strip() for content in contents if content.text.strip()]
        names = len({text for text in said if any(letter.islower() for letter in text)})
        if (
            all(YEAR.fullmatch(text) for text in said)
            or sum(_is_day(one) for one in contents) > len(said) / 2
        ):
            year = year or column
        elif key is None and len(set(said)) > 1 and sum(text.isdecimal() for text in said) > len(said) * 0.8:
            key = column
        elif names > most or label is None:
            label, most = column, names
    return key, label, year


def _is_day(content: Content) -> bool:
    return isinstance(content.value, date)


def _names(grid: Grid, found: Shape, column: int | None) -> list[str]:
    """The texts of a label column without footnote marks, where rows have figures."""
    texts = [" ".join(grid.over(row, column).text.split()) for row in found.body] if column else []
    return [split_marks(text)[0] for text in texts]


def _rules(grid: Grid, found: Shape, key: int | None, label: int | None) -> tuple[AreaRule, ...]:
    """Rules for the areas: totals by their words, the others by their key or as they come."""
    names, keys = _names(grid, found, label or key), _names(grid, found, key)
    if not any(names):
        return ()
    rules = []
    if sum(bool(re.fullmatch(_CITY, name)) for name in names) == 1:
        rules.append(AreaRule("city", name=_CITY))
    if any(name == "Deutschland" for name in names):
        rules.append(AreaRule("bund", name="Deutschland"))
    for level, word in (("ortsteil", "Ortsteil"), ("stadtbezirk", "Stadtbezirk")):
        if any(name.startswith(f"{word} ") for name in names):
            rules.append(AreaRule(level, name=rf"{word} (?P<name>.+)"))
    if key is not None:
        rules.append(AreaRule("statistischer_bezirk", key=r"\d+"))
    if key is None or (label is not None and not all(keys)):
        rules.append(AreaRule("statistischer_bezirk", name=".+"))
    return tuple(rules)


def _skip(grid: Grid, found: Shape, key: int | None, label: int | None) -> tuple[str, ...]:
    """Rows that are no areas: subtotals, and headings within the body, which have no figures."""
    names = _names(grid, found, label or key)
    totals = Counter(name for name in names if re.fullmatch(_CITY, name))
    are_subtotals = 1 < sum(totals.values()) < len(names) / 2
    skipped = [re.escape(name) for name in totals if are_subtotals]
    between = [row for row in range(found.below, found.body[-1]) if row not in found.body]
    texts = [grid.line(row) for row in between if not _figures_of(grid, row, found) and grid.line(row)]
    return (_NOT_AREAS, *dict.fromkeys((*skipped, *(re.escape(text) for text in texts))))


def _figures_of(grid: Grid, row: int, found: Shape) -> bool:
    return any((row, column) in grid.cells for column in found.figures)


def _indicators(grid: Grid, found: Shape, texts: dict[int, str]) -> tuple[Indicator, ...]:
    """An indicator for each column of figures, named by what its heading has for itself.

    Where columns have headings, one without is no part of the table. Columns whose headings differ by the
    year alone are one indicator.
    """
    headed = [column for column in found.figures if texts.get(column)]
    paths = {column: texts.get(column, "").split(" / ") for column in headed or found.figures}
    shared = set.intersection(*(set(path) for path in paths.values())) if len(paths) > 1 else set()
    by_year = Counter(_any_year(texts.get(column, "")) for column in paths)
    made: dict[str, Indicator] = {}
    for column, path in paths.items():
        pattern = _any_year(texts.get(column, ""))
        if YEAR_HERE in pattern and by_year[pattern] > 1:
            made.setdefault(pattern, _of_years(pattern, _unit(grid, found, column, texts.get(column, ""))))
            continue
        own = " ".join(part for part in path if part not in shared)
        identifier = naming.slug(own) or f"column_{letters(column).lower()}"
        if any(entry.id == identifier for entry in made.values()):
            identifier = f"{identifier}_{letters(column).lower()}"
        label = texts.get(column) or f"Spalte {letters(column)}"
        heading = _heading(grid, texts, column) or ""
        made[str(column)] = Indicator(identifier, heading, _unit(grid, found, column, label), label, label)
    return tuple(made.values())


def _unit(grid: Grid, found: Shape, column: int, label: str) -> str:
    """The unit of a column: a percentage if its cells say so, else as its heading tells."""
    is_percent = any(_is_percent(grid.at(row, column)) for row in found.body)
    return PERCENT if is_percent else naming.unit(label)


def _is_percent(content: Content) -> bool:
    try:
        return understand(content).is_percent
    except CellError:
        return False


def _any_year(text: str) -> str:
    return re.sub(rf"(?<!\d){YEAR.pattern}(?!\d)", YEAR_HERE, text, count=1)


def _of_years(pattern: str, unit: str) -> Indicator:
    """The indicator of columns that are one per year; a day before the year is what the figures hold for."""
    label = " ".join(re.sub(r"(\d{1,2}\.\s?){0,2}\{year\}", "", pattern).strip(" /").split()) or "Wert"
    day = re.search(r"(\d{1,2})\.\s?(\d{1,2})\.\s?\{year\}", pattern)
    reference = f"{YEAR_HERE}-{int(day[2]):02d}-{int(day[1]):02d}" if day else None
    return Indicator(naming.slug(label), pattern, unit, label, label, reference)


def _end(grid: Grid, found: Shape) -> tuple[Shape, str | None]:
    """The table without another one that follows it on the sheet, and how the row between them is known."""
    gap: int | None = None
    for row in range(found.below, grid.rows + 1):
        if row in found.body:
            gap = None
        elif gap is None and grid.line(row) and not grid.line(row - 1) and row > found.body[0]:
            gap = row
        if gap and any(_is_text(grid.at(row, column)) for column in found.figures):
            body = [one for one in found.body if one < gap]
            return replace(found, body=body), "^" + re.escape(grid.line(gap))
    return found, None


def _is_text(content: Content) -> bool:
    return isinstance(content.value, str) and not is_figure(content)
