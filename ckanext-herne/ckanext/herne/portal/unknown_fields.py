"""Fields a caller sends although no schema has a place for them: they become extras instead of vanishing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection

# What CKAN's own schema takes, what it computes for the reader, and what steers a call.
CKAN_FIELDS = frozenset(
    {"id", "name", "title", "notes", "author", "author_email", "maintainer", "url"}
    | {"maintainer_email", "license_id", "version", "state", "type", "owner_org", "private", "resources"}
    | {"tags", "tag_string", "plugin_data", "extras", "groups", "relationships_as_object"}
    | {"relationships_as_subject", "metadata_modified", "metadata_created", "log_message", "save"}
    | {"return_to", "_ckan_phase", "pkg_name", "group_id", "creator_user_id", "isopen", "license_title"}
    | {"license_url", "num_resources", "num_tags", "organization", "tracking_summary", "__extras", "__junk"}
)


def adopted(dataset: Mapping[str, Any], known: Collection[str]) -> dict[str, Any]:
    """`dataset` with every unknown top-level field moved to its extras; objects and lists as JSON text."""
    unknown = {key: value for key, value in dataset.items() if key not in known and key not in CKAN_FIELDS}
    given = dataset.get("extras") or []
    if not unknown or not all(isinstance(extra, Mapping) for extra in given):
        return dict(dataset)
    extras = [extra for extra in given if extra.get("key") not in unknown]
    extras += [{"key": key, "value": as_text(value)} for key, value in unknown.items() if value is not None]
    return {**{key: value for key, value in dataset.items() if key not in unknown}, "extras": extras}


def as_text(value: Any) -> str:
    """`value` as CKAN's extras can hold it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
