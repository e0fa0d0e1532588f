"""What states, outcomes, stages, kinds of news and frequencies are called, in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ckan.plugins.toolkit import _, ungettext
from ckanext.herne.harvest.health import State
from ckanext.herne.harvest.ledger import COUNTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ckanext.herne.harvest.ledger import Run


def state(name: str) -> str:
    """A state of health, for a badge."""
    texts: dict[str, str] = {
        State.OK: _("In order"),
        State.LATE: _("Late"),
        State.FAILING: _("Failing"),
        State.INCOMPLETE: _("Current, with gaps"),
        State.PAUSED: _("Paused"),
        State.NEVER: _("Not run yet"),
    }
    return texts[name]


def state_means(name: str) -> str:
    """What a state of health means for the data, and what to do."""
    texts: dict[str, str] = {
        State.OK: _("The portal shows what the source said at the last run."),
        State.LATE: _(
            "There should have been a successful run by now. The data stay as they are. If a run is waiting "
            "for long, tell the operator; otherwise start one."
        ),
        State.FAILING: _(
            "The last run came to nothing, or waits for a decision. The data stay at their last good state. "
            "The report says why, and what to do."
        ),
        State.INCOMPLETE: _(
            "The last run took over all records but some. Those stay at their last good state; the report "
            "names each of them, and says what to do."
        ),
        State.PAUSED: _("Somebody paused this source. Nothing is harvested until it is resumed."),
        State.NEVER: _("Nothing was harvested yet. A dry run shows what would come, without writing it."),
    }
    return texts[name]


def frequency(name: str) -> str:
    """How often a source is harvested."""
    words = {
        "MANUAL": _("on demand"),
        "ALWAYS": _("all the time"),
        "DAILY": _("daily"),
        "WEEKLY": _("weekly"),
        "BIWEEKLY": _("every two weeks"),
        "MONTHLY": _("monthly"),
    }
    return str(words.get(name, name))


def stage(name: str) -> str:
    """What a run is doing."""
    texts: dict[str, str] = {
        "queued": _("waits for a free worker"),
        "discover": _("looks up what the source has"),
        "fetch": _("reads the records"),
        "plan": _("compares them with the portal"),
        "apply": _("writes what is new"),
        "done": _("is done"),
    }
    return texts[name]


def outcome(run: Run) -> str:
    """How a run ended, for a badge; or that it has not."""
    if run.outcome is None:
        return str(_("Waiting") if run.stage == "queued" else _("Running"))
    texts: dict[str, str] = {
        "ok": _("Done"),
        "partial": _("Done with errors"),
        "asks": _("Waits for a decision"),
        "failed": _("Failed"),
        "cancelled": _("Cancelled"),
        "stalled": _("Stopped: no progress"),
    }
    return texts[run.outcome]


def section(kind: str, *, is_done: bool) -> str:
    """The heading of a part of a report; of what was planned but not done, it tells what would happen."""
    done = {
        "errors": _("Errors"),
        "create": _("Created"),
        "change": _("Changed"),
        "missing": _("No longer at the source"),
        "delete": _("Deleted"),
        "held": _("Held by another source"),
        "unchanged": _("Unchanged"),
    }
    would = {
        "create": _("Would be created"),
        "change": _("Would be changed"),
        "delete": _("Would be deleted"),
    }
    return str(done[kind] if is_done else would.get(kind, done[kind]))


def amounts(counts: Mapping[str, int]) -> str:
    """The numbers of a run in a line, e.g. for a list: only what is not zero."""
    number = {name: int(counts.get(name) or 0) for name in COUNTS}
    told = {
        "create": ungettext("%(num)d created", "%(num)d created", number["create"]),
        "change": ungettext("%(num)d changed", "%(num)d changed", number["change"]),
        "delete": ungettext("%(num)d gone", "%(num)d gone", number["delete"]),
        "held": ungettext("%(num)d held", "%(num)d held", number["held"]),
        "errors": ungettext("%(num)d error", "%(num)d errors", number["errors"]),
        "unchanged": ungettext("%(num)d unchanged", "%(num)d unchanged", number["unchanged"]),
    }
    return ", ".join(text for name, text in told.items() if number[name])


def rows(inserted: int, changed: int, removed: int) -> str:
    """What became of a table's rows."""
    text: str = _("{inserted} rows new, {changed} changed, {removed} removed")
    return text.format(inserted=inserted, changed=changed, removed=removed)
