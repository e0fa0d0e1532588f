"""The addresses of the harvest, as the plugin registers them: before ckanext-harvest's, so that they win."""

from ckanext.herne.harvest.metrics.views import metrics
from ckanext.herne.harvest.pages.atom import atom
from ckanext.herne.harvest.pages.doing import doing
from ckanext.herne.harvest.pages.views import pages

BLUEPRINTS = [pages, doing, atom, metrics]
