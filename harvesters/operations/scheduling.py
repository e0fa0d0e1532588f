"""When runs begin, and who takes up those whose worker died: a job that calls itself again, the beat.

CKAN's own workers and their scheduler do it all. The database says what is to be done, Valkey only carries
it. If the beat is lost with Valkey's data, the next visitor's request brings it back (`watch`).
"""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.lib import jobs
from ckan.lib.redis import connect_to_redis
from ckanext.harvest.model import HarvestJob, HarvestSource
from ckanext.herne.harvest import telling
from ckanext.herne.harvesters.operations import runs
from ckanext.herne.harvesters.operations.work import work
from dateutil.relativedelta import relativedelta
from redis.exceptions import RedisError

if TYPE_CHECKING:
    from ckanext.herne.harvesters.operations.runs import Run

log = logging.getLogger(__name__)

QUEUE = "herne-harvest"
SOON, LATER = 30, 300
"""Seconds until the next beat, while there are runs and while there are none; one takes two to begin."""
LATE = 90
"""Seconds after its time from which on a beat counts as lost."""
_PERIODS: dict[str, Any] = {
    "DAILY": timedelta(days=1),
    "WEEKLY": timedelta(weeks=1),
    "BIWEEKLY": timedelta(weeks=2),
    "MONTHLY": relativedelta(months=1),
}
_looked = 0.0


class BusyError(Exception):
    """Another run of the source is not finished."""


def prepare(source_id: str, kind: str = "run", *, accept_deletions: bool = False) -> str:
    """Makes a job and its run; gives the job's id. Raises BusyError."""
    job_id = str(uuid4())
    if not runs.create(job_id, source_id, kind, accept_deletions=accept_deletions):
        raise BusyError(source_id)
    if kind == "run":
        model.Session.add(HarvestJob(id=job_id, source=HarvestSource.get(source_id), status="Running"))
        model.Session.commit()
    return job_id


def enqueue(job_id: str) -> None:
    """Hands a run to the workers, and has the beat look after it."""
    try:
        queue = jobs.get_queue(QUEUE)
        # an entry of the same name that waits is as good as a new one
        name = f"herne-harvest-{job_id}"
        if name not in queue.job_ids:
            rq = {"timeout": -1, "job_id": name, "result_ttl": 0, "failure_ttl": 3600}
            tk.enqueue_job(work, [job_id], title=f"harvest {job_id}", queue=QUEUE, rq_kwargs=rq)
        _call(SOON)
    except RedisError as error:
        log.warning("Harvest %s waits until Valkey answers: %s", job_id, error)


def beat(mark: str) -> None:
    """Starts what is due, takes up what was left, sends digests; calls itself again as the last beat."""
    for run in runs.unfinished():
        if _is_left(run):
            enqueue(run.job_id)
    start_due()
    telling.digest(datetime.now(UTC))
    if connect_to_redis().get(_key()) in (None, mark.encode()):
        _call(SOON if runs.unfinished() or runs.going_on() else LATER)


def _is_left(run: Run) -> bool:
    return run.lease_until is None or run.lease_until < datetime.now(UTC)


def start_due() -> None:
    """Queues a run for each active source whose time has come, or which goes on, and which is not paused."""
    now = datetime.now(UTC).replace(tzinfo=None)
    is_time = HarvestSource.next_run.is_(None) | (HarvestSource.next_run <= now)
    is_due = (HarvestSource.frequency != "MANUAL") & is_time
    goes_on = HarvestSource.id.in_(runs.going_on())
    due = model.Session.query(HarvestSource).filter(HarvestSource.active.is_(True), is_due | goes_on)
    for source in due.all():
        if runs.memory(source.id).paused:
            continue
        try:
            job_id = prepare(source.id)
        except BusyError:
            continue
        if source.frequency != "MANUAL":
            source.next_run = now + period(source.frequency)
        model.Session.commit()
        enqueue(job_id)


def period(frequency: str) -> Any:
    """The time between two runs, for adding to a datetime."""
    minutes = int(tk.config["ckanext.herne.harvest.always_minutes"])
    return _PERIODS.get(frequency, timedelta(minutes=minutes))


def watch() -> None:
    """Brings a lost beat back; looks at most twice a minute, and disturbs nobody if Valkey is away."""
    global _looked
    if time.monotonic() - _looked < SOON:
        return
    _looked = time.monotonic()
    try:
        if not connect_to_redis().exists(_key()):
            _call(0)
    except RedisError as error:
        log.warning("No harvest is started or taken up until Valkey answers: %s", error)


def _call(seconds: int) -> None:
    mark = uuid4().hex
    connect_to_redis().set(_key(), mark, ex=seconds + LATE)
    queue = jobs.get_queue()
    queue.enqueue_in(timedelta(seconds=seconds), beat, mark, job_timeout=LATE, result_ttl=0, failure_ttl=3600)


def _key() -> str:
    return f"herne_harvest:{tk.config['ckan.site_id']}:beat"
