"""How datasets, series and services are found: what is indexed, which filters there are and their labels."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
from ckan.plugins.toolkit import _
from ckanext.herne.dcat_ap_de.vocabulary import vocabulary
from ckanext.herne.licenses.register import licence
from ckanext.herne.portal.form_values import unfolded
from ckanext.herne.portal.language import page_language
from ckanext.herne.portal.texts import TERM_BYTES
from ckanext.herne.regions.datasets import FIELD, found_by
from ckanext.herne.regions.datasets import label as region_label
from ckanext.herne.regions.store import regions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

# Solr breaks these into words, or keeps them without a look; every other field is one term of limited length.
IN_WORDS = ("text", "title", "notes", "data_dict", "validated_data_dict")
IN_WORDS_TOO = ("extras_", "res_")
FILTERED_BY = ("theme", "in_series", "serves_dataset")


def indexed(dataset: dict[str, Any]) -> dict[str, Any]:
    """The index entry with the lists of URIs that one filters by as fields of their own.

    What is too long for a single term is found by its words (`extras_...`) only.
    """
    fitting = {name: value for name, value in dataset.items() if fits(name, value)}
    lists = {f"vocab_{name}": listed(dataset.get(name)) for name in FILTERED_BY}
    return {**fitting, **lists, "vocab_region": found_by(unfolded(dataset.get(FIELD)))}


def fits(name: str, value: Any) -> bool:
    """Whether Solr can index the value of a field."""
    is_words = name in IN_WORDS or name.startswith(IN_WORDS_TOO)
    return is_words or not isinstance(value, str) or len(value.encode()) <= TERM_BYTES


def listed(value: Any) -> list[str]:
    """A list from a list or from its JSON text; empty for anything else."""
    values = unfolded(value)
    return [str(item) for item in values] if isinstance(values, list) else []


def facets() -> OrderedDict[str, str]:
    """By what visitors filter, in this order."""
    districts = [("vocab_region", _("Districts"))] if regions() else []
    return OrderedDict(
        [
            ("vocab_theme", _("Themes")),
            *districts,
            ("organization", _("Organizations")),
            ("res_format", _("Formats")),
            ("tags", _("Keywords")),
            ("license_id", _("Licences")),
            ("dataset_type", _("Kind")),
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


def type_label(package_type: str) -> str:
    """What a type of package is called in the page's language."""
    schema = tk.h.scheming_get_dataset_schema(package_type) or {}
    label = schema.get("type_label")
    return str(tk.h.scheming_language_text(label)) if label else package_type


LABELS: dict[str, Callable[[str], str]] = {
    "vocab_theme": theme_label,
    "vocab_region": region_label,
    "license_id": licence_label,
    "dataset_type": type_label,
}


def filter_labels(fields: Mapping[str, Iterable[str]]) -> dict[tuple[str, str], str]:
    """The labels of the filters in force, by field and value."""
    known = [(name, value) for name, values in fields.items() if name in LABELS for value in values]
    return {(name, value): LABELS[name](value) for name, value in known}
