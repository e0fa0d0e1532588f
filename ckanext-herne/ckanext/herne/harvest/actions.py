"""The actions for harvests: plan, run, status, history, cancel, pause; ckanext-harvest's that start one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.plugins.toolkit import _
from ckanext.harvest.logic import HarvestJobExists
from ckanext.harvest.model import HarvestJob, HarvestSource
from ckanext.herne.harvest import sources
from ckanext.herne.harvest.model import memory_table, record_table, run_table
from ckanext.herne.harvesters.guard.visibility import may_edit
from ckanext.herne.harvesters.operations import runs, scheduling, work

if TYPE_CHECKING:
    from ckanext.herne.harvesters.operations.runs import Run

Context = dict[str, Any]
Action = Callable[[Context, dict[str, Any]], Any]


def told(run: Run) -> dict[str, Any]:
    """A run as JSON has it; times with their zone."""
    values = asdict(run)
    del values["lease_until"]
    return {key: one.isoformat() if isinstance(one, datetime) else one for key, one in values.items()}


def _source(context: Context, data_dict: dict[str, Any], action: str) -> Any:
    """The source that `id` (id or name) names. Raises ObjectNotFound, NotAuthorized."""
    name = tk.get_or_bust(data_dict, "id")
    package = model.Package.get(name)
    found = HarvestSource.get(package.id if package else name)
    if found is None:
        raise tk.ObjectNotFound(_('There is no harvest source "{name}"').format(name=name))
    tk.check_access(action, context, {**data_dict, "id": found.id})
    return found


def _begin(source_id: str, kind: str, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Has the workers do it, or does it here and now if the caller wants to wait."""
    accept = tk.asbool(data_dict.get("accept_deletions", False))
    try:
        job_id = scheduling.prepare(source_id, kind, accept_deletions=accept)
    except scheduling.BusyError as error:
        problem = _("Another run of this source is not finished. Wait for it, or cancel it.")
        raise tk.ValidationError({"id": [problem]}) from error
    if tk.asbool(data_dict.get("wait", False)):
        work.work(job_id)
    else:
        scheduling.enqueue(job_id)
    run = runs.get(job_id)
    return told(run) if run else {}


