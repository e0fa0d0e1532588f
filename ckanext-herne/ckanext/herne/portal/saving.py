"""What happens to a package or resource dict between the caller and CKAN's own saving.

It reads the database and the request and changes the caller's dict in place, because CKAN's views show that
same dict again when a check fails. The rules themselves are in `defaults`, `forms`, `translations`, `hvd` and
`unknown_fields`; organizations are left to `organizations`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import ckan.lib.plugins as lib_plugins
import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.lib.munge import munge_filename
from ckan.plugins.toolkit import _
from ckanext.herne.dcat_ap_de.mapping import mapping
from ckanext.herne.dcat_ap_de.profile import portal_settings
from ckanext.herne.portal import config, hvd, owners
from ckanext.herne.portal.defaults import (
    default_values,
    is_empty,
    name_from,
    with_defaults,
    without_prefilled,
)
from ckanext.herne.portal.forms import COMPUTED_FOR_READERS, complete, complete_resource, without
from ckanext.herne.portal.texts import faults, is_repeating, with_plain_values
from ckanext.herne.portal.translations import with_own_language
from ckanext.herne.portal.unknown_fields import adopted
from ckanext.herne.regions.datasets import with_facts
from flask import has_request_context, request

if TYPE_CHECKING:
    from collections.abc import Mapping

DATASET = "dataset"
TYPES = tuple(mapping().packages)
# A change of these changes what holds for resources that inherit, so those are checked again.
INHERITED = ("license_id", "license_attribution_by_text")
# What names the same thing elsewhere: an update that does not mention it leaves it alone (K25, K26).
GIVEN_BY_OTHERS = ("uri", "identifier", "alternate_identifier")
# The forms' views, and what the forms ask while somebody types.
FORM_VIEWS = {
    "dataset": (
        *(f"{kind}.{view}" for kind in TYPES for view in ("new", "edit")),
        "herne_quality_panel.package",
    ),
    "resource": (
        *(f"{kind}_resource.{view}" for kind in TYPES for view in ("new", "edit")),
        "herne_quality_panel.resource",
    ),
}


def prepare_new(context: Mapping[str, Any], dataset: dict[str, Any]) -> None:
    """Give a package that is about to be created its defaults, its name and its organization."""
    kind = str(dataset.get("type") or DATASET)
    if sent_by_form("dataset"):
        replace(dataset, complete({}, dataset, fields_of("dataset_fields", kind)))
        replace(dataset, without_prefilled(dataset, prefilled(context)))
    else:
        replace(dataset, adopted(dataset, known_fields(kind)))
    if is_empty(dataset.get("owner_org")):
        dataset["owner_org"] = default_owner(context)
    normalise(dataset, kind)
    if is_empty(dataset.get("name")):
        dataset["name"] = name_from(str(dataset.get("title") or ""), is_name_taken)


def prepare_update(context: Mapping[str, Any], dataset: dict[str, Any], package: Any) -> dict[str, Any]:
    """Complete an update: what a form hides, the defaults, the name; have inheriting resources checked.

    Gives the package as it is stored.
    """
    stored = stored_dataset(package.id)
    if sent_by_form("dataset"):
        replace(dataset, complete(stored, dataset, fields_of("dataset_fields", package.type)))
    else:
        given = {name: stored[name] for name in GIVEN_BY_OTHERS if name in stored}
        known = known_fields(package.type) | stored.keys()
        replace(dataset, {**given, **adopted(dataset, known)})
    if is_empty(dataset.get("owner_org")):
        dataset["owner_org"] = package.owner_org or default_owner(context)
    normalise(dataset, package.type)
    if is_empty(dataset.get("name")):
        dataset["name"] = package.name
    if any(dataset.get(field) != stored.get(field) for field in INHERITED):
        resources = dataset.get("resources", stored["resources"])
        dataset["resources"] = [without(resource, COMPUTED_FOR_READERS) for resource in resources]
    return stored


def normalise(dataset: dict[str, Any], kind: str) -> None:
    """Fill the defaults and bring all values into a form that CKAN can check field by field.

    :raises ValidationError: values that their fields cannot hold at all, or that contradict each other.
    """
    fields = fields_of("dataset_fields", kind)
    errors = list_entries(dataset, fields)
    errors |= plain_values(without(dataset, errors), fields, dataset)
    errors |= resource_errors(dataset, kind)
    if errors:
        raise tk.ValidationError(as_ckan_expects(errors))
    names = {field["field_name"] for field in fields}
    defaults = default_values(portal_settings(), owners.facts(dataset.get("owner_org")))
    dataset.update(with_defaults(dataset, defaults, names))
    dataset.update(with_own_language(dataset, fields, own_language()))
    dataset.update(with_facts(dataset))
    if "hvd" in names:
        dataset.update(hvd.with_tick(dataset))
        refuse_half_hvd(dataset)


def prefilled(context: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the form for a new package may have filled in: the defaults of each organization of the user."""
    settings = portal_settings()
    return [default_values(settings, said) for said in ({}, *owners.facts_of_all(context))]


def as_ckan_expects(errors: dict[str, Any]) -> dict[str, Any]:
    """The errors of a package; for tags CKAN wants to find them under the tag's name."""
    return {**errors, "tags": [{"name": errors["tags"]}]} if "tags" in errors else errors


