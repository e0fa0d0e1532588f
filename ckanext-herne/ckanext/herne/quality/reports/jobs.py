"""The background job that brings a package's report up to date, and how it gets into CKAN's job queue.

Which changes call for a job is left to `triggers`.
"""

from __future__ import annotations

import logging

import ckan.plugins.toolkit as tk
from ckanext.herne.quality.reports.refresh import Outcome, refresh
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


def enqueue(package_id: str, name: str) -> None:
    """Put the job for one package into the queue; a queue that is down is logged and fails no save."""
    try:
        tk.enqueue_job(report, [package_id, name], title=f"quality report of {name}")
    except RedisError as error:
        log.warning(
            'The quality report of "%s" (%s) is out of date: the job queue does not answer (%s). The save '
            "itself succeeded. Remedy: start Valkey; then run `ckan herne reports refresh`.",
            name,
            package_id,
            error,
        )


def report(package_id: str, name: str) -> None:
    """Bring the report of a package up to date; nothing is to be done if the package is gone."""
    outcome = refresh(package_id)
    if outcome is Outcome.GONE:
        log.info('No quality report of "%s" (%s): it is gone. Nothing is to be done.', name, package_id)
