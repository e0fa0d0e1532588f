"""Whether the portal's parts answer: database, Valkey, Solr, workers, and the beat that starts harvests.

Each check takes at most some seconds and never raises: what went wrong is what it tells.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import requests
import sqlalchemy as sa
from ckan.lib.jobs import DEFAULT_QUEUE_NAME, add_queue_name_prefix, get_all_queues, remove_queue_name_prefix
from ckan.lib.redis import connect_to_redis
from ckan.lib.search.common import make_connection
from ckanext.herne.harvesters.operations.scheduling import QUEUE
from rq import Worker

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 5  # seconds that Solr may take
QUEUES = (DEFAULT_QUEUE_NAME, QUEUE)
BEAT = "herne_harvest:{site}:beat"  # the key that the beat of the harvest keeps alive


@dataclass(frozen=True, slots=True)
class Check:
    """Whether a part is well, how long it took to find out, and what is wrong and what to do if it is not."""

    name: str
    is_well: bool
    seconds: float
    problem: str = ""


class UnwellError(Exception):
    """A part answers, but not as it should; the message says what to do."""


def checks() -> list[Check]:
    """All checks, in the order in which parts depend on each other."""
    return [_checked(name, check) for name, check in CHECKS.items()]


def queues() -> dict[str, dict[str, Any]]:
    """By name of the queue: how many jobs wait, and since when the oldest does (None if none waits)."""
    found = {}
    for queue in get_all_queues():
        jobs = queue.get_jobs(0, 1)
        waiting = jobs[0].enqueued_at if jobs else None
        # RQ's times are UTC, in old releases without saying so
        since = waiting.replace(tzinfo=waiting.tzinfo or UTC) if waiting else None
        found[remove_queue_name_prefix(queue.name)] = {"depth": queue.count, "oldest": since}
    return found


def _checked(name: str, check: Callable[[], None]) -> Check:
    began = time.monotonic()
    try:
        check()
    except Exception as error:  # whatever it is, this part is not well
        problem = (
            str(error) if isinstance(error, UnwellError) else f"{type(error).__name__}: {REMEDIES[name]}"
        )
        return Check(name, is_well=False, seconds=time.monotonic() - began, problem=problem)
    return Check(name, is_well=True, seconds=time.monotonic() - began)


def _database() -> None:
    with model.meta.engine.connect() as connection:
        connection.execute(sa.text("SELECT 1"))


def _valkey() -> None:
    connect_to_redis().ping()


def _solr() -> None:
    solr = make_connection()
    answer = requests.get(f"{solr.url}/admin/ping", params={"wt": "json"}, timeout=PATIENCE, auth=solr.auth)
    answer.raise_for_status()


def _workers() -> None:
    served = {name for worker in Worker.all(connect_to_redis()) for name in worker.queue_names()}
    missing = [name for name in QUEUES if add_queue_name_prefix(name) not in served]
    if missing:
        raise UnwellError(f"{REMEDIES['workers']}: ckan jobs worker {' '.join(missing)}")


def _beat() -> None:
    if not connect_to_redis().exists(BEAT.format(site=tk.config["ckan.site_id"])):
        raise UnwellError(REMEDIES["beat"])


def age(moment: datetime | None) -> float:
    """Seconds since then; 0 for never."""
    return (datetime.now(UTC) - moment).total_seconds() if moment else 0.0


CHECKS: dict[str, Callable[[], None]] = {
    "database": _database,
    "valkey": _valkey,
    "solr": _solr,
    "workers": _workers,
    "beat": _beat,
}
REMEDIES = {
    "database": "PostgreSQL does not answer. Start it, or check sqlalchemy.url",
    "valkey": "Valkey does not answer. Start it, or check ckan.redis.url",
    "solr": "Solr does not answer. Start it, or check solr_url",
    "workers": "No worker does the jobs of some queues. Start one",
    "beat": "Nothing starts harvests. The next request brings the beat back; if not, start a job worker",
}
