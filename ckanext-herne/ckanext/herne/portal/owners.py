"""What organizations say about themselves, as far as the datasets they own need it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ckan.model as model
import ckan.plugins.toolkit as tk

if TYPE_CHECKING:
    from collections.abc import Mapping

FACTS = ("uri", "publisher_type", "url", "email", "telephone", "contact_url")


def facts(organization_id: Any) -> dict[str, str]:
    """Title and FACTS of the organization with this id or name; empty if there is none."""
    group = model.Group.get(organization_id) if isinstance(organization_id, str) and organization_id else None
    if group is None:
        return {}
    extras = group.extras or {}
    return {"title": group.title or group.name, **{name: extras.get(name) or "" for name in FACTS}}


def facts_of_all(context: Mapping[str, Any]) -> list[dict[str, str]]:
    """As `facts`, for each organization that the user may publish for."""
    return [facts(row["id"]) for row in publishable(context)]


def publishable(context: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The organizations that the user may publish for, as CKAN lists them."""
    query = {"permission": "create_dataset"}
    return list(tk.get_action("organization_list_for_user")({"user": context.get("user", "")}, query))
