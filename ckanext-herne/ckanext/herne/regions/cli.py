"""The commands `ckan herne regions ...`: an operator loads the city's spatial units."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from ckan.plugins.toolkit import _
from ckanext.herne.portal.language import in_the_portals_language, page_language
from ckanext.herne.regions.levels import LEVELS

if TYPE_CHECKING:
    from ckanext.herne.regions.units import Regions

COULD_NOT_LOAD = 2


@click.group()
def regions() -> None:
    """Spatial units of the city: districts, quarters, statistical districts."""


@regions.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--level", "only_level", type=click.Choice(list(LEVELS)), help="The level of all units in it.")
@click.option("--level-property", "level", default="level", show_default=True, help="Where the level stands.")
@click.option("--key", default="key", show_default=True, help="Where the key stands; kept as text.")
@click.option("--name", default="name", show_default=True, help="Where the name stands.")
@click.option(
    "--parent", default="parent_key", show_default=True, help="Where the key of the unit above stands."
)
@click.option(
    "--crs", default="", help="Reference system, e.g. EPSG:25832, if the file names none or a wrong one."
)
@click.option("--dry-run", is_flag=True, help="Check the file and store nothing.")
@click.pass_context
def load(context: click.Context, /, file: Path, crs: str, *, dry_run: bool, **options: Any) -> None:
    """Load spatial units from FILE (GeoJSON, or CSV without geometry).

    Outlines are checked, brought into degrees and simplified; each unit must lie in one of the next level
    above that is there. The levels in FILE take the place of what was loaded of them before; others stay.

    \b
    Exit status: 0 loaded, 2 the file cannot be loaded and nothing was changed.
    """
    from ckanext.herne.regions import loading
    from ckanext.herne.regions.problems import RegionError
    from ckanext.herne.regions.reading import Names

    options["only_level"] = options["only_level"] or ""
    try:
        found = loading.load(file.read_bytes(), file.name, Names(**options), crs, dry_run=dry_run)
    except RegionError as error:
        click.echo(str(error), err=True)
        sys.exit(COULD_NOT_LOAD)
    with in_the_portals_language(context):
        for line in _counted(found.regions):
            click.echo(line)
        click.echo(_outcome(changed=found.changed, dry_run=dry_run))


def _counted(found: Regions) -> list[str]:
    """How many units of each level there are now, and how many Herne has."""
    counts = {level: sum(unit.level == level.id for unit in found) for level in LEVELS.values()}
    return [
        _("{level}: {count} of {all}").format(
            level=level.label(page_language()), count=count, all=level.units
        )
        for level, count in counts.items()
        if count
    ]


def _outcome(*, changed: bool, dry_run: bool) -> str:
    if dry_run:
        return str(_("Nothing was stored."))
    if not changed:
        return str(_("Nothing has changed."))
    return str(_("Stored. So that datasets are found by district: ckan search-index rebuild"))


@regions.command()
def clear() -> None:
    """Forget all units; datasets keep what they say of their area."""
    from ckanext.herne.regions import store
    from ckanext.herne.regions.units import Regions

    store.replace(Regions())
