"""The commands `ckan herne feed ...`: what an operator does with what the catalogue serves."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from ckan.plugins.toolkit import _
from ckanext.herne.portal.language import in_the_portals_language

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DONE, FAILED, COULD_NOT_RUN = 0, 1, 2
EXPORTED = ("ttl", "rdf", "nt", "jsonld")


@click.group()
def feed() -> None:
    """What GovData and other portals harvest."""


@feed.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def status(context: click.Context, as_json: bool) -> None:
    """Say how many datasets, series and services are served, held back, or out of date."""
    found = _numbers()
    if as_json:
        click.echo(json.dumps(found, indent=1))
        return
    with in_the_portals_language(context):
        for line in _lines(found):
            click.echo(line)


@feed.command()
@click.pass_context
def rebuild(context: click.Context) -> None:
    """Make all of the feed anew, then serve it at once: after an update, or a change of the configuration.

    Until then harvesters get what they got before. When it is interrupted, run it again: it goes on where it
    ended. Progress goes to the standard error.

    \b
    Exit status: 0 done, 1 some datasets failed and are served as before, 2 another rebuild runs.
    """
    from ckanext.herne.feed import rebuild as rebuilding

    with in_the_portals_language(context):
        try:
            with rebuilding.alone():
                failed = _failures(rebuilding.prepared(), rebuilding.remaining(), _("Feed"))
                rebuilding.swap()
        except rebuilding.BusyError:
            click.echo(_("Another rebuild is running. Wait until it is done."), err=True)
            sys.exit(COULD_NOT_RUN)
        click.echo(_("The feed is rebuilt: {served} served, {held} held back.").format(**_numbers()))
    sys.exit(FAILED if failed else DONE)


@feed.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--url", required=True, help="The address that the folder will have on the web.")
@click.option(
    "--format",
    "endings",
    multiple=True,
    type=click.Choice(EXPORTED),
    help="Default: all.",
)
@click.pass_context
def export(context: click.Context, folder: Path, url: str, endings: tuple[str, ...]) -> None:
    """Write the whole catalogue into a folder, as files for any web server.

    Begin with catalog.ttl (rdf, nt, jsonld); the pages link each other. An earlier export in the folder is
    replaced at once when all files are written.

    \b
    Exit status: 0 done, 2 the folder holds something else, or the feed cannot be served now.
    """
    from ckanext.herne.feed import export as exporting
    from ckanext.herne.feed.errors import UnavailableError

    chosen = endings or EXPORTED
    with in_the_portals_language(context):
        try:
            files = exporting.exported(folder, url, chosen)
            length = len(exporting.page_numbers()) * len(chosen)
            with click.progressbar(files, length=length, label=_("Export"), file=sys.stderr) as progress:
                number = len(list(progress))
        except exporting.OccupiedError:
            message = _("{folder} holds other files, which stay. Remedy: name an empty or a new folder.")
            click.echo(message.format(folder=folder), err=True)
            sys.exit(COULD_NOT_RUN)
        except UnavailableError as error:
            click.echo(f"{error} {_('Remedy: ckan herne feed rebuild')}", err=True)
            sys.exit(COULD_NOT_RUN)
        click.echo(_("{number} pages are in {folder}.").format(number=number, folder=folder))


@feed.command()
@click.option("--repair", is_flag=True, help="Mend what is wrong.")
@click.pass_context
def check(context: click.Context, repair: bool) -> None:
    """Compare the feed with the database.

    Names each dataset that lacks in the feed, is out of date or damaged there, or should not be there.

    \b
    Exit status: 0 nothing is wrong (any more), 1 something is.
    """
    from ckanext.herne.feed import check as checking

    with in_the_portals_language(context):
        found = checking.faults()
        for fault in found:
            click.echo(f"{_words(fault.kind)}: {fault.name} ({fault.package_id})")
        if not found:
            click.echo(_("Feed and database agree."))
            sys.exit(DONE)
        if not repair:
            click.echo(_("Remedy: ckan herne feed check --repair"), err=True)
            sys.exit(FAILED)
        outcomes = ((fault.name, error) for fault, error in checking.repaired(found))
        failed = _failures(outcomes, len(found), _("Repair"))
        click.echo(_("{mended} of {found} mended.").format(mended=len(found) - failed, found=len(found)))
    sys.exit(FAILED if failed else DONE)


def _failures(outcomes: Iterable[tuple[str, Exception | None]], length: int, label: str) -> int:
    """How many failed; each is said at once, and keeps the others from nothing."""
    failed = 0
    with click.progressbar(outcomes, length=length, label=label, file=sys.stderr) as progress:
        for package, error in progress:
            if error is not None:
                failed += 1
                message = _("{package}: {error}. It is served as before. Remedy: mend it, run this again.")
                click.echo(message.format(package=package, error=error), err=True)
    return failed


def _numbers() -> dict[str, Any]:
    from ckanext.herne.feed.status import numbers  # CKAN's model, which is there only when a command runs

    return numbers()


def _lines(found: dict[str, Any]) -> Iterator[str]:
    yield _("{public} public datasets, series and services: {served} served, {held} held back").format(
        **found
    )
    if found["outdated"]:
        message = _("{outdated} are out of date. Remedy: ckan herne feed rebuild")
        yield message.format(**found)
    yield _("Last change: {last_change} (number {last_number})").format(**found)
    yield _("The gate is set to: {gate}").format(**found)
    if found["rebuild"]:
        yield _("A rebuild has prepared {rebuild}.").format(**found)


def _words(kind: str) -> str:
    words: dict[str, str] = {
        "absent": _("not in the feed"),
        "outdated": _("changed since it was published"),
        "old": _("made by another version or configuration"),
        "damaged": _("damaged"),
        "orphan": _("not public any more"),
    }
    return words[kind]
