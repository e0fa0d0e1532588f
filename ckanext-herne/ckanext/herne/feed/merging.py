"""Two packages become one: the one that goes leaves its trace, so that partners can follow.

The catalogue's log of changes names what replaces it, and its address leads there.
"""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckanext.herne.feed import jobs, staging, store
from ckanext.herne.feed.publish import Outcome, Published

Context = dict[str, Any]


def herne_dataset_merge(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Delete a package that another one replaces, and say so in the catalogue's log of changes.

    Contents are not moved: what the other one lacks has to be entered there before.

    :param id: id or name of the dataset, series or service that goes
    :param into: id or name of the public one that replaces it
    """
    tk.check_access("herne_dataset_merge", context, data_dict)
    gone, kept = (_package(data_dict, name) for name in ("id", "into"))
    entry = store.find(kept.id)
    if gone.id == kept.id:
        raise tk.ValidationError({"into": [tk._("Name another dataset than the one that goes.")]})
    if entry is None or entry.position is None:
        raise tk.ValidationError({"into": [tk._("Is not in the catalogue. Publish it first.")]})
    try:
        affects = tuple(store.referring(_uri(gone.id)))
        staging.withdraw(gone.id, replaced_by=entry.uri)
        jobs.pass_on(gone.id, Published(Outcome.HIDDEN, affects=affects))
        tk.get_action("package_delete")(context, {"id": gone.id})  # commits all of it
    except BaseException:
        model.Session.rollback()
        raise
    return {"id": gone.id, "replaced_by": entry.uri}


def may_merge(context: Context, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Who may delete the one that goes."""
    return {"success": tk.check_access("package_delete", context, {"id": data_dict.get("id")})}


def _package(data_dict: dict[str, Any], name: str) -> Any:
    reference = data_dict.get(name)
    package = model.Package.get(reference) if isinstance(reference, str) else None
    if package is None or package.state != model.State.ACTIVE:
        raise tk.ValidationError({name: [tk._("There is no such dataset. Give its id or name.")]})
    return package


def _uri(package_id: str) -> str:
    entry = store.find(package_id)
    return entry.uri if entry else ""
