"""The command group `ckan herne`. Each room brings its own commands; this module only gathers them."""

from __future__ import annotations

import click
from ckanext.herne.feed.cli import feed
from ckanext.herne.files.cli import files
from ckanext.herne.harvest.cli import harvest
from ckanext.herne.harvesters.catalogues.cli import read
from ckanext.herne.harvesters.hits.cli import hits
from ckanext.herne.quality.cli import shapes, validate
from ckanext.herne.quality.reports.cli import reports
from ckanext.herne.regions.cli import regions

__all__ = ["herne"]


@click.group()
def herne() -> None:
    """Open Data Herne: work on the portal's metadata."""


herne.add_command(feed)
herne.add_command(files)
herne.add_command(harvest)
herne.add_command(hits)
herne.add_command(read)
herne.add_command(regions)
herne.add_command(reports)
herne.add_command(validate)
herne.add_command(shapes)
