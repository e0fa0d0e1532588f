"""Runs of a harvest source in the test's own process, from discovery to the report."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckanext.harvest.model import HarvestGatherError, HarvestJob, HarvestObject, HarvestObjectError


def run(source: Any, **asked: Any) -> dict[str, Any]:
    """One run: its `plan`, `counts`, `outcome`, `message`, `job_id`; `errors` as ckanext-harvest has them;
    `status` by guid: added, updated, not modified, deleted, errored."""
    data = {"id": source.id, "wait": True, **asked}
    done = tk.get_action("herne_harvest_run")({"ignore_auth": True}, data)
    model.Session.expire_all()
    job = HarvestJob.get(done["job_id"])
    assert job.status == "Finished"
    return {**done, "errors": _errors(job), "status": _statuses(job, done["plan"] or {})}


def dataset_of(done: dict[str, Any]) -> dict[str, Any]:
    """The dataset of a run that brings one."""
    plan = done["plan"]
    (entry,) = [*plan["create"], *plan["change"]]
    shown: dict[str, Any] = tk.get_action("package_show")(
        {"ignore_auth": True, "use_cache": False}, {"id": entry["package_id"]}
    )
    return shown


def _errors(job: Any) -> list[str]:
    gathered = model.Session.query(HarvestGatherError).filter_by(harvest_job_id=job.id)
    of_objects = model.Session.query(HarvestObjectError).join(HarvestObject)
    return [
        error.message for error in (*gathered, *of_objects.filter(HarvestObject.harvest_job_id == job.id))
    ]


def _statuses(job: Any, plan: dict[str, Any]) -> dict[str, str]:
    objects = model.Session.query(HarvestObject).filter_by(harvest_job_id=job.id)
    unchanged = dict.fromkeys(plan.get("unchanged", []), "not modified")
    return unchanged | {entry.guid: entry.report_status for entry in objects}
