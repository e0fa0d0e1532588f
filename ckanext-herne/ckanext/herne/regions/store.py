"""Where the loaded units are kept: one document in CKAN's own table of settings, replaced as a whole."""

from __future__ import annotations

from functools import lru_cache

from ckan import model
from ckan.model.system_info import SystemInfo, set_system_info
from ckanext.herne.regions.units import Name, Regions

KEY = "ckanext.herne.regions"


def regions() -> Regions:
    """The units; none before an operator has loaded some (`ckan herne regions load`)."""
    text = model.Session.query(SystemInfo.value).filter_by(key=KEY, state="active").scalar()
    return _decoded(text) if text else Regions()


_decoded = lru_cache(maxsize=2)(Regions.decode)


def areas() -> dict[Name, str]:
    """The geometries that are known, as GeoJSON text by level and key."""
    return {unit.id: unit.geometry for unit in regions() if unit.geometry}


def replace(units: Regions) -> bool:
    """Keeps these units instead of those there are; False if they are the same and nothing was written."""
    return bool(set_system_info(KEY, units.encode())) if units.encode() != regions().encode() else False
