"""The commands `ckan herne hits`: what would be read of a statistical workbook. They store nothing."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from ckan.plugins.toolkit import _
from ckanext.herne.portal.language import in_the_portals_language

if TYPE_CHECKING:
    from ckanext.herne.harvesters.hits.inspection import Inspection

FINE, NOT_FINE, NOT_READ = 0, 1, 2


@click.group()
def hits() -> None:
    """Statistical workbooks (HiTS)."""


@hits.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--theme", "chosen", metavar="NAME|FILE", help="Read with this theme instead of a drafted one.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def inspect(context: click.Context, /, file: Path, chosen: str | None, *, as_json: bool) -> None:
    """Draft the theme of a workbook (xlsx, xls, ods) and show what would be read with it.

    Shows each sheet's drafted description (save it as harvesters/hits/themes/NAME.yaml and correct it), a
    preview, and every cell that was not understood. Also takes the data.js of an InstantAtlas report.

    \b
    Exit status: 0 all figures would be read, 1 some cells stop the theme, 2 the file cannot be read.
    """
    with in_the_portals_language(context):
        code = _inspect(file, chosen, as_json=as_json)
    sys.exit(code)


def _inspect(file: Path, chosen: str | None, *, as_json: bool) -> int:
    # polars and the tables take a second to load; the other commands need none of this
    from ckanext.herne.harvesters.hits import inspection, outline
    from ckanext.herne.harvesters.hits.theme import Theme, theme
    from ckanext.herne.harvesters.operations.config import read
    from ckanext.herne.harvesters.operations.errors import ConfigError, SourceError

    try:
        if file.suffix in (".js", ".json"):
            click.echo(outline.told(file.name, file.read_bytes(), as_json=as_json))
            return FINE
        given = (read(Path(chosen), Theme) if chosen.endswith(".yaml") else theme(chosen)) if chosen else None
        found = inspection.inspect(file.name, file.read_bytes(), given)
    except (SourceError, ConfigError) as error:
        click.echo(json.dumps({"error": str(error)}) if as_json else str(error), err=not as_json)
        return NOT_READ
    if as_json:
        click.echo(json.dumps([one.told() for one in found], ensure_ascii=False, indent=2))
    else:
        click.echo("\n\n".join(_text(one) for one in found))
    return FINE if any(one.is_fine for one in found) and not any(one.problems for one in found) else NOT_FINE


def _text(one: Inspection) -> str:
    """A sheet's inspection for people."""
    from ckanext.herne.harvesters.hits.inspection import as_yaml

    lines = ["== " + _("Sheet '{name}'").format(name=one.sheet)]
    if one.theme is not None:
        figures = _("{count} figures: {statuses}").format(count=one.rows, statuses=_counts(one))
        lines += ["", as_yaml(one.theme).rstrip(), "", figures, *(_line(row) for row in one.preview)]
    problems = [f"{entry['cell']}: {entry['problem']}. {entry['remedy']}" for entry in one.problems]
    outside = [f"{entry['cell']}: {entry['content']} ({entry['why']})" for entry in one.outside]
    for title, texts in (
        (_("Not understood"), problems),
        (_("Figures outside the table"), outside),
        (_("Rows left out"), one.skipped),
        (_("Columns no indicator reads"), one.unread),
        (_("Look at"), one.warnings),
    ):
        lines += ["", f"{title}:", *(f"  {text}" for text in texts)] if texts else []
    return "\n".join(lines)


def _counts(one: Inspection) -> str:
    return ", ".join(f"{count} {status}" for status, count in one.statuses.items())


def _line(row: dict[str, object]) -> str:
    said = row["value"] if row["value"] is not None else f"[{row['status']}]"
    area = f"{row['level']} {row['area_id']} {row['area']}"
    return f"  {area} | {row['year']} | {row['indicator']} = {said} {row['unit']}"
