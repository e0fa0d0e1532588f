"""What a draft would become if it were saved: completed, checked field by field, and never stored.

The way is the one a save takes: the portal's defaults, then CKAN's own checks. A draft may be unfinished, so
what a save would refuse is told beside the verdict and hinders none.
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn

import ckan.lib.plugins as lib_plugins
import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.lib.navl.dictization_functions import DataError
from ckan.plugins.toolkit import _
from ckanext.herne.portal import saving
from ckanext.herne.portal.texts import is_too_deep

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ckanext.herne.quality.reports.subjects import Package

LIMIT = 1_000_000  # bytes of a draft as JSON


@dataclass(frozen=True, slots=True)
class Draft:
    """A completed draft, and what a save would refuse, by field."""

    package: Package
    errors: dict[str, Any]


def readable(value: Any) -> dict[str, Any]:
    """The draft that a caller sent, as a copy of the portal's own.

    :raises ValidationError: it is no object, too large, too deep, or of a type that nobody knows.
    """
    if not isinstance(value, dict):
        _refuse(_("Expected an object with the fields of a dataset"))
    if is_too_deep(value):
        _refuse(_("Has too many levels"))
    try:
        size = len(json.dumps(value).encode())
    except (TypeError, ValueError):
        _refuse(_("Expected texts, numbers, lists and objects; files cannot be validated"))
    if size > LIMIT:
        _refuse(_("Is larger than {limit} MB. Shorten the texts.").format(limit=LIMIT // 1_000_000))
    for name in ("id", "name", "type", "state", "owner_org"):
        if not isinstance(value.get(name) or "", str):
            raise tk.ValidationError({name: [_("Expected a text, not a list or an object")]})
    if (value.get("type") or saving.DATASET) not in saving.TYPES:
        raise tk.ValidationError({"type": [_("One of: {}").format(", ".join(saving.TYPES))]})
    return copy.deepcopy(value)


def stored_package(draft: Mapping[str, Any]) -> Any:
    """The stored package of which this is a changed draft; None for a new one."""
    package = model.Package.get(draft["id"]) if draft.get("id") else None
    return package if package is not None and package.state != model.State.DELETED else None


def completed(context: Mapping[str, Any], draft: dict[str, Any]) -> Draft:
    """The draft as it would be shown after saving. Reads the database, writes nothing.

    :raises ValidationError: values that no field can hold; a save would refuse them before any check.
    """
    package = stored_package(draft)
    who = {"user": context.get("user", ""), "auth_user_obj": context.get("auth_user_obj")}
    checking: dict[str, Any] = {**who, "model": model, "session": model.Session, "ignore_auth": False}
    kind = package.type if package else str(draft.get("type") or saving.DATASET)
    draft["type"] = kind
    files: list[dict[str, Any]] = []  # CKAN leaves alone those that an update does not mention
    if package is None:
        saving.prepare_new(checking, draft)
    else:
        files = saving.prepare_update(checking, draft, package)["resources"]
        checking["package"] = package
    try:
        with model.Session.no_autoflush:
            checked, errors = _checked(checking, draft, kind, "update" if package else "create")
    except DataError as error:
        _refuse(str(error.error))
    return Draft(_as_if_saved({"resources": files, **draft, **checked}, package, kind), errors)


def _checked(
    context: dict[str, Any], draft: dict[str, Any], kind: str, step: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The draft as `package_show` would give it, and the errors by field."""
    saved, errors = saving.checked(context, copy.deepcopy(draft), step)
    plugin = lib_plugins.lookup_package_plugin(kind)
    shown, _unimportant = lib_plugins.plugin_validate(
        plugin, context, saved, plugin.show_package_schema(), "package_show"
    )
    return {name: value for name, value in _said(shown).items() if name not in errors}, errors


def _said(value: Any) -> Any:
    """Without the marks that CKAN's checks leave where nothing was said."""
    if isinstance(value, dict):
        return {name: _said(part) for name, part in value.items() if part is not tk.missing}
    if isinstance(value, list):
        return [_said(part) for part in value if part is not tk.missing]
    return value


def _as_if_saved(draft: Package, package: Any, kind: str) -> Package:
    """The draft with what a save would add by itself: the type, and the times."""
    now = datetime.now(UTC).replace(tzinfo=None).isoformat()  # as CKAN has it: UTC without a zone
    created = package.metadata_created.isoformat() if package else now
    known = {"type": kind, "metadata_created": created, "metadata_modified": now}
    files = draft.get("resources") or []
    resources = [{"created": now, "metadata_modified": now, **file} for file in files]
    return {**draft, **known, "resources": resources, **({"id": package.id} if package else {})}


def _refuse(message: str) -> NoReturn:
    raise tk.ValidationError({"dataset": [message]})
