"""The background job that brings reports up to date, and how packages get onto its list.

CKAN loads everything anew for each job, which takes a hundred times as long as judging a package. So packages
wait on a list beside the queue, and one job works off all that wait. A package that changes while the job
looks at it stays on the list, and the change calls for the next job.

Which changes call for a report is left to `triggers`.
"""

from __future__ import annotations

import logging
import time
from typing import Any
from uuid import uuid4

import ckan.plugins.toolkit as tk
from ckan.lib.redis import connect_to_redis
from ckanext.herne.quality.reports.refresh import refresh
from redis.exceptions import RedisError
from rq.timeouts import JobTimeoutException

log = logging.getLogger(__name__)

CALL_AGAIN = 600  # seconds after which a job that has not begun counts as lost
PATIENCE = 60  # seconds, well below CKAN's limit for a job; then the next one goes on
# Takes a package off the list unless it was put there again meanwhile: key, package, mark.
DONE = "if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then redis.call('HDEL', KEYS[1], ARGV[1]) end"


def enqueue(package_id: str, name: str) -> None:
    """Have a package's report written; a queue that is down is logged and fails no save."""
    try:
        connect_to_redis().hset(_key("waiting"), package_id, uuid4().hex)
        _call()
    except RedisError as error:
        log.warning(
            'The quality report of "%s" (%s) is out of date: the job queue does not answer (%s). The save '
            "itself succeeded. Remedy: start Valkey; then run `ckan herne reports refresh`.",
            name,
            package_id,
            error,
        )


def work() -> None:
    """Bring the reports of all packages on the list up to date."""
    redis = connect_to_redis()
    redis.delete(_key("called"))  # before reading the list: who comes onto it later calls the next job
    end = time.monotonic() + PATIENCE
    for package_id, mark in redis.hgetall(_key("waiting")).items():
        if time.monotonic() > end:
            _call()
            return
        _look(package_id.decode())
        redis.eval(DONE, 1, _key("waiting"), package_id, mark)


def _look(package_id: str) -> None:
    try:
        refresh(package_id)
    except JobTimeoutException:
        raise
    except Exception:
        log.exception(
            "No quality report of %s. Remedy: mend what the error names; then run "
            "`ckan herne reports refresh --dataset %s`.",
            package_id,
            package_id,
        )


def _call() -> None:
    """Put a job into the queue unless one is there that has not begun."""
    if connect_to_redis().set(_key("called"), "yes", nx=True, ex=CALL_AGAIN):
        tk.enqueue_job(work, title="quality reports")


def _key(name: str) -> Any:
    """A key of this portal; several may share one server."""
    return f"herne_quality:{tk.config['ckan.site_id']}:{name}"
