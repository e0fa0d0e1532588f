"""High-value datasets (Regulation (EU) 2023/138): the tick and the category belong together. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ckanext.herne.portal.defaults import is_empty

if TYPE_CHECKING:
    from collections.abc import Mapping

YES = ("true", "1", "yes", "on", "ja")
NO = ("false", "0", "no", "off", "nein")


def tick(value: Any) -> bool | None:
    """What a tick says; None for a value that is neither yes nor no."""
    text = str(value).strip().lower()
    return True if text in YES else False if text in NO or is_empty(value) else None


def with_tick(dataset: Mapping[str, Any]) -> dict[str, Any]:
    """`dataset` ticked if it names a category and leaves the tick open."""
    if is_empty(dataset.get("hvd")) and not is_empty(dataset.get("hvd_category")):
        return {**dataset, "hvd": "true"}
    return dict(dataset)


def fault(dataset: Mapping[str, Any]) -> str:
    """Why tick and category contradict: "category" (there is none), "tick" (it says no); empty if not."""
    ticked, category = tick(dataset.get("hvd")), not is_empty(dataset.get("hvd_category"))
    if ticked and not category:
        return "category"
    return "tick" if ticked is False and category else ""
