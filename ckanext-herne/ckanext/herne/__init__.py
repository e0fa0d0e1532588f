"""Herne open-data suite: the CKAN extension and its rooms."""
