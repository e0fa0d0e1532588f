"""The command `ckan herne read`: shows what moving a catalogue in would do. It stores nothing."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click
from ckan.plugins.toolkit import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from ckanext.herne.harvesters.catalogues.preview import Preview
    from ckanext.herne.quality import Result

FINE, NOT_FINE, NOT_READ = 0, 1, 2
HIDDEN = ("id", "metadata_created", "metadata_modified", "further_statements")


@click.command()
@click.argument("source", metavar="FILE|URL")
@click.option("--dataset", "only", default="", metavar="URI", help="Only this record.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--language", type=click.Choice(["de", "en"]), default="de", show_default=True)
@click.option("--rdf-format", default="", help="Media type, if the server names a wrong one.")
@click.pass_context
def read(context: click.Context, source: str, only: str, form: str, language: str, rdf_format: str) -> None:
    """Read a DCAT-AP.de catalogue (1.x to 3.0) and say what would be stored. Nothing is stored.

    For each dataset, series and service: the fields, what was brought into today's form, what has no field,
    and the verdict of our shapes before and after. A URL is followed from page to page (hydra:next).

    \b
    Exit status: 0 every record would come in and conform, 1 some would not, 2 the source cannot be read.
    """
    # texts are translated for a page only: this command writes one
    with context.meta["flask_app"].test_request_context(environ_overrides={"CKAN_LANG": language}):
        sys.exit(_read(source, only, form, rdf_format))


def _read(source: str, only: str, form: str, rdf_format: str) -> int:
    # CKAN's actions and the shapes take a second to load; the other commands need none of this
    from ckanext.herne.harvesters.catalogues import collect, preview
    from ckanext.herne.harvesters.operations.errors import SourceError
    from ckanext.herne.harvesters.operations.http import Http
    from ckanext.herne.harvesters.operations.http.options import limits

    try:
        # who runs commands on the server may read what the server can reach
        http = Http(allow_private=True, limits=limits().at_least(collect.LARGE))
        found = collect.catalogue(source, http, rdf_format)
        previews = preview.chosen(found.graph, source, only)
    except SourceError as error:
        click.echo(str(error), err=True)
        return NOT_READ
    click.echo(FORMATS[form](previews))
    if form == "text" and not only:
        click.echo("\n".join(_catalogue_lines(preview.catalogues(found.graph))))
    return FINE if all(one.is_fine for one in previews) else NOT_FINE


def _catalogue_lines(found: list[dict[str, Any]]) -> list[str]:
    """What an old catalogue says about itself: nobody should be surprised that it stays behind."""
    lines = []
    for said in found:
        lines += ["", _("The catalogue's own description is not taken over:")]
        lines += [f"  {field}: {_short(value)}" for field, value in sorted(said.items()) if value]
    return lines


def as_text(previews: list[Preview]) -> str:
    """The previews for people; sums at the end."""
    from ckanext.herne.harvesters.catalogues import report

    lines = [line for one in previews for line in [*_lines(one), ""]]
    counts = report.counts(note for one in previews for note in one.notes)
    fine = sum(one.is_fine for one in previews)
    lines.append(
        _("{total} records, {fine} would come in and conform.").format(total=len(previews), fine=fine)
    )
    lines += [f"  {count} × {report.label(kind)}" for kind, count in counts.items() if count]
    return "\n".join(lines)


def _lines(one: Preview) -> list[str]:
    from ckanext.herne.harvesters.catalogues import report

    lines = [f"{one.record.title or one.record.guid} <{one.record.guid}>"]
    if one.error:
        lines.append("  " + _("Would not come in: {error}").format(error=one.error))
    lines += [
        f"  {field}: {_short(value)}"
        for field, value in sorted(one.dataset.items())
        if _is_shown(field, value)
    ]
    for kind in report.KINDS:
        notes = [note for note in one.notes if note.kind == kind]
        lines += [f"  {report.label(kind)}:"] if notes else []
        lines += [f"    {report.sentence(note)}" for note in notes]
    words = {_("Shapes before"): one.before, _("Shapes after"): one.after}
    return lines + [f"  {name}: {_verdict(results)}" for name, results in words.items()]


def _is_shown(field: str, value: Any) -> bool:
    return field not in HIDDEN and value not in ("", None, [], {})


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = " ".join(text.split())
    return text if len(text) <= 300 else text[:300] + "…"


def _verdict(results: tuple[Result, ...]) -> str:
    violations = sum(result.severity == "Violation" for result in results)
    warnings = sum(result.severity == "Warning" for result in results)
    text: str = _("{violations} violations, {warnings} warnings")
    return text.format(violations=violations, warnings=warnings)


def as_json(previews: list[Preview]) -> str:
    """The previews as a JSON list, one object a record."""
    from ckanext.herne.harvesters.catalogues import report

    content = [
        {
            "guid": one.record.guid,
            "title": one.record.title,
            "error": one.error,
            "dataset": one.dataset,
            "counts": report.counts(one.notes),
            "notes": [report.told(note) for note in one.notes],
            "before": [asdict(result) for result in one.before],
            "after": [asdict(result) for result in one.after],
            "fine": one.is_fine,
        }
        for one in previews
    ]
    return json.dumps(content, ensure_ascii=False, indent=2)


FORMATS: dict[str, Callable[[list[Preview]], str]] = {"text": as_text, "json": as_json}
