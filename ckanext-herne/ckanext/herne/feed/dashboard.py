"""The page /dashboard/held: what harvesters do not get as it is now, for those who can mend it."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.lib.pagination import Page
from ckanext.herne.feed import gate
from ckanext.herne.feed.reasons import messages
from flask import Blueprint, Response

dashboard = Blueprint("herne_held", __name__)

PER_PAGE = 20


@dashboard.route("/dashboard/held")
def held() -> str | Response:
    """The held packages that the reader may edit."""
    if tk.current_user.is_anonymous:
        tk.h.flash_error(tk._("Not authorized to see this page"))
        return tk.redirect_to("user.login")
    page = Page(
        collection=held_for_reader(),
        page=tk.h.get_page_number(tk.request.args),
        items_per_page=PER_PAGE,
        url=tk.h.pager_url,
    )
    user = tk.get_action("user_show")(_who(), {"id": tk.current_user.name})
    reasons = {entry.package_id: messages(entry.package_id) for entry in page.items}
    values = {"user_dict": user, "page": page, "reasons": reasons, "gate": gate.mode()}
    return tk.render("user/dashboard_held.html", values)


def held_for_reader() -> list[gate.Held]:
    """What is held back of the organizations in which the reader may edit; all of it for sysadmins."""
    if tk.current_user.is_anonymous:
        return []
    if tk.current_user.sysadmin:
        return gate.held()
    own = tk.get_action("organization_list_for_user")(_who(), {"permission": "update_dataset"})
    return gate.held([organization["id"] for organization in own])


def _who() -> dict[str, Any]:
    return {"user": tk.current_user.name, "auth_user_obj": tk.current_user}
