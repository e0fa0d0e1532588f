"""Who sees harvest sources, their jobs, objects and logs: those who may edit the source, and nobody else.

A source is a package, so that permission labels decide for the search, `package_show` and everything built on
them; jobs and objects ask for the permission to edit their source.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan import model
from ckan.authz import is_sysadmin
from ckan.lib.plugins import DefaultPermissionLabels
from ckan.logic import auth_audit_exempt
from ckan.plugins.toolkit import _
from ckanext.harvest.model import HarvestObject
from ckanext.harvest.utils import DATASET_TYPE_NAME as SOURCE

Context = dict[str, Any]
AuthFunction = Callable[[Context, dict[str, Any]], dict[str, Any]]
Action = Callable[[Context, dict[str, Any]], Any]


class PermissionLabels(DefaultPermissionLabels):  # type: ignore[misc]
    """CKAN's labels; a harvest source has one that only editors of its organization hold."""

    def get_dataset_labels(self, dataset_obj: Any) -> list[str]:
        if dataset_obj.type != SOURCE:
            return list(super().get_dataset_labels(dataset_obj))
        if dataset_obj.owner_org:
            return [_label(dataset_obj.owner_org)]
        return [f"creator-{dataset_obj.creator_user_id}"]

    def get_user_dataset_labels(self, user_obj: Any) -> list[str]:
        labels = list(super().get_user_dataset_labels(user_obj))
        if user_obj and not user_obj.is_anonymous:
            labels += map(_label, _organizations(user_obj.id))
        return labels


def _label(organization_id: str) -> str:
    return f"harvest-{organization_id}"


def auth_functions() -> dict[str, Any]:
    """The permission functions by name, for a portal that harvests."""
    if not p.plugin_loaded("harvest"):
        return {}
    return {
        "harvest_job_list": harvest_job_list,
        "harvest_object_list": harvest_object_list,
        "harvest_object_show": harvest_object_show,
    }


@tk.chained_auth_function
def harvest_job_list(original: AuthFunction, context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """A source's jobs are for its editors; all jobs for system administrators, who are not asked."""
    return _for_editors(context, data_dict.get("source_id"))


@tk.chained_auth_function
def harvest_object_list(
    original: AuthFunction, context: Context, data_dict: dict[str, Any]
) -> dict[str, Any]:
    """As jobs."""
    return _for_editors(context, data_dict.get("source_id"))


@tk.chained_auth_function
def harvest_object_show(
    original: AuthFunction, context: Context, data_dict: dict[str, Any]
) -> dict[str, Any]:
    """An object holds what the source sent, and is for the source's editors.

    It is looked up as the action does it: by id or another attribute, else by its dataset.
    """
    if key := data_dict.get("id"):
        found = HarvestObject.get(key, attr=data_dict.get("attr"))
    else:
        package = model.Package.get(data_dict.get("dataset_id"))
        found = HarvestObject.get(package.id if package else "", attr="package_id")
    return _for_editors(context, found.harvest_source_id if found else None)


def _for_editors(context: Context, source_id: str | None) -> dict[str, Any]:
    if source_id and may_edit(context, source_id):
        return {"success": True}
    return {"success": False, "msg": _("This is for those who may edit the harvest source.")}


def may_edit(context: Context, source_id: str) -> bool:
    """Whether the requester may edit the source; of a purged one, nobody but a system administrator."""
    try:
        tk.check_access("package_update", {"user": context.get("user", "")}, {"id": source_id})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return False
    return True


def actions() -> dict[str, Any]:
    """The actions by name, for a portal that harvests."""
    if not p.plugin_loaded("harvest"):
        return {}
    return {
        "harvest_abort_failed_jobs": harvest_abort_failed_jobs,
        "harvest_log_list": harvest_log_list,
        "harvest_source_list": harvest_source_list,
        "harvest_sources_reindex": harvest_sources_reindex,
        "package_list": package_list,
    }


@tk.chained_action
@tk.side_effect_free
@auth_audit_exempt
def harvest_source_list(original: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """The sources the requester may edit; ckanext-harvest shows all of them to visitors, and none to editors.

    Its limit of sources (`ckan.harvest.harvest_source_limit`) holds for each organization.
    """
    if context.get("ignore_auth") or is_sysadmin(context.get("user")):
        return original(context, data_dict)
    wanted = data_dict.get("organization_id")
    mine = [entry for entry in _organizations(context.get("user", "")) if wanted in (None, entry)]
    all_of = {**context, "user": "", "ignore_auth": True}
    return [
        source for entry in mine for source in original(dict(all_of), {**data_dict, "organization_id": entry})
    ]


def _organizations(user: str) -> list[str]:
    """The ids of the organizations whose datasets the user may edit."""
    asked = {"permission": "update_dataset"}
    return [entry["id"] for entry in tk.get_action("organization_list_for_user")({"user": user}, asked)]


@tk.chained_action
@auth_audit_exempt
def harvest_abort_failed_jobs(original: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """For system administrators; ckanext-harvest lets anybody ask for it."""
    tk.check_access("sysadmin", context, data_dict)
    return original(context, data_dict)


@tk.chained_action
@tk.side_effect_free
@auth_audit_exempt
def harvest_log_list(original: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """For system administrators: the log is about all sources at once, and has no permission function."""
    tk.check_access("sysadmin", context, data_dict)
    return original({**context, "ignore_auth": True}, data_dict)


@tk.chained_action
def harvest_sources_reindex(original: Action, context: Context, data_dict: dict[str, Any]) -> Any:
    """As it is, but not by GET: it changes the index."""
    return original(context, data_dict)


@tk.chained_action
@tk.side_effect_free
def package_list(original: Action, context: Context, data_dict: dict[str, Any]) -> list[str]:
    """The names of the portal's packages without its harvest sources; a page may be shorter for it."""
    names: list[str] = original(context, data_dict)
    sources = model.Session.query(model.Package.name).filter_by(type=SOURCE)
    hidden = {name for (name,) in sources}
    return [name for name in names if name not in hidden]
