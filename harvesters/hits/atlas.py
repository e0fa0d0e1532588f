"""InstantAtlas reports (HTML5 data model 1.2 and 1.3) to tidy rows. Pure: texts in, rows out.

Values stand in the order of the features, so neither is ever sorted or left out alone. A zero may hide a
count that was too small, so it is a number in doubt here; the workbook knows better, where there is one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import polars as pl
from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.hits.areas import Area
from ckanext.herne.harvesters.hits.cells import CellError, understand
from ckanext.herne.harvesters.hits.sheets import Content
from ckanext.herne.harvesters.hits.sheets.formats import exact
from ckanext.herne.harvesters.hits.tidy import SCHEMA
from ckanext.herne.harvesters.operations.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ckanext.herne.harvesters.hits.theme import Atlas, Indicator, Theme

_SIGNS = {"0": "doubtful", "NaN": "missing"}


def _form() -> str:
    remedy: str = _("Check whether the report is whole and of a form this reader knows")
    return remedy


@dataclass(frozen=True)
class Series:
    """The values of an indicator of one date for a geography's features, then for its comparison features."""

    id: str
    name: str
    date: str
    values: tuple[Any, ...]
    comparisons: tuple[Any, ...]


@dataclass(frozen=True)
class Geography:
    """A set of areas with the themes shown for it."""

    id: str
    name: str
    features: tuple[tuple[str, str], ...]
    comparisons: tuple[tuple[str, str], ...]
    themes: dict[str, dict[str, Any]]

    def files(self, theme: str) -> str | None:
        """The name of the file a theme's values stand in, None if they stand here."""
        file = self.themes.get(theme, {}).get("fileName")
        return str(file) if file else None


def document(name: str, content: bytes) -> dict[str, Any]:
    """A data file as JSON, without the byte order mark or the JavaScript around it. Raises SourceError."""
    text = content.decode("utf-8-sig", errors="replace").strip()
    wrapped = re.fullmatch(r"(?:(?:var|let|const)\s+)?[\w.$]+\s*=\s*(.*?);?", text, re.DOTALL)
    try:
        found = msgspec.json.decode(wrapped[1] if wrapped else text)
    except msgspec.DecodeError as error:
        raise SourceError(
            name, "", _("not the data of an InstantAtlas report: {detail}").format(detail=error), _form()
        ) from error
    if not isinstance(found, dict) or not {"geographies", "indicators"} & set(found):
        raise SourceError(name, "", _("it has neither geographies nor indicators"), _form())
    return found


def geographies(name: str, index: dict[str, Any]) -> tuple[Geography, ...]:
    """The geographies of a report's index. Raises SourceError."""
    try:
        return tuple(
            Geography(
                str(entry["id"]),
                str(entry["name"]).strip(),
                _features(entry["features"]),
                _features(entry.get("comparisonFeatures") or []),
                {str(theme.get("themeId") or theme["id"]): theme for theme in entry["themes"]},
            )
            for entry in index["geographies"]
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise SourceError(
            name, "geographies", _("a part is missing: {detail}").format(detail=error), _form()
        ) from error


def _features(entries: list[dict[str, Any]]) -> tuple[tuple[str, str], ...]:
    return tuple((str(entry["id"]), " ".join(str(entry["name"]).split())) for entry in entries)


def series(name: str, theme: dict[str, Any]) -> Iterator[Series]:
    """All series of a theme; those that stand with an indicator are "id/name". Raises SourceError."""
    for entry in theme.get("indicators") or []:
        try:
            own = Series(
                str(entry["id"]),
                str(entry["name"]),
                str(entry.get("date", "")),
                tuple(entry.get("values") or ()),
                tuple(entry.get("comparisonValues") or ()),
            )
            yield own
            for other in entry.get("associates") or []:
                yield Series(
                    f"{own.id}/{other['name']}",
                    f"{own.name}, {other['name']}",
                    own.date,
                    tuple(other.get("values") or ()),
                    tuple(other.get("comparisonValues") or ()),
                )
        except (KeyError, TypeError, AttributeError) as error:
            place = f"indicators, {entry}"[:80]
            raise SourceError(
                name, place, _("a part is missing: {detail}").format(detail=error), _form()
            ) from error


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
    rows: list[tuple[Any, ...]] = []
    for geography in geographies(name, index):
        if geography.id not in where.levels or where.theme not in geography.themes:
            continue
        file = geography.files(where.theme)
        reader = _Reader(theme, where, geography, file or name)
        found = {
            (entry.id, entry.date): entry
            for entry in series(reader.name, parts[file] if file else geography.themes[where.theme])
        }
        for entry in found.values():
            if entry.id in where.indicators:
                rows += reader.rows(entry, known[where.indicators[entry.id]])
    if not rows:
        problem = _("no geography of {geographies} has figures of the theme '{theme}'")
        problem = problem.format(geographies=", ".join(where.levels), theme=where.theme)
        raise SourceError(name, "", problem, _form())
    return pl.DataFrame(rows, schema=SCHEMA, orient="row").unique(
        ["level", "area_id", "year", "indicator"], keep="first", maintain_order=True
    )


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
            raise SourceError(self.name, self._place(entry), problem, _("No value can be given to its area"))
        missing = (None,) * (len(self.comparisons) - len(entry.comparisons))
        values = (*entry.values, *entry.comparisons, *missing)
        for area, value in zip((*self.areas, *self.comparisons), values, strict=True):
            if area is not None:
                yield self._row(entry, indicator, area, value)

    def _place(self, entry: Series) -> str:
        return f"indicator {entry.id}, {entry.date}"

    def _row(self, entry: Series, indicator: Indicator, area: Area, value: Any) -> tuple[Any, ...]:
        year = re.search(r"(?:19|20)\d\d", entry.date)
        if year is None:
            raise SourceError(self.name, self._place(entry), _("its date has no year"), _form())
        content = Content(exact(value) if isinstance(value, int | float) else value)
        try:
            cell = understand(content, _SIGNS | self.theme.signs)
        except CellError as error:
            place = f"{self._place(entry)}, area {area.key}"
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
