"""Datasets and spatial units: an entry of a dataset's area that names one, and how one finds it by that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
from ckanext.herne.regions.store import regions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ckanext.herne.regions.units import Unit

FIELD = "spatial_coverage"


def with_facts(dataset: Mapping[str, Any]) -> dict[str, Any]:
    """The field of the area, if an entry names a unit: with its address, name, box and centre as loaded.

    They are the unit's own: what an entry said of another place before does not stay with it.
    """
    entries = dataset.get(FIELD)
    if not isinstance(entries, list) or not any(map(_unit, entries)):
        return {}
    return {FIELD: [_filled(entry) for entry in entries]}


def _filled(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    unit = _unit(entry)
    if unit is None:
        return entry
    kept = {name: value for name, value in entry.items() if name not in ("geom", "bbox", "centroid")}
    return {**kept, **unit.coverage(tk.config["ckan.site_url"])}


def _unit(entry: Any) -> Unit | None:
    uri = entry.get("uri") if isinstance(entry, dict) else None
    return regions().by_uri(uri, tk.config["ckan.site_url"]) if uri else None


def found_by(entries: Any) -> list[str]:
    """Under which units one finds a dataset with these entries: those it names, and those around them."""
    named = [unit for unit in map(_unit, entries if isinstance(entries, list) else []) if unit]
    return list(dict.fromkeys(unit.path for one in named for unit in (one, *regions().around(one))))


def label(path: str) -> str:
    """The name of a unit by the end of its address; the end itself if it is not there any more."""
    unit = regions().by_uri(path, tk.config["ckan.site_url"])
    return unit.label if unit else path


def herne_region_choices() -> list[dict[str, str]]:
    """The units a dataset can name: `uri` and `label`."""
    site_url = tk.config["ckan.site_url"]
    return [{"uri": unit.uri(site_url), "label": unit.label} for unit in regions()]
