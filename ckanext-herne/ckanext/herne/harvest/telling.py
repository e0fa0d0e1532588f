"""Tells the editors of a source how it fares when that changes, and in a digest what all did meanwhile.

At most one mail per change of state: who changes `told` in the database sends it, and nobody else. Mails
leave from a background job, so that nothing of them disturbs a run.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckanext.herne.feed import stewards
from ckanext.herne.harvest import ledger, letters, reports, sources
from ckanext.herne.harvest.health import FAILED, State
from ckanext.herne.harvest.model import memory_table
from redis.exceptions import RedisError
from sqlalchemy.dialects.postgresql import insert

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ckanext.herne.harvest.ledger import Run
    from ckanext.herne.harvest.sources import Source

log = logging.getLogger(__name__)

DIGEST = "ckanext.herne.harvest.digest"
PERIODS = {"daily": timedelta(days=1), "weekly": timedelta(days=7)}  # "never": no digest
QUIET = (State.OK, State.PAUSED, State.NEVER)  # states that are no news by themselves
HOUR = 6  # at which digests leave
LOOKED_BACK = 1000  # runs of a digest

_memory = memory_table.c


def tell(job_id: str) -> None:
    """Tell what is news of a run that has just ended; to be called after the commit."""
    run = ledger.run(job_id)
    became = _became(run) if run else None
    if run is None or became is None or not _is_news(run.source_id, became):
        return
    _later(tell_people, [job_id, became.value], f"tell that {run.source_id} is {became}")


def digest(now: datetime) -> None:
    """Send what happened since the last digest, if it is time for one (`ckanext.herne.harvest.digest`)."""
    period = str(tk.config[DIGEST])
    if period in PERIODS and (since := _due(now, period)):
        _later(send_digest, [since, now.isoformat()], "digest of harvests")


def tell_people(job_id: str, became: str) -> None:
    """Write that a source fails or works again (a background job)."""
    told = reports.report_of(job_id)
    source = sources.source(told.run.source_id) if told else None
    if source is None or source.is_deleted:
        return
    for person in people(source):
        letters.send_news(person, source, job_id, became)


def send_digest(since: dict[str, str], now: str) -> None:
    """Write to each person what the sources did that are theirs (a background job).

    :param since: by id of the source, from when on its runs are news (ISO 8601).
    """
    by_person: dict[str, list[tuple[Source, list[Run]]]] = {}
    for source in sources.sources(now=datetime.fromisoformat(now)):
        if source.id in since:
            news = _news(source, datetime.fromisoformat(since[source.id]))
            for person in people(source) if news is not None else []:
                by_person.setdefault(person.id, []).append((source, news or []))
    for person_id, entries in by_person.items():
        letters.send_digest(model.User.get(person_id), entries)


def people(source: Source) -> list[model.User]:
    """Whom to tell of a source: editors and administrators of its organization."""
    return stewards.members(source.organization, ("editor", "admin"))


def _became(run: Run) -> State | None:
    """The state that the end of a run means; None if it says nothing of the source."""
    if run.is_dry or run.outcome in (None, "cancelled"):
        return None
    if run.outcome == "partial":
        return State.INCOMPLETE
    return State.FAILING if run.outcome in FAILED else State.OK


def _is_news(source_id: str, became: State) -> bool:
    """Whether nobody was told yet; it counts as told from now on. Being well is news after anything else."""
    _remember([source_id])
    row = sa.select(_memory.told).where(_memory.source_id == source_id).with_for_update()
    before = model.Session.execute(row).scalar_one()
    said = memory_table.update().where(_memory.source_id == source_id).values(told=became.value)
    model.Session.execute(said)
    model.Session.commit()
    return bool(before != became.value and (before or became is not State.OK))


def _due(now: datetime, period: str) -> dict[str, str]:
    """The sources whose digest is due, with the time of the last one; it counts as sent from now on."""
    ids = [source.id for source in sources.sources(now=now)]
    _remember(ids)
    latest = _latest(now, period)
    mine = sa.and_(
        _memory.source_id.in_(ids), sa.or_(_memory.last_digest.is_(None), _memory.last_digest < latest)
    )
    rows = model.Session.execute(
        sa.select(_memory.source_id, _memory.last_digest).where(mine).with_for_update(skip_locked=True)
    ).all()
    found = {row.source_id: (row.last_digest or latest - PERIODS[period]).isoformat() for row in rows}
    model.Session.execute(
        memory_table.update().where(_memory.source_id.in_(list(found))).values(last_digest=now)
    )
    model.Session.commit()
    return found


def _latest(now: datetime, period: str) -> datetime:
    """The last time at which digests were to leave: at six in the morning where the portal is."""
    here = now.astimezone(tk.h.get_display_timezone())
    last = here.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    last -= timedelta(days=here.weekday() if period == "weekly" else 0)
    return last if last <= here else last - PERIODS[period]


def _news(source: Source, since: datetime) -> list[Run] | None:
    """The runs of a source since then; None if neither they nor its state are worth a line."""
    recent = ledger.runs([source.id], LOOKED_BACK, since=since)
    ended = [run for run in recent if run.finished and not run.is_dry]
    is_quiet = not any(run.count("create", "change", "delete", "held", "errors") for run in ended)
    return None if is_quiet and source.health.state in QUIET else ended


def _remember(source_ids: Sequence[str]) -> None:
    """Make sure that each source has its row."""
    if source_ids:
        rows = insert(memory_table).values([{"source_id": one} for one in source_ids])
        model.Session.execute(rows.on_conflict_do_nothing())


def _later(work: Callable[..., None], arguments: list[object], title: str) -> None:
    try:
        tk.enqueue_job(work, arguments, title=title)
    except RedisError as error:
        text = "Nobody is told (%s): the job queue does not answer (%s). Remedy: start Valkey."
        log.warning(text, title, error)
