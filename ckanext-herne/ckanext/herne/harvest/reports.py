"""A run as a report that a data owner understands: what happened, what it means, what to do, and each entry.

One structure for page, mail, Atom and API. Its texts are in the language of whoever asks (`speaking` sets
another); values of fields stay as the source wrote them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ckan.plugins.toolkit import _
from ckanext.herne.harvest import ledger, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ckanext.herne.harvest.ledger import Run

ORDER = ("errors", "create", "change", "missing", "delete", "held", "unchanged")


@dataclass(frozen=True, slots=True)
class Difference:
    """A field whose value changes; None where there is no value."""

    field: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Entry:
    """A record of the source: its name there (`guid`), its dataset here, and what became of it.

    `after` is when a dataset will be deleted that is no longer at the source (ISO 8601), `notes` what was
    found of it there.
    """

    guid: str
    title: str
    package_id: str | None = None
    name: str | None = None
    differences: tuple[Difference, ...] = ()
    rows: Mapping[str, int] | None = None
    after: str | None = None
    problem: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """Entries to which the same happened."""

    kind: str
    title: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A run in words (`happened`, `means`, `to_do`) and in entries; sections without any are left out."""

    run: Run
    outcome: str
    amounts: str
    rows: str
    happened: str
    means: str
    to_do: str
    sections: tuple[Section, ...]

    def as_dict(self) -> dict[str, Any]:
        """For programs; times in ISO 8601."""
        told = asdict(self)
        told["run"] = {
            key: value.isoformat() if isinstance(value, datetime) else value
            for key, value in told["run"].items()
        }
        return told


def report_of(job_id: str) -> Report | None:
    """The report of a job; None if it is none of ours."""
    found = ledger.run(job_id)
    return report(found, ledger.plan(job_id), ledger.errors(job_id)) if found else None


def report(
    run: Run, plan: Mapping[str, Any] | None = None, errors: Iterable[Mapping[str, str]] = ()
) -> Report:
    """The report of a run; without its plan, the words alone."""
    return Report(
        run=run,
        outcome=words.outcome(run),
        amounts=words.amounts(run.result),
        rows=words.rows(*(run.count(name) for name in ledger.ROWS)) if run.count(*ledger.ROWS) else "",
        happened=_happened(run),
        means=_means(run),
        to_do=_to_do(run),
        sections=_sections(run, plan or {}, errors),
    )


def _happened(run: Run) -> str:
    """The run's own message, else its numbers, in whole sentences."""
    if run.outcome is None:
        text: str = _("The dry run {stage}.") if run.is_dry else _("The run {stage}.")
        return text.format(stage=words.stage(run.stage))
    amounts = words.amounts(run.result)
    said = str(_("Datasets: {amounts}.").format(amounts=amounts)) if amounts else ""
    if not run.count(*ledger.COUNTS) and run.outcome == "ok":
        said = str(_("The source offers no datasets."))
    elif run.outcome == "ok" and not run.count("create", "change", "delete", "held", "errors"):
        said = str(_("The source said nothing new: nothing was written."))
    told = (_("This was a dry run.") if run.is_dry else "", run.message, said)
    return " ".join(filter(None, told)) or words.outcome(run)


def _means(run: Run) -> str:
    if run.outcome is None:
        return str(_("The data stay as they are until it writes."))
    if run.is_dry:
        return str(_("Nothing was written. The parts below say what a run would do now."))
    texts: dict[str, str] = {
        "ok": _("The portal shows what the source says."),
        "partial": _("What failed stays at its last good state; all else is current."),
        "asks": _("Nothing was removed. The data stay as they were until somebody decides."),
        "failed": _("The data stay at their last good state. Nothing was removed."),
        "cancelled": _("What was written before it was cancelled stays. All else is as before."),
        "stalled": _("It stood still for too long and was stopped. The data stay at their last good state."),
    }
    return texts[run.outcome]


def _to_do(run: Run) -> str:
    if run.outcome is None:
        return str(_("There is nothing to do. It can be cancelled."))
    if run.is_dry and run.outcome in ("ok", "partial"):
        return str(_("If that is what you want, run it."))
    texts: dict[str, str] = {
        "ok": _("There is nothing to do."),
        "partial": _("Each error in the report says what to do. The next run tries again."),
        "asks": _(
            "Look at the source. If these datasets are meant to go, an administrator accepts the deletions. "
            "If not, have the source mended: the next run finds them again."
        ),
        "failed": _("Do what the error says. The next run tries again; you can start one at once."),
        "cancelled": _("Run it again when it suits you."),
        "stalled": _("Run it again. If it stands still again, tell the operator."),
    }
    return texts[run.outcome]


def _sections(run: Run, plan: Mapping[str, Any], errors: Iterable[Mapping[str, str]]) -> tuple[Section, ...]:
    found = {kind: [_entry(one) for one in plan.get(kind) or ()] for kind in ("create", "change", "held")}
    found["unchanged"] = [_entry(one) for one in plan.get("unchanged") or ()]
    leaving = [_entry(one) for one in plan.get("delete") or ()]
    found["missing"] = [one for one in leaving if _is_to_come(one.after, run)]
    found["delete"] = [one for one in leaving if not _is_to_come(one.after, run)]
    # what ended the whole run stands on top already
    told = [one for one in errors if one.get("guid") or one.get("problem") != run.message]
    found["errors"] = _errors([*(plan.get("errors") or ()), *told], plan)
    return tuple(
        Section(kind, words.section(kind, is_done=run.is_as_planned and not run.is_dry), tuple(found[kind]))
        for kind in ORDER
        if found[kind]
    )


def _is_to_come(after: str | None, run: Run) -> bool:
    """Whether a dataset stays for now: its time of grace ends after this run."""
    return after is not None and _moment(after) > run.at


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _entry(given: Mapping[str, Any] | str) -> Entry:
    if isinstance(given, str):
        return Entry(guid=given, title=given)
    return Entry(
        guid=str(given.get("guid") or ""),
        title=str(given.get("title") or given.get("guid") or ""),
        package_id=given.get("package_id"),
        name=given.get("name"),
        differences=tuple(
            Difference(one["field"], one.get("old"), one.get("new")) for one in given.get("fields") or ()
        ),
        rows=given.get("rows"),
        after=given.get("after"),
        problem=str(given.get("problem") or ""),
        notes=tuple(given.get("notes") or ()),
    )


def _errors(given: Iterable[Mapping[str, Any]], plan: Mapping[str, Any]) -> list[Entry]:
    """Each error once, with the title of its record where the plan knows it."""
    parts = ("create", "change", "delete", "held", "errors")
    known = {one["guid"]: one for part in parts for one in plan.get(part) or () if one.get("title")}
    found: dict[tuple[str, str], Entry] = {}
    for one in given:
        key = str(one.get("guid") or ""), str(one.get("problem") or "")
        about = {name: known.get(key[0], {}).get(name) for name in ("title", "package_id", "name")}
        found.setdefault(key, _entry({**about, "guid": key[0], "problem": key[1]}))
    return list(found.values())
