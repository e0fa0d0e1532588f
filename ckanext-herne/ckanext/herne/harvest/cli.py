"""The commands `ckan herne harvest ...`: what an operator does with harvest sources."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click
from ckan.plugins.toolkit import _
from ckanext.herne.harvest import words
from ckanext.herne.portal.language import in_the_portals_language

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DONE, NOT_ALL, COULD_NOT_RUN = 0, 1, 2
PARTS = ("create", "change", "unchanged", "delete", "held", "errors")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="For programs.")
SOURCE = click.argument("source", metavar="SOURCE")


@click.group()
def harvest() -> None:
    """Harvest sources: what a run would do, runs, and how they stand. SOURCE is an id or a name."""


@harvest.command()
@SOURCE
@AS_JSON
@click.pass_context
def plan(context: click.Context, source: str, as_json: bool) -> None:
    """Say what a run would do now. Nothing is stored.

    \b
    Exit status: 0 it would do all of it, 1 something has errors or it would ask, 2 it could not be planned.
    """
    run = _called(context, "herne_harvest_plan", {"id": source, "wait": True})
    found = run["plan"] or {}
    if as_json:
        # whoever asks for a plan gets its keys, also if the source could not be read
        empty: dict[str, Any] = {name: [] for name in PARTS}
        click.echo(json.dumps({**empty, **found, "message": run["message"]}, indent=1, ensure_ascii=False))
    else:
        _say(context, lambda: _plan_lines(run))
    sys.exit(_status(run, bool(found.get("asks") or found.get("errors"))))


@harvest.command("run")
@SOURCE
@click.option("--accept-deletions", is_flag=True, help="Many datasets may vanish.")
@click.option("--queue", is_flag=True, help="Leave it to the workers instead of waiting.")
@AS_JSON
@click.pass_context
def run_(context: click.Context, source: str, accept_deletions: bool, queue: bool, as_json: bool) -> None:
    """Harvest a source.

    \b
    Exit status: 0 done (or queued), 1 only a part could be stored or it asks, 2 it could not run.
    """
    data = {"id": source, "accept_deletions": accept_deletions, "wait": not queue}
    run = _called(context, "herne_harvest_run", data)
    if as_json:
        click.echo(json.dumps(run, indent=1, ensure_ascii=False))
    else:
        _say(context, lambda: _plan_lines(run) if run["finished"] else [_("The run waits for a worker.")])
    sys.exit(_status(run, run["outcome"] in ("partial", "asks")) if run["finished"] else DONE)


@harvest.command()
@click.argument("source", required=False)
@AS_JSON
@click.pass_context
def status(context: click.Context, source: str | None, as_json: bool) -> None:
    """Say how a source stands, or all of them."""
    names = [source] if source else _all_sources(context)
    found = [_called(context, "herne_harvest_status", {"id": name}) for name in names]
    if as_json:
        click.echo(json.dumps(found[0] if source else found, indent=1, ensure_ascii=False))
    else:
        _say(context, lambda: [_status_line(one) for one in found] or [_("There is no harvest source yet.")])


@harvest.command()
@SOURCE
@click.option("--limit", default=20, show_default=True)
@AS_JSON
@click.pass_context
def history(context: click.Context, source: str, limit: int, as_json: bool) -> None:
    """List the runs of a source, newest first."""
    found = _called(context, "herne_harvest_history", {"id": source, "limit": limit})
    if as_json:
        click.echo(json.dumps(found, indent=1, ensure_ascii=False))
    else:
        _say(context, lambda: [_run_line(run) for run in found] or [_("The source has not run yet.")])


@harvest.command()
@SOURCE
@click.pass_context
def cancel(context: click.Context, source: str) -> None:
    """Cancel the run of a source; what it has stored stays."""
    _called(context, "herne_harvest_cancel", {"id": source})
    _say(context, lambda: [_("The run ends within seconds.")])


def _all_sources(context: click.Context) -> list[str]:
    return [source["id"] for source in _called(context, "harvest_source_list", {})]


def _called(context: click.Context, action: str, data: Mapping[str, Any]) -> Any:
    """What an action gives; a refusal ends the command."""
    import ckan.plugins.toolkit as tk
    from ckanext.herne.harvesters.operations.storing import site_context

    with in_the_portals_language(context):
        try:
            return tk.get_action(action)(site_context(), dict(data))
        except tk.ObjectNotFound as error:
            click.echo(str(error), err=True)
        except tk.ValidationError as error:
            click.echo("; ".join(str(text) for text in error.error_summary.values()), err=True)
    sys.exit(COULD_NOT_RUN)


def _say(context: click.Context, lines: Callable[[], list[str]]) -> None:
    with in_the_portals_language(context):
        for line in lines():
            click.echo(line)


def _status(run: Mapping[str, Any], is_partial: bool) -> int:
    if run["outcome"] in ("failed", "stalled", "cancelled"):
        return COULD_NOT_RUN
    return NOT_ALL if is_partial else DONE


def _plan_lines(run: Mapping[str, Any]) -> list[str]:
    found = run["plan"] or {}
    titles = {
        "create": _("new"),
        "change": _("changed"),
        "unchanged": _("unchanged"),
        "delete": _("no longer at the source"),
        "held": _("brought by another source"),
        "errors": _("errors"),
    }
    lines = []
    for part in PARTS:
        entries = found.get(part, [])
        lines.append(f"{titles[part]}: {len(entries)}")
        lines += [line for entry in entries if isinstance(entry, dict) for line in _entry_lines(entry)]
    return lines + [text for text in (found.get("asks"), run["message"]) if text]


def _entry_lines(entry: Mapping[str, Any]) -> list[str]:
    lines = [f"  {entry['title'] or entry['guid']}" + (f": {entry['problem']}" if entry["problem"] else "")]
    if entry["name"]:
        lines += [f"    {one['field']}: {one['old']!r} -> {one['new']!r}" for one in entry["fields"]]
    if entry["rows"]:
        text = _("rows: {inserted} new, {changed} changed, {removed} removed, {unchanged} unchanged")
        lines.append(f"    {text.format(**entry['rows'])}")
    if entry["after"]:
        lines.append("    " + _("deleted after {day}").format(day=entry["after"][:10]))
    return lines


def _status_line(found: Mapping[str, Any]) -> str:
    run = found["run"]
    last = _run_line(run) if run else _("has not run yet")
    return " | ".join((found["source"]["title"], words.state(found["state"]), last))


def _run_line(run: Mapping[str, Any]) -> str:
    state = run["outcome"] or f"{run['stage']} {run['done']}/{run['total']}"
    counts = ", ".join(f"{name} {number}" for name, number in run["counts"].items() if number)
    return "  ".join(
        part for part in (run["created"][:16], run["kind"], state, counts, run["message"]) if part
    )
