"""Plugin `herne_quality`: the place where validation meets CKAN.

It only tells CKAN where things are. The commands belong to the portal's command group; the rules themselves
know nothing of CKAN.
"""

from typing import Any

from ckan import plugins
from ckan.plugins import toolkit
from ckanext.herne.quality.reports.actions import ACTIONS, AUTH_FUNCTIONS


@toolkit.blanket.actions(ACTIONS)
@toolkit.blanket.auth_functions(AUTH_FUNCTIONS)
@toolkit.blanket.blueprints
@toolkit.blanket.config_declarations
@toolkit.blanket.helpers
class HerneQualityPlugin(plugins.SingletonPlugin):
    """What GovData would say about a dataset."""

    plugins.implements(plugins.IConfigurer)

    def update_config(self, config: Any) -> None:
        """Bring in templates and assets."""
        toolkit.add_template_directory(config, "templates")
        toolkit.add_resource("assets", "herne_quality")
