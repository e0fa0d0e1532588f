"""Which saves call for a job: every one that brings an uploaded file, or touches or lacks its facts.

CKAN tells about changed resources before it commits, whichever action or plugin changed them; the jobs are
enqueued after the commit. A job's own save is marked (`records.OWN_WRITE`) and calls for no job.
"""

from __future__ import annotations

from typing import Any

import ckan.model as model
from ckanext.herne.files import jobs, records
from ckanext.herne.files.digest import Facts
from ckanext.herne.portal.at_commit import AtCommit
from sqlalchemy import event, inspect
from sqlalchemy.orm import object_session

TOUCHED = "herne_files_touched"  # in the session until it commits: resources whose file or facts change
FILE_AND_FACTS = ("url", "url_type", "last_modified", "size", "hash")


def _enqueue(resource_id: str, dataset_and_size: tuple[str, int | None]) -> None:
    jobs.enqueue(resource_id, *dataset_and_size)


_jobs = AtCommit("herne_files_waiting", _enqueue, also_forget=(TOUCHED,))


def notice(entity: Any, operation: str) -> None:
    """Remember a resource that needs a job when the session commits."""
    # While a dataset is purged CKAN tells about None.
    session = object_session(entity) if isinstance(entity, model.Resource) else None
    if session is None or not _is_upload(entity):
        return
    is_new = operation == model.DomainObjectOperation.new
    if not is_new and entity.id not in session.info.get(TOUCHED, ()) and not _lacks_facts(entity):
        return
    dataset = entity.package.name if entity.package else ""
    _jobs.remember(session, entity.id, (dataset, entity.size))


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


def _is_upload(resource: Any) -> bool:
    return bool(resource.url_type == "upload" and resource.state != model.State.DELETED)


def _lacks_facts(resource: Any) -> bool:
    return not Facts(resource.size, resource.hash or "", _algorithm(resource.extras)).are_complete


def _algorithm(extras: dict[str, Any] | None) -> str:
    return (extras or {}).get("hash_algorithm") or ""


@event.listens_for(model.Session, "before_flush")
def _note_touched(session: Any, _flush_context: Any, _instances: Any) -> None:
    """Afterwards nobody could tell what has changed in a resource."""
    if not session.info.get(records.OWN_WRITE):
        touched = {one.id for one in session.dirty if isinstance(one, model.Resource) and _is_touched(one)}
        session.info.setdefault(TOUCHED, set()).update(touched)


def _is_touched(resource: Any) -> bool:
    attributes = inspect(resource).attrs
    before = attributes.extras.history.deleted
    return any(attributes[name].history.has_changes() for name in FILE_AND_FACTS) or (
        bool(before) and _algorithm(before[0]) != _algorithm(resource.extras)
    )
