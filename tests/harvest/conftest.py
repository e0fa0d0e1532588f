"""A portal with an organization of harvest sources and everybody who may ask for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from ckan.tests import factories
from herne_testing import harvesting
from herne_testing.browser import Browser
from herne_testing.mailbox import mailbox

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["mailbox"]

PEOPLE = {"editor": "editor", "manager": "admin", "member": "member"}


@dataclass(frozen=True)
class Office:
    """An organization with two sources: one that goes well, one that has never run; and its people."""

    app: Any
    id: str
    good: str
    new: str
    tokens: dict[str, str]

    def visit(self, person: str) -> Browser:
        """A browser in which this person is logged in."""
        return Browser(self.app, self.tokens.get(person, ""))


@pytest.fixture(scope="module")
def office(portal: Any) -> Office:
    harvesting.forget()
    own = factories.Organization(name="amt", title="Amt für Statistik", image_url="")
    people = {name: factories.User(image_url="", email=f"{name}@example.org") for name in PEOPLE}
    for name, role in PEOPLE.items():
        member = {"id": own["id"], "username": people[name]["name"], "role": role}
        tk.get_action("organization_member_create")({"ignore_auth": True}, member)
    people["stranger"] = factories.User(image_url="")
    people["sysadmin"] = factories.Sysadmin(image_url="")
    tokens = {
        name: tk.get_action("api_token_create")({"ignore_auth": True}, {"user": one["name"], "name": "t"})[
            "token"
        ]
        for name, one in people.items()
    }
    good = harvesting.made_source("bevoelkerung", own["id"])
    new = harvesting.made_source("verkehr", own["id"], frequency="MANUAL")
    return Office(portal, own["id"], good, new, tokens)


@pytest.fixture
def tidy(office: Office) -> Iterator[None]:
    """No runs, records and memory before and after a test."""
    model.Session.rollback()
    harvesting.forget()
    yield
    model.Session.rollback()
    harvesting.forget()
