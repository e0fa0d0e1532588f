"""The plugin `herne_harvest`: operating harvests, whatever their source."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckanext.herne.harvest.actions import ACTIONS, AUTH_FUNCTIONS
from ckanext.herne.harvest.provenance import herne_harvest_provenance
from ckanext.herne.harvest.views import BLUEPRINTS
from ckanext.herne.harvesters.operations import scheduling
from flask import Blueprint

beat = Blueprint("herne_harvest_beat", __name__)
beat.before_app_request(scheduling.watch)


@tk.blanket.actions({**ACTIONS, "herne_harvest_provenance": herne_harvest_provenance})
@tk.blanket.auth_functions(AUTH_FUNCTIONS)
@tk.blanket.config_declarations
@tk.blanket.helpers
class HerneHarvestPlugin(p.SingletonPlugin):
    """Runs, reports and watches harvests."""

    p.implements(p.IBlueprint)
    p.implements(p.IConfigurer)

    def update_config(self, config: Any) -> None:
        """Bring in templates and assets."""
        tk.add_template_directory(config, "templates")
        tk.add_resource("assets", "herne_harvest")

    def get_blueprint(self) -> list[Any]:
        """The pages, registered before ckanext-harvest's so that they win, and what looks after the beat."""
        return [*BLUEPRINTS, beat]
