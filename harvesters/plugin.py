"""CKAN's harvester plugins of the suite.

They translate CKAN's gather, fetch and import into calls of `harvesters.operations`; what a source means
(sensors, statistics) lives in the rooms beside this file.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
from ckanext.harvest.interfaces import IHarvester


class SensorThingsHarvester(p.SingletonPlugin):
    """Harvest sources of the type `herne_sensorthings`."""

    p.implements(IHarvester)

    def info(self) -> dict[str, Any]:
        return {
            "name": "herne_sensorthings",
            "title": "OGC SensorThings 1.1",
            "description": "Hourly aggregates of sensor observations",
        }


class HitsHarvester(p.SingletonPlugin):
    """Harvest sources of the type `herne_hits`."""

    p.implements(IHarvester)

    def info(self) -> dict[str, Any]:
        return {
            "name": "herne_hits",
            "title": "HiTS",
            "description": "Statistical tables of the city's districts",
        }
