"""A clean portal and a resource whose table a test may fill."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ckan.plugins as p
import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="module")
def loaded_site(
    reset_db: Callable[[], None], migrate_db_for: Callable[[str], None], reset_index: Callable[[], None]
) -> Iterator[None]:
    """The portal with all plugins, loaded and emptied once per module."""
    p.load_all()
    reset_db()
    for plugin in ("harvest", "activity"):
        migrate_db_for(plugin)
    reset_index()
    factories.Organization(name="stadt-herne", image_url="")
    yield
    p.unload_all()


@pytest.fixture
def resource_id(loaded_site: None) -> str:
    """A resource without a table, in a dataset of its own."""
    dataset = tk.get_action("package_create")(
        {"ignore_auth": True, "user": factories.Sysadmin(image_url="")["name"]},
        {
            "title": "Tabelle",
            "name": factories.Dataset.stub().name,
            "notes": "Eine Tabelle",
            "resources": [{"url": "/datastore", "url_type": "datastore", "name": "Tabelle", "format": "CSV"}],
        },
    )
    return str(dataset["resources"][0]["id"])
