"""The loaded portal, emptied once per module, and a browser without scripts to fill its forms with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from herne_testing.browser import Browser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="module")
def portal(
    reset_db: Callable[[], None],
    migrate_db_for: Callable[[str], None],
    reset_index: Callable[[], None],
) -> Iterator[Any]:
    """The app with all plugins, loaded and emptied once per module: a portal takes seconds to load."""
    import ckan.plugins as p
    from ckan.tests import factories, helpers

    p.load_all()
    reset_db()
    for plugin in ("harvest", "activity"):
        migrate_db_for(plugin)
    reset_index()
    app = helpers._get_test_app()
    factories.Organization(name="stadt-herne", title="Stadt Herne", image_url="")
    yield app
    p.unload_all()


@pytest.fixture(scope="module")
def steward(portal: Any) -> Browser:
    """A system administrator's browser."""
    from ckan.tests import factories

    return Browser(portal, factories.SysadminWithToken(image_url="")["token"])


@pytest.fixture
def visitor(portal: Any) -> Browser:
    """The browser of somebody without an account."""
    return Browser(portal)
