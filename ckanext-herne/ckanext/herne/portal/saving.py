"""What happens to a dataset or resource dict between the caller and CKAN's own saving.

It reads the database and the request and changes the caller's dict in place, because CKAN's views show that
same dict again when a check fails. The rules themselves are in `defaults`, `forms` and `unknown_fields`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.lib.munge import munge_filename
from ckan.plugins.toolkit import _
from ckanext.herne.dcat_ap_de.profile import portal_settings
from ckanext.herne.portal import config
from ckanext.herne.portal.defaults import is_empty, name_from, with_defaults
from ckanext.herne.portal.forms import complete, complete_resource, without
from ckanext.herne.portal.texts import faults, with_plain_values
from ckanext.herne.portal.unknown_fields import adopted
from flask import has_request_context, request

if TYPE_CHECKING:
    from collections.abc import Mapping

DATASET_TYPE = "dataset"
# A change of these changes what holds for resources that inherit, so those are checked again.
INHERITED = ("license_id", "license_attribution_by_text")
FORM_VIEWS = {
    "dataset": ("dataset.new", "dataset.edit"),
    "resource": ("dataset_resource.new", "dataset_resource.edit"),
}


def prepare_new(context: Mapping[str, Any], dataset: dict[str, Any]) -> None:
    """Give a dataset that is about to be created its defaults, its name and its organization."""
    if sent_by_form("dataset"):
        replace(dataset, complete({}, dataset, fields_of("dataset_fields")))
    else:
        replace(dataset, adopted(dataset, known_fields()))
    normalise(dataset)
    if is_empty(dataset.get("name")):
        dataset["name"] = name_from(str(dataset.get("title") or ""), is_name_taken)
    if is_empty(dataset.get("owner_org")):
        dataset["owner_org"] = default_owner(context)


def prepare_update(context: Mapping[str, Any], dataset: dict[str, Any], package: Any) -> None:
    """Complete an update: what a form hides, the defaults, the name; have inheriting resources checked."""
    stored = stored_dataset(package.id)
    if sent_by_form("dataset"):
        replace(dataset, complete(stored, dataset, fields_of("dataset_fields")))
    else:
        replace(dataset, adopted(dataset, known_fields() | stored.keys()))
    normalise(dataset)
    if is_empty(dataset.get("name")):
        dataset["name"] = package.name
    if is_empty(dataset.get("owner_org")):
        dataset["owner_org"] = package.owner_org or default_owner(context)
    if any(dataset.get(field) != stored.get(field) for field in INHERITED):
        resources = dataset.get("resources", stored["resources"])
        dataset["resources"] = [without(resource, {"effective_license_id"}) for resource in resources]


def normalise(dataset: dict[str, Any]) -> None:
    """Fill the defaults and bring all values into a form that CKAN can check field by field.

    :raises ValidationError: a value is of a kind that its field cannot hold at all.
    """
    errors = plain_values(dataset, fields_of("dataset_fields"))
    resources = dataset.get("resources")
    if isinstance(resources, list) and all(isinstance(resource, dict) for resource in resources):
        of_resources = [plain_values(resource, fields_of("resource_fields")) for resource in resources]
        if any(of_resources):
            errors["resources"] = of_resources
    elif resources:
        errors["resources"] = [_("Expected a list of objects with named values")]
    errors |= list_entries(dataset)
    if errors:
        raise tk.ValidationError(errors)
    dataset.update(with_defaults(dataset, portal_settings()))


def plain_values(values: dict[str, Any], fields: list[dict[str, Any]]) -> dict[str, Any]:
    """Write numbers as text; the errors of texts that cannot be stored, by field."""
    found = faults(without(values, {"resources"}), fields)
    replace(values, with_plain_values(values, fields))
    messages = {
        "type": _("Expected a text, not a list or an object"),
        "control": _("Contains control characters, which no text can hold"),
        "length": _("Is too long"),
    }
    return {name: [messages[problem]] for name, problem in found.items()}


def list_entries(dataset: dict[str, Any]) -> dict[str, Any]:
    """Drop the empty entries of repeating subfields; the errors of entries that are no objects, by field."""
    errors: dict[str, Any] = {}
    repeating = [
        field["field_name"] for field in fields_of("dataset_fields") if "repeating_subfields" in field
    ]
    for name in repeating:
        if is_empty(dataset.get(name)):
            continue
        entries = dataset[name] if isinstance(dataset[name], list) else [dataset[name]]
        dataset[name] = [entry for entry in entries if not is_empty(entry)]
        if not all(isinstance(entry, dict) for entry in dataset[name]):
            errors[name] = [_("Expected a list of objects with named values")]
    return errors


def prepare_resource(resource: dict[str, Any]) -> None:
    """Complete a resource that is created or updated on its own: what a form hides, and a name."""
    if sent_by_form("resource"):
        complete_resource_form(resource)
    name_after_file(resource)


def complete_resource_form(resource: dict[str, Any]) -> None:
    """Add to a resource from the form what the form does not show; drop what it leaves empty."""
    row = model.Resource.get(resource["id"]) if resource.get("id") else None
    rows = stored_dataset(row.package_id)["resources"] if row else []
    stored: dict[str, Any] = next((other for other in rows if other["id"] == resource["id"]), {})
    replace(resource, complete_resource(stored, resource, fields_of("resource_fields")))


def name_after_file(resource: dict[str, Any]) -> None:
    """Call a nameless resource like the file that is uploaded with it, or that the form links to."""
    filename = getattr(resource.get("upload"), "filename", None)
    if not filename and sent_by_form("resource"):
        filename = urlsplit(str(resource.get("url") or "")).path.rpartition("/")[2]
    if filename and is_empty(resource.get("name")):
        resource["name"] = munge_filename(filename)


def sent_by_form(thing: str) -> bool:
    """Whether the running request is a submitted form for a "dataset" or a "resource"."""
    return has_request_context() and request.method == "POST" and request.endpoint in FORM_VIEWS[thing]


def default_owner(context: Mapping[str, Any]) -> str:
    """Id of the organization for a dataset without one; empty if the requester may use none.

    The configured organization goes first; someone who may publish in a single other one gets that.
    """
    if context.get("ignore_auth"):
        configured = model.Group.get(config.default_organization())
        return str(configured.id) if configured else ""
    query = {"permission": "create_dataset"}
    own = tk.get_action("organization_list_for_user")({"user": context.get("user", "")}, query)
    chosen = [row for row in own if row["name"] == config.default_organization()]
    candidates = chosen or (own if len(own) == 1 else [])
    return str(candidates[0]["id"]) if candidates else ""


def is_name_taken(name: str) -> bool:
    """Whether a dataset, also a deleted one, has this name."""
    return model.Package.get(name) is not None


def stored_dataset(dataset_id: str) -> dict[str, Any]:
    """The dataset as `package_show` gives it."""
    shown: dict[str, Any] = tk.get_action("package_show")({"ignore_auth": True}, {"id": dataset_id})
    return shown


def fields_of(part: str) -> list[dict[str, Any]]:
    """The schema's fields: `part` is "dataset_fields" or "resource_fields"; none without scheming."""
    if "scheming_get_dataset_schema" not in tk.h:
        return []
    schema = tk.h.scheming_get_dataset_schema(DATASET_TYPE)
    return list(schema[part]) if schema else []


def known_fields() -> set[str]:
    """The top-level fields of a dataset for which the schema has a place."""
    return {field["field_name"] for field in fields_of("dataset_fields")}


def replace(target: dict[str, Any], content: Mapping[str, Any]) -> None:
    """Make `target` hold `content`, and stay the same object."""
    target.clear()
    target.update(content)
