"""The pages of quality, as CKAN finds them: each room brings a blueprint of its own."""

from ckanext.herne.quality.panel.views import panel

__all__ = ["panel"]
