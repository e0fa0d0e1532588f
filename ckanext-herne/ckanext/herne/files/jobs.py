"""The background job that computes a file's facts, and how it gets into CKAN's job queue.

Which saves call for a job is left to `triggers`.
"""

from __future__ import annotations

import logging
import time

import ckan.plugins.toolkit as tk
from ckan.common import config
from ckan.lib.search.common import SearchIndexError
from ckanext.herne.files import records
from ckanext.herne.files.digest import SHA256, Facts, facts_of
from ckanext.herne.files.records import UploadedFile, Written
from ckanext.herne.files.storage import FileUnavailableError, chunks_of_file
from redis.exceptions import RedisError
from rq.timeouts import JobTimeoutException

log = logging.getLogger(__name__)

ATTEMPTS = 3
PAUSE = 1.0  # seconds between attempts while somebody saves the resource
SLOWEST_READING = 5_000_000  # bytes per second; what is slower counts as hanging
LATER = "`ckan herne files check --repair` fills it in"
GONE = (
    'No checksum for dataset "%s", resource %s: it was deleted or has no uploaded file any more. '
    "Nothing is to be done; if it is ever restored, %s."
)


def enqueue(resource_id: str, dataset: str, size: int | None) -> None:
    """Put the job for one resource into the queue; a queue that is down is logged and fails no upload."""
    timeout = config["ckan.jobs.timeout"] + (size or 0) // SLOWEST_READING
    try:
        tk.enqueue_job(
            compute,
            [resource_id, dataset],
            title=f"checksum of dataset {dataset}, resource {resource_id}",
            rq_kwargs={"timeout": timeout},
        )
    except RedisError as error:
        log.warning(
            'The checksum of dataset "%s", resource %s is missing: the job queue does not answer (%s). '
            "The upload itself succeeded. Remedy: start Valkey; then %s.",
            dataset,
            resource_id,
            error,
            LATER,
        )


def compute(resource_id: str, dataset: str) -> bool:
    """Compute and store size and checksum of a resource's file; whether they are right at the end.

    Safe to repeat. Whatever is wrong with file or resource is logged with its remedy and ends the job.
    """
    for _ in range(ATTEMPTS):
        file = records.find(resource_id)
        if file is None:
            log.info(GONE, dataset, resource_id, LATER)
            return False
        written = _attempt(file)
        if written not in (Written.CHANGED, Written.BUSY):
            return written is not Written.FAILED
        time.sleep(PAUSE)
    log.info(
        'Dataset "%s", resource %s is being changed: another job computes its checksum', dataset, resource_id
    )
    enqueue(resource_id, dataset, None)
    return False


def _attempt(file: UploadedFile) -> Written:
    """Read the file once and store its facts if they are still wanted."""
    try:
        facts = facts_of(chunks_of_file(file.resource_id))
        written = records.write(file, facts)
    except FileUnavailableError as error:
        return _failed(file, str(error))
    except SearchIndexError as error:
        return _failed(file, f"Solr does not take it ({error}). Remedy: start Solr; then {LATER}")
    except JobTimeoutException:
        _failed(file, f"reading the file takes too long. Remedy: check the storage; then {LATER}")
        raise
    if written is Written.STORED:
        _log_stored(file, facts)
    return written


def _failed(file: UploadedFile, reason: str) -> Written:
    log.error("No checksum for %s: %s.", file, reason)
    return Written.FAILED


def _log_stored(file: UploadedFile, facts: Facts) -> None:
    stated = file.stored
    log.info("Stored of %s: %d bytes, SHA-256 %s", file, facts.size, facts.hash)
    if stated.hash and (stated.hash.lower() != facts.hash or stated.hash_algorithm not in ("", SHA256)):
        log.warning(
            "For %s the checksum %s (%s) was stated, but its file has the SHA-256 %s. The computed one is "
            "stored. If the file was not replaced just now, compare it with its source.",
            file,
            stated.hash,
            stated.hash_algorithm or "no algorithm stated",
            facts.hash,
        )
