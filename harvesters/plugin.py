"""CKAN's harvester plugins of the suite.

They hand CKAN's gather, fetch and import over to `harvesters.operations`; what a source means (sensors,
statistics) lives in the rooms beside this file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.lib import search
from ckanext.harvest.interfaces import IHarvester
from ckanext.herne.harvesters.hits.source import HitsSource
from ckanext.herne.harvesters.operations import stages
from ckanext.herne.harvesters.operations.auth import checked
from ckanext.herne.harvesters.sensors.source import SensorThingsSource

if TYPE_CHECKING:
    from collections.abc import Callable

    from ckanext.herne.harvesters.operations.harvest import Source


@tk.chained_action
def harvest_source_reindex(_next: Callable[..., Any], context: dict[str, Any], data: dict[str, Any]) -> bool:
    """Indexes a harvest source as any dataset.

    ckanext-harvest 1.6.3 indexes data that were not validated; on CKAN 2.12 the source then loses its type,
    configuration and frequency in `harvest_source_show`.
    """
    tk.check_access("harvest_source_reindex", context, data)
    search.rebuild(tk.get_or_bust(data, "id"))
    return True


class _Stages:
    """The stages of a harvester for one kind of source."""

    source: type[Source]

    def validate_config(self, config: str) -> str:
        source = self.source.configured(config)
        checked(source.access)
        return source.canonical()

    def gather_stage(self, harvest_job: Any) -> list[str]:
        return stages.gather(self.source.configured, harvest_job)

    def fetch_stage(self, harvest_object: Any) -> bool:
        return stages.fetch(self.source.configured, harvest_object)

    def import_stage(self, harvest_object: Any) -> stages.Outcome:
        return stages.import_(self.source.configured, harvest_object)

    def get_actions(self) -> dict[str, Any]:
        return {"harvest_source_reindex": harvest_source_reindex}


class SensorThingsHarvester(_Stages, p.SingletonPlugin):
    """Harvest sources of the type `herne_sensorthings`."""

    p.implements(p.IActions)
    p.implements(IHarvester)
    source = SensorThingsSource

    def info(self) -> dict[str, Any]:
        return {
            "name": "herne_sensorthings",
            "title": tk._("Sensors (OGC SensorThings 1.1)"),
            "description": tk._(
                "Hourly values of one domain of a sensor platform, e.g. air quality or parking"
            ),
        }


class HitsHarvester(_Stages, p.SingletonPlugin):
    """Harvest sources of the type `herne_hits`."""

    p.implements(p.IActions)
    p.implements(IHarvester)
    source = HitsSource

    def info(self) -> dict[str, Any]:
        return {
            "name": "herne_hits",
            "title": tk._("HiTS statistics (workbooks)"),
            "description": tk._("Statistics of the city's districts from the workbooks of one theme"),
        }
