"""What the templates ask about the feed: what search engines are told of a dataset, what is held back."""

from __future__ import annotations

from typing import Any

from ckanext.herne.dcat_ap_de.profile import portal_settings
from ckanext.herne.feed import gate, store
from ckanext.herne.feed.dashboard import held_for_reader
from ckanext.herne.feed.discovery.schema_org import schema_org
from ckanext.herne.portal.language import page_language

__all__ = ["herne_feed_state", "herne_has_tables", "herne_held_count", "herne_schema_org"]


def herne_schema_org(dataset: dict[str, Any]) -> dict[str, Any] | None:
    """A dataset as schema.org's JSON-LD; None for what is not public or no dataset."""
    if dataset.get("type") != "dataset" or dataset.get("state") != "active" or dataset.get("private"):
        return None
    return schema_org(dataset, portal_settings(), page_language().partition("_")[0])


def herne_has_tables(dataset: dict[str, Any]) -> bool:
    """Whether a dataset has tables in the DataStore."""
    return any(resource.get("datastore_active") for resource in dataset.get("resources", []))


def herne_held_count() -> int:
    """How many packages are held back that the reader may edit."""
    return len(held_for_reader())


def herne_feed_state(package_id: str) -> dict[str, Any]:
    """What harvesters get of a package: `published`, when that changed last (None if they get nothing), and
    `held` if it is not the current version (see `gate.Held`)."""
    entry = store.find(package_id)
    return {"published": entry.published if entry else None, "held": gate.held_package(package_id)}
