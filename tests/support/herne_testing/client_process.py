"""What happens in the process of the second portal (`client`): ckanext-harvest's stages in a row.

`ckan harvester run-test` does the same, but not twice: the first harvest leaves a source in the index that
the command cannot read any more (ckanext-harvest 1.6.3 on CKAN 2.12).
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_app: Any = None


class File(NamedTuple):
    """A resource."""

    id: str
    name: str
    url: str


@dataclass(frozen=True)
class Copy:
    """A dataset as the client has it; `uri` is that of the original."""

    uri: str
    id: str
    name: str
    title: str
    notes: str
    state: str
    modified: datetime
    files: tuple[File, ...]


@dataclass(frozen=True)
class Harvest:
    """What a harvest did.

    `gathered` says how often the crawl came across each URI, and `seconds` how long it took; `done` counts
    datasets by what became of them ("added", "updated", "deleted").
    """

    gathered: Counter[str]
    seconds: float
    done: Counter[str]
    errors: tuple[str, ...]


def load(environ: Mapping[str, str]) -> None:
    """Load CKAN on these servers, and make its tables."""
    os.environ.update(environ)
    from herne_stack.init import migrate
    from herne_stack.loading import load_ckan

    globals()["_app"] = load_ckan()
    migrate()


def harvest(address: str) -> Harvest:
    """Harvest the catalogue at this address; a harvest that hangs is ended."""
    from ckan import model
    from ckan.plugins import toolkit as tk
    from ckanext.harvest.model import HarvestJob, HarvestSource
    from ckanext.harvest.queue import get_harvester
    from ckanext.harvest.tests.lib import run_harvest_job

    with _app._wsgi_app.test_request_context():
        user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
        operator = {"ignore_auth": True, "user": user, "model": model}
        source = model.Session.query(HarvestSource).filter_by(url=address).one_or_none()
        if source is None:
            fields = {"name": "catalogue", "title": "Catalogue", "url": address, "source_type": "dcat_rdf"}
            made = tk.get_action("harvest_source_create")(dict(operator), fields)
            source = HarvestSource.get(made["id"])
        job = tk.get_action("harvest_job_create")(dict(operator), {"source_id": source.id, "run": False})
        run_harvest_job(HarvestJob.get(job["id"]), get_harvester(source.type))
        model.Session.expire_all()
        if HarvestJob.get(job["id"]).status != "Finished":  # as after a crawl that broke off
            tk.get_action("harvest_job_abort")(dict(operator), {"id": job["id"]})
        return _told(HarvestJob.get(job["id"]))


def _told(job: Any) -> Harvest:
    errors = [error.message for error in job.gather_errors]
    for one in job.objects:
        errors += [error.message for error in one.errors]
    return Harvest(
        gathered=Counter(one.guid for one in job.objects if one.report_status != "deleted"),
        seconds=(job.gather_finished - job.gather_started).total_seconds(),
        done=Counter(one.report_status for one in job.objects),
        errors=tuple(errors),
    )


def copies() -> list[Copy]:
    """All datasets, the oldest first."""
    from ckan import model

    with _app._wsgi_app.test_request_context():
        packages = model.Session.query(model.Package).filter_by(type="dataset")
        return [_copy(package) for package in packages.order_by(model.Package.metadata_created)]


def _copy(package: Any) -> Copy:
    return Copy(
        uri=package.extras["uri"],
        id=package.id,
        name=package.name,
        title=package.title,
        notes=package.notes,
        state=package.state,
        modified=package.metadata_modified,
        files=tuple(File(file.id, file.name, file.url) for file in package.resources),
    )
