"""Which changes call for a new report: every one of an active dataset, series or service or its resources."""

from __future__ import annotations

from typing import Any

import ckan.model as model
from ckanext.herne.portal.after_commit import AfterCommit
from ckanext.herne.portal.saving import TYPES
from ckanext.herne.quality.reports import jobs
from sqlalchemy.orm import object_session


def _enqueue(package_id: str, name: str) -> None:
    jobs.enqueue(package_id, name)


_jobs = AfterCommit("herne_quality_waiting", _enqueue)


def notice(entity: Any) -> None:
    """Remember a package that CKAN reports as new or changed; resources are reported with their package."""
    # While a dataset is purged CKAN tells about None.
    session = object_session(entity) if isinstance(entity, model.Package) else None
    if session is not None and entity.state == model.State.ACTIVE and entity.type in TYPES:
        _jobs.remember(session, entity.id, entity.name)
