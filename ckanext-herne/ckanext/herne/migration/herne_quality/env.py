"""Alembic's environment for the tables of the plugin `herne_quality`."""

from ckanext.herne.quality.reports.model import metadata
from ckanext.herne.migration.environment import run

run("herne_quality", metadata)
