"""The series of an InstantAtlas report to tidy rows. Pure.

Values stand in the order of the features, so neither is ever sorted or left out alone. A zero may hide a
count that was too small, so it is a number in doubt here; the workbook knows better, where there is one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import polars as pl
from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.hits.areas import Area
from ckanext.herne.harvesters.hits.cells import CellError, understand
from ckanext.herne.harvesters.hits.report import form, geographies, series
from ckanext.herne.harvesters.hits.sheets import Content
from ckanext.herne.harvesters.hits.sheets.formats import exact
from ckanext.herne.harvesters.hits.tidy import SCHEMA
from ckanext.herne.harvesters.operations.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ckanext.herne.harvesters.hits.report import Geography, Series
    from ckanext.herne.harvesters.hits.theme import Atlas, Indicator, Theme

_SIGNS = {"0": "doubtful", "NaN": "missing"}


def read_report(
    theme: Theme, name: str, index: dict[str, Any], parts: Mapping[str, dict[str, Any]]
) -> pl.DataFrame:
    """The rows of a theme from a report; `parts` are its theme files by the name the index gives them.

    Raises SourceError.
    """
    where = theme.atlas
    if where is None:
        problem = _("the theme '{theme}' has no part 'atlas'").format(theme=theme.id)
        raise SourceError(name, "", problem, _("Describe it in the theme's file"))
    known = {entry.id: entry for entry in theme.indicators}
    found = _Rows()
    absent = set(where.indicators)
    for geography in geographies(name, index):
        if geography.id not in where.levels or where.theme not in geography.themes:
            continue
        file = geography.files(where.theme)
        reader = _Reader(theme, where, geography, file or name)
        for entry in series(reader.name, parts[file] if file else geography.themes[where.theme]):
            if entry.id in where.indicators:
                absent.discard(entry.id)
                found.add(reader, entry, known[where.indicators[entry.id]])
    if not found.rows:
        problem = _("no geography of {geographies} has figures of the theme '{theme}'")
        problem = problem.format(geographies=", ".join(where.levels), theme=where.theme)
        raise SourceError(name, "", problem, form())
    if absent:
        problem = _("it has no indicator {indicators} any more").format(indicators=", ".join(sorted(absent)))
        raise SourceError(name, "", problem, _("Correct 'indicators' under 'atlas' in the theme"))
    return pl.DataFrame(list(found.rows.values()), schema=SCHEMA, orient="row")


class _Rows:
    """The rows by their key. A figure of two geographies (the city's) counts once, if it is the same."""

    def __init__(self) -> None:
        self.rows: dict[tuple[Any, ...], tuple[Any, ...]] = {}
        self.places: dict[tuple[Any, ...], tuple[str, str]] = {}

    def add(self, reader: _Reader, entry: Series, indicator: Indicator) -> None:
        """Adds the rows of a series. Raises SourceError for a figure that is there already."""
        for row in reader.rows(entry, indicator):
            key = (row[0], row[1], row[3], row[5])
            geography, place = self.places.get(key, ("", ""))
            if key in self.rows and (geography == reader.geography.id or self.rows[key] != row):
                problem = _("{level} '{key}' of {year} has a value already, at {place}")
                problem = problem.format(level=row[0], key=row[1], year=row[3], place=place)
                remedy = _(
                    "Correct it at the source; a theme can hold one value per area, year and indicator"
                )
                raise SourceError(reader.name, reader.place(entry), problem, remedy)
            self.rows[key], self.places[key] = row, (reader.geography.id, reader.place(entry))


class _Reader:
    """Reads the series of one theme for one geography."""

    def __init__(self, theme: Theme, where: Atlas, geography: Geography, name: str) -> None:
        self.theme, self.where, self.geography, self.name = theme, where, geography, name
        level = where.levels[geography.id]
        self.areas = [
            None if key in where.ignore else Area(level, key.zfill(where.pad), label)
            for key, label in geography.features
        ]
        self.comparisons = [
            Area(place.level, place.key, place.name) if place else None
            for place in (where.comparisons.get(key) for key, _name in geography.comparisons)
        ]

    def rows(self, entry: Series, indicator: Indicator) -> Iterator[tuple[Any, ...]]:
        """One row per area. Comparison values may be fewer than their features, never more."""
        if len(entry.values) != len(self.areas) or len(entry.comparisons) > len(self.comparisons):
            problem = _(
                "{values} values for {features} features, {comparisons} for {compared} comparison features"
            ).format(
                values=len(entry.values),
                features=len(self.areas),
                comparisons=len(entry.comparisons),
                compared=len(self.comparisons),
            )
            raise SourceError(self.name, self.place(entry), problem, _("No value can be given to its area"))
        missing = (None,) * (len(self.comparisons) - len(entry.comparisons))
        values = (*entry.values, *entry.comparisons, *missing)
        for area, value in zip((*self.areas, *self.comparisons), values, strict=True):
            if area is not None:
                yield self._row(entry, indicator, area, value)

    def place(self, entry: Series) -> str:
        """Where a series stands, in words."""
        words: str = _("{geography}, indicator {id}, {date}")
        return words.format(geography=self.geography.id, id=entry.id, date=entry.date)

    def _row(self, entry: Series, indicator: Indicator, area: Area, value: Any) -> tuple[Any, ...]:
        year = re.search(r"(?:19|20)\d\d", entry.date)
        if year is None:
            raise SourceError(self.name, self.place(entry), _("its date has no year"), form())
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        content = Content(exact(value) if is_number else value)
        try:
            cell = understand(content, _SIGNS | self.theme.signs)
        except CellError as error:
            place = _("{place}, area {area}").format(place=self.place(entry), area=area.key)
            raise SourceError(self.name, place, str(error), _("Add the sign to the theme")) from error
        reference = indicator.reference or self.theme.reference
        return (
            area.level,
            area.key,
            area.name,
            int(year[0]),
            reference.format(year=year[0]) if reference else None,
            indicator.id,
            indicator.label_de,
            cell.value,
            cell.status,
            cell.flag,
            indicator.unit,
            None,
        )
