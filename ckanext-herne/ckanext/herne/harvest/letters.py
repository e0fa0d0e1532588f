"""The mails about harvests: how a source fares now, and the digest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ckan.plugins.toolkit import _, ungettext
from ckanext.herne.harvest import reports
from ckanext.herne.harvest.health import State
from ckanext.herne.harvest.pages import shown
from ckanext.herne.portal import mail

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ckan.model as model
    from ckanext.herne.harvest.ledger import Run
    from ckanext.herne.harvest.sources import Source

NEWS = ("create", "change", "delete", "held", "errors")
NEEDY = (State.FAILING, State.LATE, State.INCOMPLETE)  # states in which somebody has to look
OTHERWISE = "The news stands on /harvest, too."


def send_news(person: model.User, source: Source, job_id: str, became: str) -> None:
    """Write that a source works again, brings all but single records, or fails."""

    def subject() -> str:
        lines: dict[str, str] = {
            State.OK: _("Harvest works again: {title}"),
            State.INCOMPLETE: _("Harvest leaves out single records: {title}"),
            State.FAILING: _("Harvest fails: {title}"),
        }
        return lines[became].format(title=source.title)

    def letter() -> tuple[str, dict[str, Any]]:
        values = {"source": source, "report": reports.report_of(job_id), "became": became, "say": shown}
        return "herne_harvest/news.txt", values

    mail.send(person, subject, letter, OTHERWISE)


def send_digest(person: model.User, entries: Sequence[tuple[Source, Sequence[Run]]]) -> None:
    """Write what some sources did."""
    bad = sum(source.health.state in NEEDY for source, _runs in entries)

    def subject() -> str:
        if bad:
            return str(
                ungettext("Harvests: %(num)d source needs you", "Harvests: %(num)d sources need you", bad)
            )
        return str(_("Harvests: all in order"))

    def letter() -> tuple[str, dict[str, Any]]:
        told = [(source, len(runs), _amounts(runs)) for source, runs in entries]
        return "herne_harvest/digest.txt", {"entries": told, "needy": NEEDY, "say": shown}

    mail.send(person, subject, letter, OTHERWISE)


def _amounts(runs: Sequence[Run]) -> str:
    """What some runs did together; what stayed as it was is no news."""
    return shown.amounts({name: sum(run.count(name) for run in runs) for name in NEWS})
