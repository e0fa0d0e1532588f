"""Uploaded files as the database knows them: reads what is stored of them, and writes what was computed.

Writing must never undo what a steward saves at the same moment, nor the other way round:

- the rows of dataset and resource are locked, and facts go in only if the resource still has the file that
  was read (`UploadedFile.version`);
- the dataset is indexed while its row is locked, so that the index ends with what the database ends with;
- whoever holds the dataset never waits for the resource, so that no deadlock ends a steward's save.

`metadata_modified` stays: the upload has set it a moment before, and computing a checksum afterwards is no
change of what the city says about its data. CKAN's actions, and with them the activity stream, take no part.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

import ckan.model as model
import sqlalchemy as sa
from ckan.logic import index_update_package
from ckanext.herne.files.digest import Facts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

OWN_WRITE = "herne_files_own_write"  # in the session while computed facts are being saved
LOCK_NOT_AVAILABLE = "55P03"  # PostgreSQL's SQLSTATE
BATCH = 500

_resource = model.resource_table
_package = model.package_table
_COLUMNS = (
    _resource.c.id,
    _resource.c.package_id,
    _resource.c.url,
    _resource.c.last_modified,
    _resource.c.size,
    _resource.c.hash,
    _resource.c.extras,
    _package.c.name.label("dataset"),
)
_UPLOADED = sa.and_(
    _resource.c.url_type == "upload", _resource.c.state != "deleted", _package.c.state != "deleted"
)


class Written(Enum):
    """What became of computed facts."""

    STORED = "stored"
    SAME = "stored before"
    CHANGED = "the file was replaced or removed meanwhile"
    BUSY = "somebody is saving the resource"
    FAILED = "the file cannot be read, or the facts not be stored"


@dataclass(frozen=True)
class UploadedFile:
    """One uploaded file and what is stored of it."""

    resource_id: str
    package_id: str
    dataset: str
    file_name: str
    last_modified: datetime | None
    stored: Facts

    @property
    def version(self) -> tuple[str, datetime | None]:
        """Differs between any two files that were uploaded one after the other."""
        return self.file_name, self.last_modified

    def __str__(self) -> str:
        return f'dataset "{self.dataset}", resource {self.resource_id} ({self.file_name})'


def find(resource_id: str) -> UploadedFile | None:
    """The resource's file; None if there is no such resource (any more) or it has no uploaded file."""
    try:
        return _find(resource_id)
    finally:
        _end_transaction()


def count() -> int:
    """How many uploaded files the portal has."""
    rows = sa.select(sa.func.count()).select_from(_resource.join(_package)).where(_UPLOADED)
    return int(model.Session.execute(rows).scalar() or 0)


def every() -> Iterator[UploadedFile]:
    """All uploaded files, by resource id. Reads batches, so that memory and transactions stay small."""
    after = ""
    while batch := _select(_resource.c.id > after):
        _end_transaction()
        yield from batch
        after = batch[-1].resource_id


def write(file: UploadedFile, facts: Facts) -> Written:
    """Store and index what was computed of `file`, unless the resource has another file by now.

    :raises ckan.lib.search.SearchIndexError: Solr does not answer; nothing is stored then.
    """
    try:
        return _write(file, facts)
    except sa.exc.OperationalError as error:
        if getattr(error.orig, "pgcode", None) != LOCK_NOT_AVAILABLE:
            raise
        return Written.BUSY
    finally:
        _end_transaction()
        model.Session.info.pop(OWN_WRITE, None)


def _write(file: UploadedFile, facts: Facts) -> Written:
    model.Session.get(model.Package, file.package_id, with_for_update=True, populate_existing=True)
    resource = model.Session.get(
        model.Resource, file.resource_id, with_for_update={"nowait": True}, populate_existing=True
    )
    current = _find(file.resource_id)
    if resource is None or current is None or current.version != file.version:
        return Written.CHANGED
    if current.stored == facts:
        return Written.SAME
    model.Session.info[OWN_WRITE] = True
    resource.size, resource.hash = facts.size, facts.hash
    resource.extras = {**resource.extras, "hash_algorithm": facts.hash_algorithm}
    model.Session.flush()
    index_update_package({"ignore_auth": True}, file.package_id)
    model.Session.commit()
    return Written.STORED


def _find(resource_id: str) -> UploadedFile | None:
    found = _select(_resource.c.id == resource_id)
    return found[0] if found else None


def _select(condition: Any) -> list[UploadedFile]:
    rows = sa.select(*_COLUMNS).select_from(_resource.join(_package)).where(_UPLOADED, condition)
    return [_file(row) for row in model.Session.execute(rows.order_by(_resource.c.id).limit(BATCH))]


def _file(row: Any) -> UploadedFile:
    stored = Facts(row.size, row.hash or "", (row.extras or {}).get("hash_algorithm") or "")
    return UploadedFile(row.id, row.package_id, row.dataset, row.url, row.last_modified, stored)


def _end_transaction() -> None:
    """Reading a large file takes minutes: no transaction stays open behind it."""
    model.Session.rollback()
