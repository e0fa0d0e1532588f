"""Which sources somebody meets on the pages: those that they may edit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
from ckan.authz import has_user_permission_for_group_or_org
from ckan.plugins.toolkit import _
from ckanext.herne.harvest import sources
from ckanext.herne.harvesters.guard.visibility import may_edit
from werkzeug.exceptions import NotFound

if TYPE_CHECKING:
    from ckanext.herne.harvest.sources import Source


def context() -> dict[str, Any]:
    """Who asks."""
    return {"user": tk.current_user.name, "auth_user_obj": tk.current_user}


def own_sources() -> list[Source]:
    """The sources that the reader may edit; 403 for those who edit nothing here."""
    if tk.current_user.is_anonymous:
        tk.abort(403, _refusal())
    if tk.current_user.sysadmin:
        return sources.sources()
    asked = {"permission": "update_dataset"}
    own = [entry["id"] for entry in tk.get_action("organization_list_for_user")(context(), asked)]
    if not own:
        tk.abort(403, _refusal())
    return sources.sources(own)


def own_source(reference: str) -> Source:
    """The source with this id or name; 404 if there is none, 403 if it is not the reader's."""
    found = sources.source(reference)
    if found is None:
        raise NotFound(_("There is no such harvest source."))
    if not may_edit(context(), found.id):
        tk.abort(403, _refusal())
    return found


def is_admin(source: Source) -> bool:
    """Whether the reader may decide that datasets go: an administrator of the portal or the organization."""
    if tk.current_user.is_anonymous:
        return False
    administers = has_user_permission_for_group_or_org(source.organization, tk.current_user.name, "admin")
    return bool(tk.current_user.sysadmin or administers)


def _refusal() -> str:
    return str(_("Harvest sources are shown to those who may edit them."))
