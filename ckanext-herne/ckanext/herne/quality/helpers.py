"""What the templates of quality ask."""

from __future__ import annotations

from typing import Any

from ckanext.herne.portal.language import page_language
from ckanext.herne.quality.mqa import rating_label
from ckanext.herne.quality.reports import store

__all__ = ["herne_verdict"]


def herne_verdict(package_id: str) -> dict[str, Any] | None:
    """What the stored report says in short: `conforms`, `violations`, and `rating` in the page's language
    ("" for a service, which has no score); None if there is no report yet."""
    stored = store.find(package_id)
    if stored is None:
        return None
    conforms, violations, _warnings, _infos, points = stored.in_short
    rating = "" if points is None else rating_label(points, page_language())
    return {"conforms": conforms, "violations": violations, "rating": rating}
