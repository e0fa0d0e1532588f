"""Whom to tell about a dataset: the person who changed it last, else whoever made it, else its organization.

One person is told, unless nobody but the organization's administrators can be reached.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckanext.activity.model import Activity

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

CHANGES = ("new package", "changed package")  # CKAN's names for what an editor does


def steward(package: model.Package, acting_id: str = "") -> model.User | None:
    """The person who answers for a package: who changes it now (`acting_id`), did it last, or made it."""
    candidates = (acting_id, *_editors(package.id), package.creator_user_id)
    return next(filter(_is_person, _users(candidates)), None)


def recipients(package: model.Package, acting_id: str = "") -> list[model.User]:
    """The people to whom a mail about a package goes; none if nobody has an address."""
    person = steward(package, acting_id)
    return [person] if person and person.email else members(package.owner_org, ("admin",))


def _editors(package_id: str) -> list[str]:
    """Ids of those who changed a package, the last one first."""
    of_package = model.Session.query(Activity.user_id).filter(
        Activity.object_id == package_id, Activity.activity_type.in_(CHANGES)
    )
    return [row.user_id for row in of_package.order_by(Activity.timestamp.desc()).limit(20)]


def members(organization_id: str | None, capacities: Collection[str]) -> list[model.User]:
    """The people with an address who have one of these capacities ("admin", "editor") in an organization."""
    of_owner = model.Session.query(model.Member.table_id).filter(
        model.Member.group_id == organization_id,
        model.Member.table_name == "user",
        model.Member.capacity.in_(capacities),
        model.Member.state == model.State.ACTIVE,
    )
    return [one for one in _users(row.table_id for row in of_owner) if _is_person(one) and one.email]


def _users(ids: Iterable[str | None]) -> Iterable[model.User]:
    return filter(None, map(model.User.get, filter(None, ids)))


def _is_person(user: model.User) -> bool:
    """Whether somebody reads what is sent to an account: it is in use and not the portal's own."""
    return bool(user.state == model.State.ACTIVE and user.name != tk.config["ckan.site_id"])
