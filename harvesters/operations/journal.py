"""What a run leaves in ckanext-harvest's own tables, which its API and pages read: job, objects, errors."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ckan import model
from ckanext.harvest.model import HarvestGatherError, HarvestObject, HarvestObjectError
from ckanext.herne.harvesters.operations.conceal import concealed

if TYPE_CHECKING:
    from ckanext.herne.harvesters.operations.source import Item

ADDED, UPDATED, UNCHANGED, DELETED, ERRORED = "added", "updated", "not modified", "deleted", "errored"


def _now() -> datetime:
    """UTC without a zone, as ckanext-harvest stores times."""
    return datetime.now(UTC).replace(tzinfo=None)


def begin(job: Any) -> None:
    """The job runs; what an earlier worker did not get to, or failed in, is tried again."""
    _throw_away(job, ("WAITING", "FETCH", "ERROR"))
    job.status, job.gather_started = "Running", job.gather_started or _now()
    model.Session.add(job)
    model.Session.commit()


def _throw_away(job: Any, states: tuple[str, ...]) -> None:
    mine = model.Session.query(HarvestObject).filter_by(harvest_job_id=job.id)
    for entry in mine.filter(HarvestObject.state.in_(states)):
        model.Session.query(HarvestObjectError).filter_by(harvest_object_id=entry.id).delete()
        model.Session.delete(entry)


def objects(job: Any) -> dict[str, Any]:
    """The objects of a job by guid: fetched ones, and those that are done."""
    found = model.Session.query(HarvestObject).filter_by(harvest_job_id=job.id)
    return {entry.guid: entry for entry in found}


def fetched(job: Any, item: Item, content: str) -> Any:
    """Keeps what came for a record, so that another worker need not fetch it again."""
    now = _now()
    entry = HarvestObject(guid=item.guid, job=job, source=job.source, content=content, state="IMPORT")
    entry.fetch_started = entry.fetch_finished = now
    model.Session.add(entry)
    model.Session.commit()
    return entry


def done(entry: Any, status: str, kept: dict[str, Any] | None = None) -> None:
    """A record is stored; `kept` is what its object keeps instead of the rows, which are in their table."""
    entry.state, entry.report_status, entry.import_finished = "COMPLETE", status, _now()
    if kept is not None:
        entry.content = json.dumps(kept, ensure_ascii=False)
    model.Session.add(entry)
    model.Session.commit()


def deleted(job: Any, guid: str, package_id: str | None) -> None:
    """The dataset of a record is deleted."""
    model.Session.query(HarvestObject).filter_by(guid=guid, current=True).update({"current": False})
    entry = HarvestObject(guid=guid, job=job, source=job.source, package_id=package_id)
    done(entry, DELETED)


def failed(job: Any, guid: str, stage: str, message: str, entry: Any = None) -> None:
    """A record could not be fetched or stored, and why."""
    entry = entry or HarvestObject(guid=guid, job=job, source=job.source)
    entry.state, entry.report_status = "ERROR", ERRORED
    model.Session.add(entry)
    model.Session.flush()
    model.Session.add(HarvestObjectError(message=concealed(message), object=entry, stage=stage))
    model.Session.commit()


def remark(entry: Any, message: str) -> None:
    """A record is stored, but not all of it could be read."""
    model.Session.add(HarvestObjectError(message=concealed(message), object=entry, stage="Fetch"))
    model.Session.commit()


def complain(job: Any, message: str) -> None:
    """The run as a whole has a problem."""
    model.Session.add(HarvestGatherError(message=concealed(message), job=job))
    model.Session.commit()


def end(job: Any) -> None:
    """The job is finished; nothing is left of what it did not get to."""
    _throw_away(job, ("WAITING", "FETCH", "IMPORT"))
    now = _now()
    job.status, job.finished, job.gather_finished = "Finished", now, job.gather_finished or now
    model.Session.add(job)
    model.Session.commit()
