"""What happens to an organization's dict between the caller and CKAN's own saving."""

from __future__ import annotations

import json
from typing import Any

import ckan.plugins.toolkit as tk
from ckanext.herne.dcat_ap_de.settings import Settings
from ckanext.herne.portal.defaults import is_empty
from ckanext.herne.portal.saving import own_language, plain_values, replace
from ckanext.herne.portal.translations import joined, with_own_language


def prepare(organization: dict[str, Any], group: Any = None) -> None:
    """Complete an organization that is about to be saved; `group` is the row of one that exists.

    :raises ValidationError: a value is of a kind that its field cannot hold at all.
    """
    fields = organization_fields()
    errors = plain_values(organization, fields, organization)
    if errors:
        raise tk.ValidationError(errors)
    stored = stored_translations(group) if group else {}
    replace(organization, joined(stored, organization, fields))
    replace(organization, with_own_language(organization, fields, own_language()))
    if is_empty(organization.get("publisher_type", "as stored" if group else "")):
        organization["publisher_type"] = Settings.publisher_type


def stored_translations(group: Any) -> dict[str, Any]:
    """The translated fields of an organization that exists."""
    names = {field["field_name"] for field in organization_fields() if "base_field" in field}
    stored = group.extras or {}
    return {name: json.loads(value) for name, value in stored.items() if name in names and value}


def organization_fields() -> list[dict[str, Any]]:
    """The fields of the organizations' schema; none without scheming."""
    if "scheming_get_organization_schema" not in tk.h:
        return []
    schema = tk.h.scheming_get_organization_schema("organization")
    return list(schema["fields"]) if schema else []
