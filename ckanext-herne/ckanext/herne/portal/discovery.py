"""How datasets are found: what is indexed beyond CKAN's own, which filters there are, under which labels."""

from __future__ import annotations

import json
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from ckan.plugins.toolkit import _
from ckanext.herne.dcat_ap_de.vocabulary import vocabulary
from ckanext.herne.licenses.register import licence
from ckanext.herne.portal.language import page_language

if TYPE_CHECKING:
    from collections.abc import Callable


def indexed(dataset: dict[str, Any]) -> dict[str, Any]:
    """The index entry with the themes as a field of their own (URIs), so that one can filter by them."""
    return {**dataset, "vocab_theme": listed(dataset.get("theme"))}


def listed(value: Any) -> list[str]:
    """A list from a list or from its JSON text; empty for anything else."""
    if isinstance(value, str) and value.startswith("["):
        try:
            value = json.loads(value)
        except ValueError:
            return []
    return [str(item) for item in value] if isinstance(value, list) else []


def facets() -> OrderedDict[str, str]:
    """By what visitors filter, in this order."""
    return OrderedDict(
        [
            ("vocab_theme", _("Themes")),
            ("organization", _("Organizations")),
            ("res_format", _("Formats")),
            ("tags", _("Keywords")),
            ("license_id", _("Licences")),
        ]
    )


def labelled(found: dict[str, Any]) -> dict[str, Any]:
    """Search results whose filters carry labels in the page's language instead of URIs and ids."""
    for name, label in LABELS.items():
        for item in found.get("search_facets", {}).get(name, {}).get("items", []):
            item["display_name"] = label(item["name"])
    return found


def theme_label(uri: str) -> str:
    """The theme's name in the page's language."""
    term = vocabulary("themes").by_uri(uri)
    return term.label(page_language()) if term else uri


def licence_label(licence_id: str) -> str:
    """The licence's title in the page's language."""
    entry = licence(licence_id)
    return entry.title_in(page_language()) if entry else licence_id


LABELS: dict[str, Callable[[str], str]] = {"vocab_theme": theme_label, "license_id": licence_label}
