"""The commands `ckan herne validate` and `ckan herne shapes`: read, show progress, print, set the status."""

import sys
from collections.abc import Callable, Iterator
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from ckanext.herne.quality import official
from ckanext.herne.quality.engine import ENGINES, Engine, default_engine, turbo_installed
from ckanext.herne.quality.formats import FORMATS, phrases
from ckanext.herne.quality.report import Report, merged
from ckanext.herne.quality.reports.verdict import own_part
from ckanext.herne.quality.rules import rules
from ckanext.herne.quality.rules import shapes as ready
from ckanext.herne.quality.shape_sets import ShapeSet, official_set, own
from ckanext.herne.quality.sources import SourceError, graphs
from ckanext.herne.quality.validation import describes_anything
from ckanext.herne.quality.validation import validate as validated
from rdflib import Graph

if TYPE_CHECKING:
    from ckanext.herne.quality.portal import Holdings

CONFORMS, FAILS, COULD_NOT_RUN = 0, 1, 2
Judge = Callable[[Graph], Report]
LANGUAGE = click.option("--language", type=click.Choice(["de", "en"]), default="de", show_default=True)


def says_why(command: Callable[..., None]) -> Callable[..., None]:
    """The command ends with status 2 and a sentence in its language when a source cannot be used."""

    @wraps(command)
    def wrapped(language: str, **options: Any) -> None:
        try:
            command(words=phrases(language), language=language, **options)
        except SourceError as error:
            click.echo(phrases(language)[error.key].format(**error.facts), err=True)
            sys.exit(COULD_NOT_RUN)

    return wrapped


@click.command()
@click.argument("sources", nargs=-1, metavar="[FILE|URL]...")
@click.option(
    "--all", "everything", is_flag=True, help="The catalogue and every public dataset of this portal."
)
@click.option(
    "--organization", "organizations", multiple=True, help="Public datasets of an organization (name)."
)
@click.option(
    "--dataset", "datasets", multiple=True, help="One dataset of this portal (id or name), also private."
)
@click.option(
    "--shapes", type=click.Choice(["herne", "official", "both"]), default="herne", show_default=True
)
@click.option("--engine", type=click.Choice(sorted(ENGINES)), help="Default: turbo where it is installed.")
@click.option("--format", "form", type=click.Choice(sorted(FORMATS)), default="text", show_default=True)
@LANGUAGE
@says_why
def validate(
    words: dict[str, str], language: str, shapes: str, engine: str | None, form: str, **named: Any
) -> None:
    """Say what GovData would say about DCAT-AP.de metadata.

    A URL is followed from page to page (hydra:next). The report goes to the standard output, progress to the
    standard error. --format junit is for continuous integration.

    \b
    Exit status: 0 it conforms (warnings are allowed), 1 it does not, 2 it could not be validated.
    """
    if not any(named.values()):
        raise SourceError("nothing_named", "")
    judge = partial(validated, engine=_engine(engine), sets=_sets(shapes))
    report = merged(_reports(judge, words, **named))
    click.echo(FORMATS[form](report, language))
    sys.exit(CONFORMS if report.conforms else FAILS)


def _engine(name: str | None) -> Engine:
    if name == "turbo" and not turbo_installed():
        raise SourceError("no_turbo", "pyshacl-turbo")
    return ENGINES[name]() if name else default_engine()


def _sets(name: str) -> list[ShapeSet]:
    sets = [own()] if name in ("herne", "both") else []
    return [*sets, official_set(_directory())] if name in ("official", "both") else sets


def _reports(
    judge: Judge,
    words: dict[str, str],
    sources: tuple[str, ...],
    everything: bool,
    organizations: tuple[str, ...],
    datasets: tuple[str, ...],
) -> Iterator[Report]:
    for source in sources:
        yield from _pages(judge, words, source)
    if everything or organizations or datasets:
        from ckanext.herne.quality import portal  # CKAN's actions, needed by these alone

        wanted: list[Holdings] = [portal.everything()] if everything else []
        wanted += [portal.organization(name) for name in organizations]
        wanted += [portal.dataset(name) for name in datasets]
        for holdings in wanted:
            yield from _holdings(judge, words, holdings)


def _pages(judge: Judge, words: dict[str, str], source: str) -> Iterator[Report]:
    for number, graph in enumerate(graphs(source), start=1):
        if not describes_anything(graph):
            raise SourceError("no_records", source)
        report = judge(graph)
        click.echo(words["page"].format(source=source, page=number, datasets=report.datasets), err=True)
        yield report


def _holdings(judge: Judge, words: dict[str, str], holdings: "Holdings") -> Iterator[Report]:
    """One package at a time, not those it refers to; the bar is drawn on a terminal only."""
    bar = click.progressbar(holdings.subjects, length=holdings.count, label=words["portal"], file=sys.stderr)
    with bar as progress:
        for one in progress:
            yield own_part(judge(one.graph), one.graph, one.uri, one.related)


@click.group()
def shapes() -> None:
    """The rules that `validate` works with: the suite's own, and the official ones once installed."""


@shapes.command("list")
@LANGUAGE
@says_why
def list_shapes(words: dict[str, str], language: str) -> None:
    """Say which shapes there are and which are installed."""
    directory = _directory()
    version, files = official.release()
    state = words["installed" if official.installed(directory) else "absent"]
    click.echo(words["shapes_own"].format(rules=len(rules())))
    click.echo(words["shapes_official"].format(version=version, state=state.format(directory=directory)))
    for file in files:
        click.echo(f"  {file.name}  sha256:{file.sha256}\n    {file.url}")


@shapes.command("install")
@click.argument("source", required=False, metavar="[DIRECTORY|URL]")
@LANGUAGE
@says_why
def install_shapes(words: dict[str, str], language: str, source: str | None) -> None:
    """Install the official shapes of DCAT-AP.de, from their public addresses or from DIRECTORY or URL.

    The release is pinned: a file with another checksum is refused, and nothing is stored.
    """
    directory = _directory()
    official.install(source, directory)
    click.echo(words["shapes_installed"].format(version=official.release()[0], directory=directory))


@shapes.command("show")
def show_shapes() -> None:
    """Print the suite's own shapes as Turtle with their code lists, for other SHACL tools."""
    click.echo(ready().serialize(format="turtle"))


def _directory() -> Path:
    from ckanext.herne.quality.portal import shapes_directory  # CKAN's configuration

    return shapes_directory()
