"""Which saves call for a job: every one that leaves an uploaded file without facts, or replaces the file.

CKAN tells about changed resources before it commits, whichever action or plugin changed them. The jobs are
enqueued after the commit, so that a job never looks for what is not there yet.

A job's own save replaces no file and leaves no facts out, so that it calls for no job.
"""

from __future__ import annotations

from typing import Any

import ckan.model as model
from ckanext.herne.files import jobs
from ckanext.herne.files.digest import Facts
from sqlalchemy import event
from sqlalchemy.orm import object_session

WAITING = "herne_files_waiting"  # in the session: resource id -> (dataset, size in bytes)


def notice(entity: Any, operation: str) -> None:
    """Remember a resource that needs a job when the session commits."""
    # While a dataset is purged CKAN tells about None.
    session = object_session(entity) if isinstance(entity, model.Resource) else None
    if session is None or not _needs_job(entity, operation):
        return
    dataset = entity.package.name if entity.package else ""
    session.info.setdefault(WAITING, {})[entity.id] = (dataset, entity.size)


def forget_stale(current: dict[str, Any], resource: dict[str, Any]) -> None:
    """Take the facts of a file that is being replaced or given up for a link out of what is to be saved.

    `resource_patch` would carry them over, and CKAN keeps a checksum that is not sent. What the caller states
    anew stays.
    """
    has_new_file = bool(resource.get("upload"))
    was_upload = current.get("url_type") == "upload"
    stays_upload = resource.get("url_type") == "upload" and not resource.get("clear_upload")
    if not has_new_file and (not was_upload or stays_upload):
        return
    if resource.get("hash", current.get("hash")) == current.get("hash"):
        resource.update({"hash": "", "hash_algorithm": "", "size": None})


def _needs_job(resource: Any, operation: str) -> bool:
    if resource.url_type != "upload" or resource.state == model.State.DELETED:
        return False
    algorithm = (resource.extras or {}).get("hash_algorithm") or ""
    is_new_file = operation == model.DomainObjectOperation.new or getattr(resource, "url_changed", False)
    return is_new_file or not Facts(resource.size, resource.hash or "", algorithm).are_complete


@event.listens_for(model.Session, "after_commit")
def _enqueue_waiting(session: Any) -> None:
    if session.in_nested_transaction():
        return  # only a savepoint: other processes see nothing yet
    for resource_id, (dataset, size) in session.info.pop(WAITING, {}).items():
        jobs.enqueue(resource_id, dataset, size)


@event.listens_for(model.Session, "after_rollback")
def _forget_waiting(session: Any) -> None:
    if not session.in_nested_transaction():
        session.info.pop(WAITING, None)
