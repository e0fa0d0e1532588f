"""What follows from a publication: people are told, and other packages are published by a background job.

CKAN loads everything anew for each job, which takes a hundred times as long as publishing a package. So
packages wait on a list beside the queue, and one job works off all that wait. A package that is put there
again while the job looks at it stays on the list, and calls for the next job.
"""

from __future__ import annotations

import logging
import time
from typing import Any
from uuid import uuid4

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.lib.redis import connect_to_redis
from ckanext.herne.feed import telling
from ckanext.herne.feed.publish import Published, publish
from ckanext.herne.portal.at_commit import AtCommit
from redis.exceptions import RedisError
from rq.timeouts import JobTimeoutException

log = logging.getLogger(__name__)

CALL_AGAIN = 600  # seconds after which a job that has not begun counts as lost
PATIENCE = 60  # seconds, well below CKAN's limit for a job; then the next one goes on
# Takes a package off the list unless it was put there again meanwhile: key, package, mark.
DONE = "if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then redis.call('HDEL', KEYS[1], ARGV[1]) end"


def pass_on(package_id: str, published: Published) -> None:
    """Have done what follows from a publication, once the database has it."""
    if published.became:
        _telling.remember(model.Session(), package_id, published.became)
    for affected in published.affects:
        _waiting.remember(model.Session(), affected)


def try_again(package_id: str) -> None:
    """Have a package that could not be published tried again, once the database has it."""
    _waiting.remember(model.Session(), package_id)


def enqueue(*package_ids: str) -> None:
    """Have packages (at least one) published; a queue that is down is logged and fails nobody."""
    try:
        connect_to_redis().hset(_key("waiting"), mapping={one: uuid4().hex for one in package_ids})
        _call()
    except RedisError as error:
        log.warning(
            "The feed is out of date for %s: the job queue does not answer (%s). What harvesters get is what "
            "they got before. Remedy: start Valkey; then run `ckan herne feed check --repair`.",
            ", ".join(package_ids),
            error,
        )


def work() -> None:
    """Publish all packages on the list."""
    redis = connect_to_redis()
    redis.delete(_key("called"))  # before reading the list: who comes onto it later calls the next job
    end = time.monotonic() + PATIENCE
    for package_id, mark in redis.hgetall(_key("waiting")).items():
        if time.monotonic() > end:
            _call()
            return
        _publish(package_id.decode())
        redis.eval(DONE, 1, _key("waiting"), package_id, mark)


def _publish(package_id: str) -> None:
    try:
        pass_on(package_id, publish(package_id))
        model.Session.commit()
    except JobTimeoutException:
        raise
    except Exception:
        model.Session.rollback()
        log.exception(
            "%s is not published; harvesters get what they got before. Remedy: mend what the error names; "
            "then run `ckan herne feed check --repair`.",
            package_id,
        )
    finally:
        model.Session.expunge_all()  # thousands of packages in a row leave nothing behind


def _call() -> None:
    """Put a job into the queue unless one is there that has not begun."""
    if connect_to_redis().set(_key("called"), "yes", nx=True, ex=CALL_AGAIN):
        tk.enqueue_job(work, title="publish")


def _key(name: str) -> Any:
    """A key of this portal; several may share one server."""
    return f"herne_feed:{tk.config['ckan.site_id']}:{name}"


def _enqueue(package_id: str, _detail: Any) -> None:
    enqueue(package_id)


_telling = AtCommit("herne_feed_telling", telling.tell)
_waiting = AtCommit("herne_feed_waiting", _enqueue)
