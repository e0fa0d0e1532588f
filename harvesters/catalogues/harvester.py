"""The harvester `herne_dcat`: whole catalogues of other portals."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckanext.harvest.interfaces import IHarvester
from ckanext.herne.harvesters.catalogues import views
from ckanext.herne.harvesters.catalogues.source import CatalogueSource
from ckanext.herne.harvesters.plugin import Harvester


class CatalogueHarvester(Harvester, p.SingletonPlugin):
    """Harvest sources of the type `herne_dcat`."""

    p.implements(p.IActions)
    p.implements(p.IConfigurer)
    p.implements(p.ITemplateHelpers)
    p.implements(IHarvester)
    source = CatalogueSource

    def info(self) -> dict[str, Any]:
        return {
            "name": "herne_dcat",
            "title": tk._("Catalogue of another portal (DCAT-AP.de)"),
            "description": tk._(
                "Datasets, series and services of a DCAT-AP.de catalogue, version 1.x to 3.0"
            ),
        }

    def update_config(self, config: Any) -> None:
        tk.add_template_directory(config, "templates")

    def get_actions(self) -> dict[str, Any]:
        return {**super().get_actions(), "herne_harvest_report": views.herne_harvest_report}

    def get_helpers(self) -> dict[str, Any]:
        return {"herne_harvest_report": views.job_report}
