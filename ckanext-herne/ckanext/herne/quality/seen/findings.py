"""What validation and the European score would have mended, and the way to the control that mends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ckanext.herne.portal.language import page_language
from ckanext.herne.quality import links
from ckanext.herne.quality.places import Place, place_of

SEVERITIES = ("Violation", "Warning", "Info")


@dataclass(frozen=True, slots=True)
class Finding:
    """What does not hold of what (`owner`: a resource's name, or "" for the package), and what to do."""

    owner: str
    message: str
    remedy: str
    value: str
    address: str


@dataclass(frozen=True, slots=True)
class Gain:
    """What would raise the score by how many points, and where to do it ("" if no control does)."""

    hint: str
    points: int
    address: str


def findings(results: list[dict[str, Any]], package: dict[str, Any]) -> list[tuple[str, list[Finding]]]:
    """The results (as in `Result`) of a stored package by severity, the worst first."""
    grouped = [(severity, [row for row in results if row["severity"] == severity]) for severity in SEVERITIES]
    return [(severity, [_finding(row, package) for row in rows]) for severity, rows in grouped if rows]


def gains(score: dict[str, Any], package: dict[str, Any]) -> list[Gain]:
    """What would raise a score (`Score.as_dict`): first what a control does, most points first."""
    found = [
        Gain(row[f"hint_{_column()}"], row["possible"], _where(row["field"], score, package))
        for row in score["metrics"]
        if row["state"] == "missed"
    ]
    return sorted(found, key=lambda gain: (not gain.address, -gain.points))


def labelled(row: dict[str, Any]) -> str:
    """The label of a dimension or metric in the page's language."""
    return str(row[f"label_{_column()}"])


def _finding(result: dict[str, Any], package: dict[str, Any]) -> Finding:
    place, column = place_of(result, package["resources"]), _column()
    names = {row["id"]: str(row.get("name") or "") for row in package["resources"]}
    message, remedy = result[f"message_{column}"], result[f"remedy_{column}"]
    owner = names.get(place.resource, "")
    return Finding(owner, message, remedy, result["value"], links.mending(package, place))


def _where(field: str, score: dict[str, Any], package: dict[str, Any]) -> str:
    if not field:
        return ""
    if not field.startswith("resources."):
        return links.mending(package, Place(field))
    best = place_of({"focus": score["distribution"], "field": field.partition(".")[2]}, package["resources"])
    return links.mending(package, best if best.resource else Place(links.RESOURCES))


def _column() -> str:
    return "en" if page_language().startswith("en") else "de"
