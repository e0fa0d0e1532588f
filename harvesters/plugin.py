"""CKAN's harvester plugins of the suite: which kinds of sources there are, and what they are called.

What a source means (sensors, statistics, catalogues) lives in the rooms beside this file, what happens to it
in `harvesters.operations`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.lib import search
from ckanext.harvest.interfaces import IHarvester
from ckanext.herne.harvesters.hits.source import HitsSource
from ckanext.herne.harvesters.operations.auth import checked
from ckanext.herne.harvesters.sensors.source import SensorSource

if TYPE_CHECKING:
    from collections.abc import Callable

    from ckanext.herne.harvesters.operations.source import Source


@tk.chained_action
def harvest_source_reindex(_next: Callable[..., Any], context: dict[str, Any], data: dict[str, Any]) -> bool:
    """Indexes a harvest source as any dataset.

    ckanext-harvest 1.6.3 indexes data that were not validated; on CKAN 2.12 the source then loses its type,
    configuration and frequency in `harvest_source_show`.
    """
    tk.check_access("harvest_source_reindex", context, data)
    search.rebuild(tk.get_or_bust(data, "id"))
    return True


class Harvester:
    """A harvester for one kind of source.

    ckanext-harvest calls its three stages from consumers of its own, one message after the other. Here the
    first stage is the whole run, and leaves nothing to the others.
    """

    source: type[Source]

    def validate_config(self, config: str) -> str:
        source = self.source.configured(config)
        checked(source.config)
        return source.canonical()

    def gather_stage(self, harvest_job: Any) -> list[str]:
        from ckanext.herne.harvesters.operations import runs
        from ckanext.herne.harvesters.operations.work import work

        runs.create(harvest_job.id, harvest_job.source_id, "run", accept_deletions=False)
        work(harvest_job.id)
        return []

    def fetch_stage(self, harvest_object: Any) -> bool:
        return False

    def import_stage(self, harvest_object: Any) -> bool:
        return False

    def get_actions(self) -> dict[str, Any]:
        return {"harvest_source_reindex": harvest_source_reindex}


class SensorHarvester(Harvester, p.SingletonPlugin):
    """Harvest sources of the type `herne_sensorthings`."""

    p.implements(p.IActions)
    p.implements(IHarvester)
    source = SensorSource

    def info(self) -> dict[str, Any]:
        return {
            "name": "herne_sensorthings",
            "title": tk._("Sensors (OGC SensorThings, NGSI-LD, QuantumLeap)"),
            "description": tk._(
                "Hours and days of one domain of a sensor platform, for example air quality or parking"
            ),
        }


class HitsHarvester(Harvester, p.SingletonPlugin):
    """Harvest sources of the type `herne_hits`."""

    p.implements(p.IActions)
    p.implements(IHarvester)
    source = HitsSource

    def info(self) -> dict[str, Any]:
        return {
            "name": "herne_hits",
            "title": tk._("HiTS statistics (workbooks, InstantAtlas)"),
            "description": tk._("Statistics of the city's districts, one theme of all years"),
        }
