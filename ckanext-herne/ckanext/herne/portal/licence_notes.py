"""What a package tells its readers about licences: which one holds for a file, and that one is not open.

A licence that is closed, or that the DCAT-AP.de list does not have, is allowed: it is what somebody else
decided. It never leaves without a word, though.
"""

from __future__ import annotations

from typing import Any

from ckan.plugins.toolkit import _
from ckanext.herne.portal.defaults import effective_licence_id, licence_fault


def add(package: dict[str, Any]) -> None:
    """Put `effective_license_id` into each resource, and `license_warning` wherever a licence needs one."""
    if package.get("license_id"):
        warn(package, str(package["license_id"]))
    for resource in package.get("resources", []):
        resource["effective_license_id"] = effective_licence_id(resource, package)
        warn(resource, resource["effective_license_id"])


def warn(thing: dict[str, Any], licence_id: str) -> None:
    """Put the warning about a licence into a dict, in the page's language; take out one of another time."""
    messages = {
        "closed": _('The licence "{licence}" is not an open licence: these data are not open data.'),
        "unknown": _('The licence "{licence}" is not in the licence list of DCAT-AP.de.'),
    }
    thing.pop("license_warning", None)
    fault = licence_fault(licence_id)
    if fault:
        thing["license_warning"] = messages[fault].format(licence=licence_id)
