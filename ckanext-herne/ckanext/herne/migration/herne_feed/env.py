"""Alembic's environment for the tables of the plugin `herne_feed`."""

from ckanext.herne.feed.model import metadata
from ckanext.herne.migration.environment import run

run("herne_feed", metadata)
