"""CKAN's actions with what the portal adds: defaults, forms that lose nothing, less talk about users.

Each function is a thin adapter around the pure modules `defaults`, `forms` and `unknown_fields`; the saving
itself, the permissions and the checks of single fields stay with CKAN.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.model as model
import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckanext.herne.harvesters.guard.saving import refuse
from ckanext.herne.portal import organizations, saving
from ckanext.herne.portal.texts import is_too_deep

Action = Callable[[dict[str, Any], dict[str, Any]], Any]

__all__ = [
    "organization_create",
    "organization_update",
    "package_create",
    "package_update",
    "resource_create",
    "resource_update",
    "status_show",
    "user_list",
    "user_show",
]

# What others than the person and the administrators need not know about a user.
PERSONAL = ("sysadmin", "last_active", "email_hash", "activity_streams_email_notifications")


@tk.chained_action
def package_create(original: Action, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    """CKAN's `package_create` with the portal's defaults for every field left empty."""
    refuse_unreadable(data_dict)
    refuse_unknown_type(str(data_dict.get("type") or saving.DATASET))
    if (data_dict.get("type") or saving.DATASET) in saving.TYPES:
        saving.prepare_new(context, data_dict)
    refuse(data_dict, data_dict.get("type"))
    return original(context, data_dict)


@tk.chained_action
def package_update(original: Action, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    """CKAN's `package_update`; from a form it keeps what the form does not show."""
    refuse_unreadable(data_dict)
    package = model.Package.get(data_dict.get("id") or data_dict.get("name"))
    if package and package.type in saving.TYPES:
        saving.prepare_update(context, data_dict, package)
    refuse(data_dict, package.type if package else None)
    return original(context, data_dict)


@tk.chained_action
def resource_create(original: Action, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    """CKAN's `resource_create`; a resource without a name is called like its uploaded file."""
    refuse_unreadable(data_dict)
    saving.prepare_resource(data_dict)
    return original(context, data_dict)


@tk.chained_action
def resource_update(original: Action, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    """CKAN's `resource_update`; from a form it keeps what the form does not show."""
    refuse_unreadable(data_dict)
    saving.prepare_resource(data_dict)
    return original(context, data_dict)


@tk.chained_action
def organization_create(original: Action, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    """CKAN's `organization_create` with the portal's default for the type."""
    refuse_unreadable(data_dict)
    organizations.prepare(data_dict)
    return original(context, data_dict)


@tk.chained_action
def organization_update(original: Action, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    """CKAN's `organization_update`; from a form it keeps the languages that the form does not show."""
    refuse_unreadable(data_dict)
    organizations.prepare(data_dict, model.Group.get(data_dict.get("id")))
    return original(context, data_dict)


@tk.chained_action
@tk.side_effect_free
def user_show(original: Action, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    """CKAN's `user_show`; personal details are told to the person and to sysadmins only."""
    user: dict[str, Any] = original(context, data_dict)
    return user if may_know(context, user) else impersonal(user)


@tk.chained_action
@tk.side_effect_free
def user_list(original: Action, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    """CKAN's `user_list` without personal details for those who are not sysadmin."""
    users = original(context, data_dict)
    if not isinstance(users, list):
        return users
    return [
        user if not isinstance(user, dict) or may_know(context, user) else impersonal(user) for user in users
    ]


@tk.chained_action
@tk.side_effect_free
def status_show(original: Action, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    """CKAN's `status_show`; version, plugins and addresses of the operator are told to sysadmins only."""
    status: dict[str, Any] = original(context, data_dict)
    if is_sysadmin(context):
        return status
    private = {"ckan_version", "extensions", "error_emails_to"}
    return {key: value for key, value in status.items() if key not in private}


def refuse_unreadable(data_dict: dict[str, Any]) -> None:
    """Keep what CKAN would stumble over before it checks anything from it.

    :raises ValidationError: id, type or state is not a text, or a value has too many levels.
    """
    errors = {name: [tk._("Has too many levels")] for name, value in data_dict.items() if is_too_deep(value)}
    for name in ("id", "type", "state"):
        if not isinstance(data_dict.get(name) or "", str):
            errors[name] = [tk._("Expected a text, not a list or an object")]
    if errors:
        raise tk.ValidationError(saving.as_ckan_expects(errors))


def refuse_unknown_type(package_type: str) -> None:
    """CKAN saves packages of any type, without a schema.

    :raises ValidationError: no plugin is responsible for the type.
    """
    known = {kind for plugin in p.PluginImplementations(p.IDatasetForm) for kind in plugin.package_types()}
    if package_type not in known | set(saving.TYPES):
        message = tk._('"{text}" is not in the list. Did you mean: {proposals}?')
        proposals = ", ".join(saving.TYPES)
        raise tk.ValidationError({"type": [message.format(text=package_type[:100], proposals=proposals)]})


def impersonal(user: dict[str, Any]) -> dict[str, Any]:
    """`user` less what only the person and the administrators may know."""
    return {key: value for key, value in user.items() if key not in PERSONAL}


def may_know(context: dict[str, Any], user: dict[str, Any]) -> bool:
    """Whether the requester may see the personal details of `user`."""
    return bool(context.get("ignore_auth") or is_sysadmin(context) or user.get("name") == context.get("user"))


def is_sysadmin(context: dict[str, Any]) -> bool:
    """Whether the requester is an administrator of the whole portal."""
    requester = context.get("auth_user_obj") or model.User.get(context.get("user") or "")
    return bool(getattr(requester, "sysadmin", False))
