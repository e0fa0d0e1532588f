"""The background job that brings a package's report up to date, and how it gets into CKAN's job queue.

CKAN runs each job in a process of its own, where loading the shapes takes a hundred times as long as judging.
So a job goes on with other packages that wait for a report, and their own jobs find nothing left to do: that
somebody has looked at a package after its change is noted beside the queue, by the clock of that server.

Which changes call for a job is left to `triggers`.
"""

from __future__ import annotations

import logging
import time

import ckan.plugins.toolkit as tk
from ckan.lib.redis import connect_to_redis
from ckanext.herne.quality.reports import store
from ckanext.herne.quality.reports.refresh import Outcome, refresh
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

LOOKED = "herne_quality:looked:"  # key prefix; the value is when somebody last looked at a package
KEPT = 24 * 60 * 60  # seconds; a job that waits longer looks again
PATIENCE = 60  # seconds that a job spends on other packages, well below CKAN's limit for a job


def enqueue(package_id: str, name: str) -> None:
    """Put the job for one package into the queue; a queue that is down is logged and fails no save."""
    try:
        tk.enqueue_job(report, [package_id, name, _clock()], title=f"quality report of {name}")
    except RedisError as error:
        log.warning(
            'The quality report of "%s" (%s) is out of date: the job queue does not answer (%s). The save '
            "itself succeeded. Remedy: start Valkey; then run `ckan herne reports refresh`.",
            name,
            package_id,
            error,
        )


def report(package_id: str, name: str, changed: float) -> None:
    """Bring the report of a package up to date, and then those of others that wait for it.

    `changed` is when the package was committed, in seconds by the queue's clock.
    """
    if _looked(package_id) >= changed:
        return
    if _look(package_id) is Outcome.GONE:
        log.info('No quality report of "%s" (%s): it is gone. Nothing is to be done.', name, package_id)
    _look_at_others()


def _look_at_others() -> None:
    end = time.monotonic() + PATIENCE
    for package_id in store.packages(only_due=True):
        if time.monotonic() > end:
            return
        try:
            _look(package_id)
        except Exception:  # whatever is wrong with one, its own job fails and tells
            log.warning("No quality report of %s yet; its own job tries again", package_id, exc_info=True)


def _look(package_id: str) -> Outcome:
    now = _clock()  # before reading: what is saved later calls for another look
    outcome = refresh(package_id)
    connect_to_redis().set(f"{LOOKED}{package_id}", repr(now), ex=KEPT)
    return outcome


def _looked(package_id: str) -> float:
    """When somebody last looked at a package; 0 if nobody did of late."""
    return float(connect_to_redis().get(f"{LOOKED}{package_id}") or 0)


def _clock() -> float:
    seconds, microseconds = connect_to_redis().time()
    return float(seconds + microseconds / 1_000_000)
