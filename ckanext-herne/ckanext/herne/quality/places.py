"""Where a result is to be mended: at which field of the form of the package, or of one of its resources.

A rule knows the field of the property it is about; the node it looked at says whose. Nodes without an address
of their own are named after the field they come from ("...#contact-1"), which is more exact than the rule.
Pure; addresses of forms are left to `links`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ckanext.herne.portal.saving import INHERITED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PART = re.compile(r"#([a-z-]+?)-\d+")


@dataclass(frozen=True, slots=True)
class Place:
    """A field ("" if no form has one) of the package, or of the resource with this key."""

    field: str
    resource: str = ""


def key_of(resource: Mapping[str, Any], number: int) -> str:
    """What names a resource in addresses: its id; of one that is not stored yet, its number from 1 on."""
    return str(resource.get("id") or number)


def place_of(result: Mapping[str, Any], resources: Sequence[Mapping[str, Any]]) -> Place:
    """The place of a result (as in `Result`) of the package that has these resources.

    What a resource inherits is mended at the package.
    """
    whole, _mark, _rest = result["focus"].partition("#")
    part = PART.search(result["focus"])
    field = part[1].replace("-", "_") if part else result["field"]
    for number, resource in enumerate(resources, start=1):
        key = key_of(resource, number)
        if whole == resource.get("uri") or whole.endswith(f"/resource/{key}"):
            inherits = field in INHERITED and not resource.get("license_id")
            return Place(field) if inherits else Place(field, key)
    return Place(field)
