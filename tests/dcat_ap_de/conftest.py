"""The loaded portal with real servers behind it, emptied once per module."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest


@pytest.fixture(scope="module")
def portal(
    reset_db: Callable[[], None], migrate_db_for: Callable[[str], None], reset_index: Callable[[], None]
) -> Iterator[Any]:
    """The app with all plugins and the default organization."""
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
