"""A clean portal and a resource whose table a test may fill."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories

if TYPE_CHECKING:
    from collections.abc import Callable

_clean: list[bool] = []


@pytest.fixture
def resource_id(
    with_plugins: None,
    reset_db: Callable[[], None],
    migrate_db_for: Callable[[str], None],
    reset_index: Callable[[], None],
) -> str:
    """A resource without a table, in a dataset of its own."""
    if not _clean:
        _clean.append(True)
        reset_db()
        for plugin in ("harvest", "activity"):
            migrate_db_for(plugin)
        reset_index()
        factories.Organization(name="stadt-herne")
    context = {"ignore_auth": True, "user": factories.Sysadmin()["name"]}
    dataset = tk.get_action("package_create")(
        context,
        {
            "title": "Tabelle",
            "name": factories.Dataset.stub().name,
            "notes": "Eine Tabelle",
            "resources": [{"url": "/datastore", "url_type": "datastore", "name": "Tabelle", "format": "CSV"}],
        },
    )
    return str(dataset["resources"][0]["id"])
