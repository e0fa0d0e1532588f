"""A clean portal and a resource whose table a test may fill."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories


@pytest.fixture
def resource_id(portal: Any) -> str:
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
