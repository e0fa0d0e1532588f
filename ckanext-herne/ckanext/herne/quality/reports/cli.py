"""The commands `ckan herne reports ...`: what an operator does with stored reports."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

import click
from ckan.plugins.toolkit import _
from ckanext.herne.portal.language import in_the_portals_language

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ckanext.herne.quality.reports.refresh import Outcome

DONE, FAILED, COULD_NOT_RUN = 0, 1, 2


@click.group()
def reports() -> None:
    """Stored quality reports of datasets, series and services."""


@reports.command()
@click.option("--all", "everything", is_flag=True, help="Look at all, also those that seem up to date.")
@click.option("--dataset", "datasets", multiple=True, help="One dataset, series or service (id or name).")
@click.pass_context
def refresh(context: click.Context, everything: bool, datasets: tuple[str, ...]) -> None:
    """Bring stored reports up to date, here and now.

    Without an option: those that are missing, that were written with other shapes, or whose dataset has
    changed since. A report about the very same statements stays as it is. Progress goes to the standard
    error.

    \b
    Exit status: 0 all are up to date, 1 some could not be written, 2 a dataset named does not exist.
    """
    with in_the_portals_language(context):
        ids, length = _named(datasets) if datasets else _chosen(everything)
        found = Counter(_outcomes(ids, length))
        click.echo(_summary(found))
    sys.exit(FAILED if found[None] else DONE)


def _named(names: tuple[str, ...]) -> tuple[list[str], int]:
    import ckan.model as model

    found = {name: model.Package.get(name) for name in names}
    for name in (name for name, package in found.items() if package is None):
        message = _("{name}: there is no such dataset in this portal. Give its id or name.")
        click.echo(message.format(name=name), err=True)
        sys.exit(COULD_NOT_RUN)
    return [package.id for package in found.values()], len(found)


def _chosen(everything: bool) -> tuple[Iterable[str], int]:
    from ckanext.herne.quality.reports import store  # CKAN's model, which is there only when a command runs

    return store.packages(only_due=not everything), store.count(only_due=not everything)


def _outcomes(ids: Iterable[str], length: int) -> Iterator[Outcome | None]:
    """What became of each; None where it failed, which is said at once and keeps the others from nothing."""
    from ckanext.herne.quality.reports.refresh import refresh as refreshed

    with click.progressbar(ids, length=length, label=_("Reports"), file=sys.stderr) as progress:
        for package_id in progress:
            try:
                yield refreshed(package_id)
            except Exception as error:
                message = _("{package}: no report ({error}). Remedy: run the command again; see the log.")
                click.echo(message.format(package=package_id, error=error), err=True)
                yield None


def _summary(found: Counter[Outcome | None]) -> str:
    from ckanext.herne.quality.reports.refresh import Outcome

    summary: str = _("{total} looked at, {written} reports written, {same} were right, {failed} failed.")
    return summary.format(
        total=found.total(),
        written=found[Outcome.WRITTEN],
        same=found[Outcome.SAME],
        failed=found[None],
    )
