"""The pages of quality, as CKAN finds them: each room brings a blueprint of its own."""

from ckanext.herne.quality.pages.views import pages
from ckanext.herne.quality.panel.views import panel
from ckanext.herne.quality.seen.views import seen

__all__ = ["pages", "panel", "seen"]
