"""Alembic's environment for the tables of the plugin `herne_harvest`."""

from ckanext.herne.harvest.model import metadata
from ckanext.herne.migration.environment import run

run("herne_harvest", metadata)
