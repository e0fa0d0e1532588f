"""The command group `ckan herne`. Each room brings its own commands; this module only gathers them."""

from __future__ import annotations

import click


@click.group()
def herne() -> None:
    """Open Data Herne: work on the portal's metadata."""


def get_commands() -> list[click.Group]:
    """CKAN's hook: the groups that become commands of `ckan`."""
    return [herne]
