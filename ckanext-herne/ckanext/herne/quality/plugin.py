"""Plugin `herne_quality`: the place where validation meets CKAN.

It only tells CKAN where things are. The commands belong to the portal's command group; the rules themselves
know nothing of CKAN.
"""

from typing import Any

from ckan import plugins
from ckan.plugins import toolkit
from ckanext.herne.quality.reports import triggers


@toolkit.blanket.config_declarations
class HerneQualityPlugin(plugins.SingletonPlugin):
    """What GovData would say about a dataset."""

    plugins.implements(plugins.IDomainObjectModification)

    def notify(self, entity: Any, operation: str) -> None:
        """Have the report of a new or changed package brought up to date."""
        triggers.notice(entity)
