"""Alembic's environment for the tables of the plugin `herne_quality`."""

from ckanext.herne.migration.environment import run
from ckanext.herne.quality.reports.model import metadata

run("herne_quality", metadata)
