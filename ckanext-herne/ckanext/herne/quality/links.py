"""Addresses of the forms in which a result is mended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk

if TYPE_CHECKING:
    from ckanext.herne.quality.places import Place

RESOURCES = "resources"  # the field of rules about a dataset without files


def form_of(package: dict[str, Any]) -> str:
    """The form of a stored package; "" for one that is not stored yet."""
    return str(tk.h.url_for(f"{package['type']}.edit", id=package["id"])) if package.get("id") else ""


def mending(package: dict[str, Any], place: Place) -> str:
    """The control (else the form) in which to mend a place of a stored package; "" if it is not stored."""
    if not package.get("id"):
        return ""
    if place.field == RESOURCES:
        return str(tk.h.url_for("dataset_resource.new", id=package["id"]))
    form = form_of(package)
    if place.resource:
        form = tk.h.url_for("dataset_resource.edit", id=package["id"], resource_id=place.resource)
    return f"{form}#field-{place.field}" if place.field else form