def herne_harvest_plan(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """A dry run: what a run of a source would do now. Nothing is stored.

    :param id: id or name of the harvest source; its editors may ask.
    :param wait: whether to answer only when it is done (default: no; `herne_harvest_status` tells then).
    :returns: the run; its `plan` has the keys create, change, unchanged, delete, held, errors, asks.
    """
    return _begin(_source(context, data_dict, "herne_harvest_plan").id, "plan", data_dict)


def herne_harvest_run(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Harvests a source.

    :param id: id or name of the harvest source; its editors may ask.
    :param accept_deletions: whether many datasets may vanish; for administrators of the organization.
    :param wait: whether to answer only when it is done (default: no).
    :returns: the run.
    """
    return _begin(_source(context, data_dict, "herne_harvest_run").id, "run", data_dict)


@tk.side_effect_free
def herne_harvest_status(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """How a source's harvest stands.

    :param id: id or name of the harvest source.
    :returns: `source`, `state` (ok, incomplete, late, failing, never, paused), `due` (by when a success is
        due, if one is), `paused`, `last_success`, `failing_since`, `next_run` and `run`, the newest run.
    """
    source = _source(context, data_dict, "herne_harvest_status")
    known, newest = runs.memory(source.id), runs.of_source(source.id, 1)
    health = sources.health_of(source.id)
    return {
        "source": {"id": source.id, "title": source.title, "url": source.url, "type": source.type},
        "state": health.state.value,
        "due": health.due.isoformat() if health.due else None,
        "paused": known.paused,
        "last_success": known.last_success.isoformat() if known.last_success else None,
        "failing_since": known.failing_since.isoformat() if known.failing_since else None,
        "next_run": f"{source.next_run.isoformat()}+00:00" if source.next_run else None,
        "run": told(newest[0]) if newest else None,
    }


@tk.side_effect_free
def herne_harvest_history(context: Context, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """The runs of a source, newest first, without their plans.

    :param id: id or name of the harvest source.
    :param limit: number of runs (default 20, at most 500).
    """
    source = _source(context, data_dict, "herne_harvest_history")
    limit = str(data_dict.get("limit", 20))
    if not limit.isascii() or not limit.isdigit():
        raise tk.ValidationError({"limit": [_("Expected a number")]})
    return [{**told(run), "plan": None} for run in runs.of_source(source.id, min(int(limit), 500))]


def herne_harvest_cancel(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Cancels the run of a source that is not finished. What it has stored stays.

    :param id: id or name of the harvest source.
    """
    source = _source(context, data_dict, "herne_harvest_cancel")
    asked = _cancelled(source.id)
    if asked is None:
        raise tk.ValidationError({"id": [_("No run of this source is under way.")]})
    return told(runs.get(asked.job_id) or asked)


def _cancelled(source_id: str) -> Run | None:
    """Asks the run of a source to end, or ends it if no worker has begun it; None if there is none."""
    asked = next(iter(runs.ask_to_cancel(source_id)), None)
    if asked is not None and asked.worker is None:
        work.end_unstarted(asked)
    return asked


def herne_harvest_pause(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Has a source not harvested by the clock, or again.

    :param id: id or name of the harvest source.
    :param paused: whether it pauses (default: yes).
    """
    source = _source(context, data_dict, "herne_harvest_pause")
    runs.remember(source.id, paused=tk.asbool(data_dict.get("paused", True)))
    shown: dict[str, Any] = herne_harvest_status(context, {"id": source.id})
    return shown


@tk.chained_action
def harvest_job_create(original: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """ckanext-harvest's action; our workers do the job."""
    made = original(context, {**data_dict, "run": False})
    if not runs.create(made["id"], made["source_id"], "run", accept_deletions=False):
        model.Session.delete(HarvestJob.get(made["id"]))
        model.Session.commit()
        raise HarvestJobExists(_("Another run of this source is not finished."))
    if tk.asbool(data_dict.get("run", True)):
        return tk.get_action("harvest_send_job_to_gather_queue")(context, {"id": made["id"]})
    return made


@tk.chained_action
def harvest_send_job_to_gather_queue(
    _original: Action, context: Context, data_dict: dict[str, Any]
) -> dict[str, Any]:
    """ckanext-harvest's action; the job goes to our workers."""
    job = HarvestJob.get(tk.get_or_bust(data_dict, "id"))
    if job is None:
        raise tk.ObjectNotFound
    tk.check_access("harvest_send_job_to_gather_queue", context, {"id": job.id, "source_id": job.source_id})
    runs.create(job.id, job.source_id, "run", accept_deletions=False)
    job.status = "Running"
    model.Session.add(job)
    model.Session.commit()
    scheduling.enqueue(job.id)
    shown: dict[str, Any] = tk.get_action("harvest_job_show")(context, {"id": job.id})
    return shown


@tk.chained_action
def harvest_jobs_run(_original: Action, context: Context, data_dict: dict[str, Any]) -> list[Any]:
    """ckanext-harvest's action for cron, which is not needed here: it starts what is due."""
    tk.check_access("harvest_jobs_run", context, data_dict)
    scheduling.start_due()
    return []


@tk.chained_action
def harvest_job_abort(original: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """ckanext-harvest's action; the worker ends the run, which ckanext-harvest leaves alone."""
    name = data_dict.get("source_id") or tk.get_or_bust(data_dict, "id")
    job = HarvestJob.get(name)
    package = model.Package.get(job.source_id if job else name)
    source_id = job.source_id if job else (package.id if package else name)
    tk.check_access("harvest_job_abort", context, data_dict)
    asked = _cancelled(source_id)
    if asked is None:  # a job of the time before
        return original(context, data_dict)
    return tk.get_action("harvest_job_show")(context, {"id": asked.job_id})


@tk.chained_action
def harvest_source_clear(original: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """ckanext-harvest's action, which also forgets what is known of the source's records."""
    result = original(context, data_dict)
    for table in (record_table, memory_table, run_table):
        model.Session.execute(table.delete().where(table.c.source_id == result["id"]))
    model.Session.commit()
    return result


ACTIONS: dict[str, Action] = {
    "herne_harvest_plan": herne_harvest_plan,
    "herne_harvest_run": herne_harvest_run,
    "herne_harvest_status": herne_harvest_status,
    "herne_harvest_history": herne_harvest_history,
    "herne_harvest_cancel": herne_harvest_cancel,
    "herne_harvest_pause": herne_harvest_pause,
    "harvest_job_create": harvest_job_create,
    "harvest_send_job_to_gather_queue": harvest_send_job_to_gather_queue,
    "harvest_jobs_run": harvest_jobs_run,
    "harvest_job_abort": harvest_job_abort,
    "harvest_source_clear": harvest_source_clear,
}


def _for_editors(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    if not may_edit(context, data_dict.get("id") or ""):
        return {"success": False, "msg": _("This is for those who may edit the harvest source.")}
    return {"success": True}


def _for_those_who_may_delete(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """To accept that many datasets vanish takes an administrator of the organization."""
    answer = _for_editors(context, data_dict)
    if not answer["success"] or not tk.asbool(data_dict.get("accept_deletions", False)):
        return answer
    package = model.Package.get(data_dict["id"])
    try:
        asked = {"id": package.owner_org if package else ""}
        tk.check_access("organization_update", {"user": context.get("user", "")}, asked)
    except (tk.NotAuthorized, tk.ObjectNotFound):
        problem = _("Only administrators of the organization may accept that many datasets vanish.")
        return {"success": False, "msg": problem}
    return {"success": True}


AUTH_FUNCTIONS = {
    "herne_harvest_plan": _for_editors,
    "herne_harvest_run": _for_those_who_may_delete,
    "herne_harvest_status": _for_editors,
    "herne_harvest_history": _for_editors,
    "herne_harvest_cancel": _for_editors,
    "herne_harvest_pause": _for_editors,
}
