"""A browser without scripts, to fill the forms of the loaded portal with."""

from __future__ import annotations

from typing import Any

import pytest
from herne_testing.browser import Browser


@pytest.fixture(scope="module")
def steward(portal: Any) -> Browser:
    """A system administrator's browser."""
    from ckan.tests import factories

    return Browser(portal, factories.SysadminWithToken(image_url="")["token"])


@pytest.fixture
def visitor(portal: Any) -> Browser:
    """The browser of somebody without an account."""
    return Browser(portal)
