"""The command `ckan herne validate`: reads sources, shows progress, prints the report, sets the status."""

import sys
from collections.abc import Iterator

import click
from ckanext.herne.quality.formats import FORMATS, phrases
from ckanext.herne.quality.report import Report, merged
from ckanext.herne.quality.sources import SourceError, graphs
from ckanext.herne.quality.validation import describes_anything
from ckanext.herne.quality.validation import validate as validated
from rdflib import Graph

CONFORMS, FAILS, COULD_NOT_RUN = 0, 1, 2


@click.command()
@click.argument("sources", nargs=-1, metavar="[FILE|URL]...")
@click.option("--all", "everything", is_flag=True, help="Every public dataset of this portal.")
@click.option("--format", "form", type=click.Choice(sorted(FORMATS)), default="text", show_default=True)
@click.option("--language", type=click.Choice(["de", "en"]), default="de", show_default=True)
def validate(sources: tuple[str, ...], everything: bool, form: str, language: str) -> None:
    """Say what GovData would say about DCAT-AP.de metadata.

    A URL is followed from page to page (hydra:next). The report goes to the standard output, progress to the
    standard error.

    \b
    Exit status: 0 it conforms (warnings are allowed), 1 it does not, 2 it could not be validated.
    """
    words = phrases(language)
    if not sources and not everything:
        click.echo(words["nothing_named"], err=True)
        sys.exit(COULD_NOT_RUN)
    try:
        reports = [report for source in sources for report in _reports(source, graphs(source), words)]
        if everything:
            reports += _portal_reports(words)
    except SourceError as error:
        click.echo(words[error.key].format(**error.facts), err=True)
        sys.exit(COULD_NOT_RUN)
    report = merged(reports)
    click.echo(FORMATS[form](report, language))
    sys.exit(CONFORMS if report.conforms else FAILS)


def _reports(source: str, pages: Iterator[Graph], words: dict[str, str]) -> Iterator[Report]:
    for number, graph in enumerate(pages, start=1):
        if not describes_anything(graph):
            raise SourceError("no_records", source)
        report = validated(graph)
        click.echo(words["page"].format(source=source, page=number, datasets=report.datasets), err=True)
        yield report


def _portal_reports(words: dict[str, str]) -> Iterator[Report]:
    from ckanext.herne.quality.portal import pages  # CKAN's actions, needed by --all alone

    return _reports(words["portal"], pages(), words)
