"""Herne's spatial units: city > 4 Stadtbezirke > 13 Ortsteile > 32 Statistische Bezirke.

Levels and names are data files here. Keys come from the sources, geometry from the operator; neither is made
up.
"""

from ckanext.herne.regions.levels import LEVELS, Level

__all__ = ["LEVELS", "Level"]
