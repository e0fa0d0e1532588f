"""What an InstantAtlas file holds, for a person who describes a theme by it."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from ckanext.herne.harvesters.hits import report


def told(name: str, content: bytes, *, as_json: bool) -> str:
    """Geographies and themes of an index, or the series of a theme file. Raises SourceError."""
    found = outline(name, report.document(name, content))
    if as_json:
        return json.dumps(found, ensure_ascii=False, indent=2)
    return "\n".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in found.items())


def outline(name: str, document: dict[str, Any]) -> dict[str, Any]:
    """The same as JSON types."""
    if "geographies" not in document:
        return {"theme": document.get("id"), "title": document.get("name")} | _series(name, document)
    return {
        geography.id: {
            "name": geography.name,
            "features": len(geography.features),
            "first": dict(geography.features[:3]),
            "comparisons": dict(geography.comparisons),
            "themes": {
                key: {"title": str(theme.get("themeName") or theme.get("name")), "file": geography.files(key)}
                | ({} if geography.files(key) else _series(name, theme))
                for key, theme in geography.themes.items()
            },
        }
        for geography in report.geographies(name, document)
    }


def _series(name: str, theme: dict[str, Any]) -> dict[str, Any]:
    found = list(report.series(name, theme))
    doubtful = Counter(
        str(value) for one in found for value in one.values if str(value) in ("0", "NaN", "None")
    )
    names = {one.id: one.name for one in found}
    return {
        "indicators": names,
        "dates": sorted({one.date for one in found}),
        "in doubt or missing": dict(doubtful),
    }
