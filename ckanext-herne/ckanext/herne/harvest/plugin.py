"""The plugin `herne_harvest`: operating harvests, whatever their source."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckanext.herne.harvest.views import BLUEPRINTS


class HerneHarvestPlugin(p.SingletonPlugin):
    """Runs, reports and watches harvests."""

    p.implements(p.IBlueprint)
    p.implements(p.IConfigurer)

    def update_config(self, config: Any) -> None:
        """Bring in templates and assets."""
        tk.add_template_directory(config, "templates")
        tk.add_resource("assets", "herne_harvest")

    def get_blueprint(self) -> list[Any]:
        """The addresses of the pages; registered before ckanext-harvest's, they win."""
        return BLUEPRINTS
