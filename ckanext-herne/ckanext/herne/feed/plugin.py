"""The plugin `herne_feed`: publishes what is saved, and answers where our profile is wanted."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.common import config_declaration
from ckanext.herne.feed import gate, triggers
from ckanext.herne.feed.actions import ACTIONS, AUTH_FUNCTIONS
from ckanext.herne.feed.conditional import Conditional
from ckanext.herne.feed.dashboard import dashboard
from ckanext.herne.feed.discovery.views import discovery
from ckanext.herne.feed.views import feed


@tk.blanket.actions(ACTIONS)
@tk.blanket.auth_functions(AUTH_FUNCTIONS)
@tk.blanket.config_declarations
@tk.blanket.helpers
class HerneFeedPlugin(p.SingletonPlugin):
    """Serves the catalogue."""

    p.implements(p.IBlueprint)
    p.implements(p.IConfigurer, inherit=True)
    p.implements(p.IDomainObjectModification)
    p.implements(p.IMiddleware, inherit=True)

    def update_config(self, config: Any) -> None:
        """Bring in the templates."""
        tk.add_template_directory(config, "templates")

    def get_blueprint(self) -> list[Any]:
        """The addresses of the feed; registered before ckanext-dcat's, they win."""
        return [feed, discovery, dashboard]

    def make_middleware(self, app: Any, config: Any) -> Any:
        """Answer conditional requests for the catalogue before anything else sees them."""
        app.wsgi_app = Conditional(app)
        return app

    def update_config_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Let administrators change the gate's mode while the portal runs."""
        return {**schema, gate.OPTION: config_declaration.into_schema()[gate.OPTION]}

    def notify(self, entity: Any, operation: str) -> None:
        """Have a saved package published when the save is committed."""
        triggers.notice(entity)
