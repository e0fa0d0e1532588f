"""Tells people that harvesters do not get a dataset's current version, or get it again.

Who saves in the browser reads it on the next page. A background job adds it to the dataset's activities,
which those who follow the dataset see on their dashboard, and writes a mail to its steward. What is held back
stands on the dashboard as well; that is `dashboard`'s part.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.lib.plugins import get_permission_labels
from ckan.plugins.toolkit import _
from ckanext.activity.logic.validators import object_id_validators
from ckanext.activity.model import Activity
from ckanext.herne.feed import gate, letters, stewards
from ckanext.herne.feed.reasons import messages, violations
from ckanext.herne.quality.reports.subjects import stored
from flask import after_this_request, has_request_context, request
from redis.exceptions import RedisError

if TYPE_CHECKING:
    from ckanext.herne.feed.gate import Held
    from flask import Response

log = logging.getLogger(__name__)

HELD, RELEASED = "held", "released"
ACTIVITIES = {HELD: "held package", RELEASED: "released package"}  # their snippets have these names
FIRST = 3  # messages that a notice shows

object_id_validators.update(dict.fromkeys(ACTIVITIES.values(), "package_id_exists"))


def tell(package_id: str, became: str) -> None:
    """Tell that a package was just "held" back or "released"; to be called after the commit.

    The database cannot be asked at that moment, so everything is done a little later.
    """
    acting_id = ""
    if has_request_context():
        acting_id = getattr(tk.current_user, "id", "")
        if request.method == "POST" and request.blueprint != "api":
            after_this_request(partial(_show, package_id))
    try:
        tk.enqueue_job(
            tell_people, [package_id, became, acting_id], title=f"tell that {package_id} is {became}"
        )
    except RedisError as error:
        log.warning(
            "Nobody is told that %s is %s: the job queue does not answer (%s). Its steward finds it on "
            "/dashboard/held. Remedy: start Valkey.",
            package_id,
            became,
            error,
        )


def tell_people(package_id: str, became: str, acting_id: str) -> None:
    """Add the news to the activities and write to the steward (a background job).

    News that no longer holds, or was told already, is left out.
    """
    package, held = model.Package.get(package_id), gate.held_package(package_id)
    since = held.since.isoformat() if held else ""
    if package is None or bool(held) != (became == HELD) or not _is_news(package_id, became, since):
        return
    _add_activity(package, became, acting_id, {"since": since, "is_served": bool(held and held.is_served)})
    for person in stewards.recipients(package, acting_id):
        letters.send(person, package, held, violations(package_id) if held else [])


def _is_news(package_id: str, became: str, since: str) -> bool:
    """Whether this was not told yet. That a package is good again is news for those who heard it was not."""
    told = model.Session.query(Activity).filter(
        Activity.object_id == package_id, Activity.activity_type.in_(ACTIVITIES.values())
    )
    last = told.order_by(Activity.timestamp.desc()).first()
    is_held_told = last is not None and last.activity_type == ACTIVITIES[HELD]
    return is_held_told if became == RELEASED else not (is_held_told and last.data["since"] == since)


def _add_activity(package: model.Package, became: str, acting_id: str, news: dict[str, Any]) -> None:
    person = model.User.get(acting_id) or stewards.steward(package)
    tk.get_action("activity_create")(
        {"ignore_auth": True},
        {
            "user_id": person.id if person else tk.config["ckan.site_id"],
            "object_id": package.id,
            "activity_type": ACTIVITIES[became],
            "data": {"package": stored(package.id), **news},
            "permission_labels": get_permission_labels().get_dataset_labels(package),
        },
    )


def _show(package_id: str, response: Response) -> Response:
    """Tell the person who saved, on the page that comes next."""
    held = gate.held_package(package_id)
    if held:
        tk.h.flash_notice(_notice(held), allow_html=True)
    else:
        tk.h.flash_success(_("Saved. GovData gets the current version again."))
    return response


def _notice(held: Held) -> str:
    told = messages(held.package_id)
    values = {"held": held, "messages": told[:FIRST], "more": max(0, len(told) - FIRST)}
    return str(tk.render_snippet("herne/telling/notice.html", values))
