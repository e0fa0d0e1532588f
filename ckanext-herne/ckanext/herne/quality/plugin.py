"""Plugin `herne_quality`: the place where validation meets CKAN.

It takes part in CKAN's start so that the room is found when the plugin list names it. The command
`ckan herne validate` belongs to the portal's command group; the rules themselves know nothing of CKAN.
"""

from ckan import plugins
from ckan.plugins import toolkit


@toolkit.blanket.config_declarations
class HerneQualityPlugin(plugins.SingletonPlugin):
    """What GovData would say about a dataset."""
