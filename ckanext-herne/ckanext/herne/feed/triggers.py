"""Which changes are published when: every save of a package, within its own transaction.

A save never fails because of the feed. What then does not enter it is tried again by a background job, as are
the packages that refer to one that appeared or went.
"""

from __future__ import annotations

import logging
from typing import Any

import ckan.model as model
from ckanext.herne.feed import jobs, staging
from ckanext.herne.feed.publish import publish
from ckanext.herne.portal.at_commit import AtCommit
from ckanext.herne.portal.saving import TYPES
from rq.timeouts import JobTimeoutException
from sqlalchemy.orm import object_session

log = logging.getLogger(__name__)


def notice(entity: Any) -> None:
    """Remember a package that CKAN reports as changed; resources are reported with their package."""
    # While a dataset is purged CKAN tells about None.
    session = object_session(entity) if isinstance(entity, model.Package) else None
    if session is not None and entity.type in TYPES:
        _publishing.remember(session, entity.id)


def _publish(package_id: str, _detail: Any) -> None:
    savepoint = model.Session.connection().begin_nested()
    try:
        published = publish(package_id)
    except Exception as error:
        savepoint.rollback()
        if isinstance(error, JobTimeoutException):
            raise
        log.exception(
            "%s is saved, but not published; harvesters get what they got before. It is tried again by a "
            "background job. Remedy if that fails too: mend what the error names; then run "
            "`ckan herne feed check --repair`.",
            package_id,
        )
        package = model.Package.get(package_id)
        if package is not None and package.state == model.State.ACTIVE and not package.private:
            staging.hold_unknown(package_id, package.owner_org or "")
        jobs.try_again(package_id)
    else:
        savepoint.commit()
        jobs.pass_on(package_id, published)


_publishing = AtCommit("herne_feed_publish", _publish, when="before_commit")
