"""The data of an InstantAtlas report (HTML5 data model 1.2 and 1.3): areas, themes, and series of values.

What the values mean is left to `atlas`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.hits import script
from ckanext.herne.harvesters.operations.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def form() -> str:
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
    try:
        found = msgspec.json.decode(script.as_json(script.text(content)))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        problem = _("not the data of an InstantAtlas report: {detail}")
        raise SourceError(name, "", problem.format(detail=error), form()) from error
    if not isinstance(found, dict) or not {"geographies", "indicators"} & set(found):
        raise SourceError(name, "", _("it has neither geographies nor indicators"), form())
    return found


def geographies(name: str, index: Mapping[str, Any]) -> tuple[Geography, ...]:
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
            name, "geographies", _("a part is missing: {detail}").format(detail=error), form()
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
                name, place, _("a part is missing: {detail}").format(detail=error), form()
            ) from error
