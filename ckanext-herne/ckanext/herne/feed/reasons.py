"""Why a package is held back: the violations in its stored report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ckanext.herne.portal.language import page_language
from ckanext.herne.quality.reports import store as reports

if TYPE_CHECKING:
    from ckanext.herne.quality.report import Result


def violations(package_id: str) -> list[Result]:
    """The results that keep a package from the feed."""
    stored = reports.find(package_id)
    return [result for result in stored.report.results if result.severity == "Violation"] if stored else []


def messages(package_id: str) -> list[str]:
    """What they say in the page's language, each once."""
    return list(dict.fromkeys(result.message(page_language()) for result in violations(package_id)))