def resource_errors(dataset: dict[str, Any], kind: str) -> dict[str, Any]:
    """The errors of resources that cannot be read, or that this type of package does not have."""
    resources, fields = dataset.get("resources"), fields_of("resource_fields", kind)
    if not resources:
        return {}
    if not isinstance(resources, list) or not all(isinstance(resource, dict) for resource in resources):
        return {"resources": [_("Expected a list of objects with named values")]}
    if not fields:
        return {"resources": [_("Series and services have no files. Put them into a dataset.")]}
    errors = []
    for resource in resources:
        errors.append(plain_values(resource, fields, resource))
        resource.update(with_own_language(resource, fields, own_language()))
    return {"resources": errors} if any(errors) else {}


def refuse_half_hvd(dataset: Mapping[str, Any]) -> None:
    """High-value data have both the tick and a category.

    :raises ValidationError: one of them is missing.
    """
    messages = {
        "category": _("High-value data need a category. Choose one, or remove the tick."),
        "tick": _("A category is only for high-value data. Set the tick, or remove the category."),
    }
    fault = hvd.fault(dataset)
    if fault:
        raise tk.ValidationError({"hvd_category": [messages[fault]]})


def plain_values(
    values: Mapping[str, Any], fields: list[dict[str, Any]], target: dict[str, Any]
) -> dict[str, Any]:
    """Write numbers in `target` as text; the errors of texts that cannot be stored, by field."""
    found = faults(without(values, {"resources"}), fields)
    target.update(with_plain_values(values, fields))
    return {name: worded(problem) for name, problem in found.items()}


def worded(problem: Any) -> Any:
    """A fault of `texts` as the error of a field; those of subfields keep their places."""
    if isinstance(problem, list):
        return [{name: worded(part) for name, part in entry.items()} for entry in problem]
    messages = {
        "type": _("Expected a text, not a list or an object"),
        "control": _("Contains control characters, which no text can hold"),
        "direction": _("Contains invisible characters that turn the writing direction. Type it anew."),
        "length": _("Is too long"),
    }
    return [messages[problem]]


def list_entries(dataset: dict[str, Any], fields: list[dict[str, Any]]) -> dict[str, Any]:
    """Drop the empty entries of repeating subfields; the errors of entries that are no objects, by field."""
    errors: dict[str, Any] = {}
    for name in (field["field_name"] for field in fields if is_repeating(field)):
        if name not in dataset:
            continue
        if is_empty(dataset[name]):
            dataset[name] = []
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
    replace(resource, complete_resource(stored, resource, fields_of("resource_fields", DATASET)))


def name_after_file(resource: dict[str, Any]) -> None:
    """Call a nameless resource like the file that is uploaded with it, or that the form links to."""
    filename = getattr(resource.get("upload"), "filename", None)
    if not filename and sent_by_form("resource"):
        filename = urlsplit(str(resource.get("url") or "")).path.rpartition("/")[2]
    if filename and is_empty(resource.get("name")):
        resource["name"] = munge_filename(filename)


def sent_by_form(thing: str) -> bool:
    """Whether the running request is a submitted form for a "dataset" (of any type) or a "resource"."""
    return has_request_context() and request.method == "POST" and request.endpoint in FORM_VIEWS[thing]


def default_owner(context: Mapping[str, Any]) -> str:
    """Id of the organization for a package without one; empty if the requester may use none.

    The configured organization goes first; someone who may publish in a single other one gets that.
    """
    if context.get("ignore_auth"):
        configured = model.Group.get(config.default_organization())
        return str(configured.id) if configured else ""
    own = owners.publishable(context)
    chosen = [row for row in own if row["name"] == config.default_organization()]
    candidates = chosen or (own if len(own) == 1 else [])
    return str(candidates[0]["id"]) if candidates else ""


def checked(
    context: dict[str, Any], package: dict[str, Any], step: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A package after the checks of a "create" or "update", and their errors by field. Stores nothing."""
    plugin = lib_plugins.lookup_package_plugin(package["type"])
    schema = getattr(plugin, f"{step}_package_schema")()
    saved, errors = lib_plugins.plugin_validate(plugin, context, package, schema, f"package_{step}")
    return saved, errors


def is_name_taken(name: str) -> bool:
    """Whether a package, also a deleted one, has this name."""
    return model.Package.get(name) is not None


def stored_dataset(dataset_id: str) -> dict[str, Any]:
    """The package as `package_show` gives it."""
    shown: dict[str, Any] = tk.get_action("package_show")({"ignore_auth": True}, {"id": dataset_id})
    return shown


def fields_of(part: str, kind: str) -> list[dict[str, Any]]:
    """The "dataset_fields" or "resource_fields" (`part`) of a type's schema; none without scheming."""
    if "scheming_get_dataset_schema" not in tk.h:
        return []
    schema = tk.h.scheming_get_dataset_schema(kind)
    return list(schema[part]) if schema else []


def known_fields(kind: str) -> set[str]:
    """The top-level fields for which a type's schema has a place."""
    return {field["field_name"] for field in fields_of("dataset_fields", kind)}


def own_language() -> str:
    """The language of the plain text fields, as a tag."""
    return str(tk.config["ckan.locale_default"]).partition("_")[0]


def replace(target: dict[str, Any], content: Mapping[str, Any]) -> None:
    """Make `target` hold `content`, and stay the same object."""
    target.clear()
    target.update(content)
