"""What the tests of publishing share: a clean feed, an operator who saves, and the feed as stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from ckan import model
from ckan.tests import helpers
from herne_testing import publishing
from herne_testing.mailbox import mailbox

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["mailbox"]


@pytest.fixture
def tidy(portal: Any) -> Iterator[None]:
    """Neither feed nor job queue holds anything of other tests."""
    publishing.forget()
    yield
    model.Session.rollback()
    for package in model.Session.query(model.Package).filter_by(state="active").all():
        helpers.call_action("dataset_purge", publishing.admin(), id=package.id)
