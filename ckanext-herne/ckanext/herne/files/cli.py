"""The commands `ckan herne files ...`: what an operator sees of the checksums of uploaded files."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click
from ckan.plugins.toolkit import _
from ckanext.herne.portal.language import in_the_portals_language

if TYPE_CHECKING:
    from ckanext.herne.files.check import Difference


@click.group()
def files() -> None:
    """Checksums and sizes of uploaded files."""


@files.command()
@click.option("--repair", is_flag=True, help="Compute anew what is missing or wrong.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_context
def check(context: click.Context, repair: bool, as_json: bool) -> None:
    """Compare stored checksums and sizes with the files.

    Reads every uploaded file. The result goes to the standard output, progress and the log to the standard
    error. A wrong checksum can mean a damaged file: look at it before you repair, for repairing makes the
    file as it is now the truth.

    \b
    Exit status: 0 nothing differs (any more), 1 something differs.
    """
    from ckanext.herne.files import records  # CKAN's model, which is there only when a command runs

    with in_the_portals_language(context):
        total = records.count()
        found = [_repaired(one, repair) for one in _differences(total)]
        click.echo(_as_json(total, found) if as_json else _as_text(total, found))
    sys.exit(0 if all(is_right for _one, is_right in found) else 1)


def _differences(total: int) -> list[Difference]:
    from ckanext.herne.files import records
    from ckanext.herne.files.check import difference

    with click.progressbar(records.every(), length=total, label=_("Reading files"), file=sys.stderr) as every:
        return [one for one in map(difference, every) if one]


def _repaired(one: Difference, repair: bool) -> tuple[Difference, bool]:
    """The difference, and whether it is mended now."""
    from ckanext.herne.files.jobs import compute

    return one, repair and one.is_repairable and compute(one.file.resource_id, one.file.dataset)


def _as_text(total: int, found: list[tuple[Difference, bool]]) -> str:
    lines = [_line(one, is_right) for one, is_right in found]
    left = sum(not is_right for _one, is_right in found)
    summary: str = _("{total} files, {found} of them differ, {left} still do after this run.")
    return "\n".join([*lines, summary.format(total=total, found=len(found), left=left)])


def _line(one: Difference, is_right: bool) -> str:
    text = _('Dataset "{dataset}", resource {resource} ({file}): {problems}').format(
        dataset=one.file.dataset,
        resource=one.file.resource_id,
        file=one.file.file_name,
        problems=", ".join(_problem(code) for code in one.problems),
    )
    return f"{text}. {_remedy(one, is_right)}"


def _problem(code: str) -> str:
    words: dict[str, str] = {
        "missing": _("the file is missing"),
        "unreadable": _("the file cannot be read"),
        "not_computed": _("no checksum computed yet"),
        "wrong_size": _("wrong size"),
        "wrong_hash": _("wrong checksum"),
    }
    return words[code]


def _remedy(one: Difference, is_right: bool) -> str:
    remedy: str
    if is_right:
        remedy = _("Repaired.")
    elif one.is_repairable:
        remedy = _("Remedy: run the command with --repair; look at a file with a wrong checksum before.")
    elif one.is_missing:
        remedy = _("Remedy: restore the file from a backup or upload it again.")
    else:
        remedy = _("Remedy: let CKAN's account read the storage ({detail})")
    return remedy.format(detail=one.detail)


def _as_json(total: int, found: list[tuple[Difference, bool]]) -> str:
    differing = [_entry(one, is_right) for one, is_right in found]
    return json.dumps({"checked": total, "differing": differing}, indent=2)


def _entry(one: Difference, is_right: bool) -> dict[str, Any]:
    return {
        "dataset": one.file.dataset,
        "resource": one.file.resource_id,
        "file": one.file.file_name,
        "problems": list(one.problems),
        "stored": asdict(one.file.stored),
        "actual": asdict(one.actual) if one.actual else None,
        "detail": one.detail,
        "repaired": is_right,
    }
