"""What the templates ask: choices, labels, numbers and the operator's options."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
from ckan.plugins.toolkit import _
from ckanext.herne.dcat_ap_de.profile import portal_settings
from ckanext.herne.dcat_ap_de.vocabulary import vocabulary
from ckanext.herne.licenses.register import Licence, licence, licences
from ckanext.herne.portal import config
from ckanext.herne.portal.defaults import default_values, effective_licence_id, is_empty
from ckanext.herne.portal.language import page_language
from flask_babel import format_date, format_time

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "herne_agent_type",
    "herne_dataset_count",
    "herne_date",
    "herne_effective_licence",
    "herne_error_lines",
    "herne_facet_label",
    "herne_fits_date_picker",
    "herne_form_data",
    "herne_form_groups",
    "herne_imprint_url",
    "herne_is_demo",
    "herne_licence",
    "herne_licence_choices",
    "herne_organizations",
    "herne_privacy_url",
    "herne_recent_datasets",
    "herne_resource_licence_choices",
    "herne_term_labels",
    "herne_theme_counts",
    "herne_vocabulary_choices",
    "license_options",
]

Choice = dict[str, Any]


def herne_vocabulary_choices(field: dict[str, Any]) -> list[Choice]:
    """The choices of a scheming field that names a `vocabulary`: URI and label in both languages."""
    terms = vocabulary(field["vocabulary"]).terms
    return [{"value": term.uri, "label": {"de": term.de, "en": term.en}} for term in terms]


def herne_licence_choices(field: dict[str, Any]) -> list[Choice]:
    """All licences of the register, open ones first."""
    ordered = sorted(licences(), key=lambda entry: not entry.open)
    return [{"value": entry.id, "label": {"de": entry.title_de, "en": entry.title}} for entry in ordered]


def herne_resource_licence_choices(field: dict[str, Any]) -> list[Choice]:
    """As `herne_licence_choices`, with the dataset's licence as the first choice."""
    return [{"value": "", "label": _("Same as the dataset")}, *herne_licence_choices(field)]


def license_options(existing_license_id: str | None = None) -> list[tuple[str, str]]:
    """CKAN's helper of this name: (id, title) of all licences, titles in the page's language."""
    language = page_language()
    options = [(entry.id, entry.title_in(language)) for entry in licences()]
    if existing_license_id and not any(existing_license_id == key for key, _title in options):
        options.insert(0, (existing_license_id, existing_license_id))
    return options


def herne_licence(text: str | None) -> dict[str, str] | None:
    """Title in the page's language and address of the licence that `text` means; None if unknown."""
    return _for_page(licence(text) if text else None)


def herne_effective_licence(resource: dict[str, Any], dataset: dict[str, Any]) -> dict[str, str] | None:
    """As `herne_licence`, for the licence that holds for a resource."""
    return herne_licence(effective_licence_id(resource, dataset))


def _for_page(entry: Licence | None) -> dict[str, str] | None:
    if entry is None:
        return None
    return {"id": entry.id, "title": entry.title_in(page_language()), "url": entry.url}


def herne_term_labels(name: str, values: Any) -> list[str]:
    """Labels of vocabulary `name` in the page's language; a value without an entry stays as it is."""
    if is_empty(values):
        return []
    terms = vocabulary(name)
    found = ((value, terms.find(str(value))) for value in (values if isinstance(values, list) else [values]))
    return [term.label(page_language()) if term else str(value) for value, term in found]


def herne_agent_type(value: str | None) -> str:
    """What kind of body a publisher is, in the page's language; empty if it is not said."""
    return ", ".join(herne_term_labels("publisher_types", value))


def herne_form_groups(
    schema: dict[str, Any], part: str
) -> list[tuple[dict[str, Any] | None, list[dict[str, Any]]]]:
    """The schema's fields as the form shows them: first those without a group, then group by group."""
    shown = [field for field in schema[part] if field.get("form_snippet", "") is not None]
    open_fields = [field for field in shown if not field.get("group")]
    groups = [
        (_form_group(name), [field for field in shown if field.get("group") == name])
        for name in schema.get("form_groups", [])
    ]
    return [(None, open_fields), *((group, fields) for group, fields in groups if fields)]


def _form_group(name: str) -> dict[str, Any]:
    """A section of the forms: its `id`, and `label` and `hint` from the schemas' presets."""
    return {"id": name, **tk.h.scheming_get_preset(f"group_{name}")}


def herne_form_data(data: dict[str, Any]) -> dict[str, Any]:
    """The data of the form for a new dataset: what is typed already, and the defaults for the rest."""
    defaults = default_values(portal_settings())
    return {**data, **{key: value for key, value in defaults.items() if key not in data}}


def herne_error_lines(errors: dict[str, Any], fields: list[dict[str, Any]]) -> list[dict[str, str]]:
    """The errors of a form, one line each: `label` of the field, `message`, `target` (id of its control)."""
    by_name = {field["field_name"]: field for field in fields}
    lines = []
    for name, error in errors.items():
        field = by_name.get(name, {})
        label = tk.h.scheming_language_text(field["label"]) if field.get("label") else str(name)
        for place, text in _messages(error, field):
            target = f"field-{name}{place}" if field else ""
            lines.append({"label": label, "message": text, "target": target})
    return lines


def _messages(error: Any, field: dict[str, Any]) -> Iterable[tuple[str, str]]:
    """Pairs of a place within the field ("" or "-0-email") and a message."""
    subfields = {sub["field_name"]: sub for sub in field.get("repeating_subfields", [])}
    for index, part in enumerate(error if isinstance(error, list) else [error]):
        if not isinstance(part, dict):
            yield "", str(part)
            continue
        for name, messages in part.items():
            label = tk.h.scheming_language_text(subfields.get(name, {}).get("label") or name)
            yield f"-{index}-{name}", f"{label}: {' '.join(map(str, messages))}"


def herne_date(value: str | None) -> str:
    """A stored date as people read it: days and times in the page's language, years and months as is."""
    text = str(value or "")
    if "T" not in text:
        return tk.h.render_datetime(text) if len(text) == len("2025-12-31") else text
    moment = datetime.fromisoformat(text)
    if moment.tzinfo:
        moment = moment.astimezone(tk.h.get_display_timezone())
    return f"{format_date(moment, 'long', rebase=False)}, {format_time(moment, 'short', rebase=False)}"


def herne_fits_date_picker(value: str) -> bool:
    """Whether a browser's date picker can hold the value: nothing, or a plain day."""
    return not value or bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}", value))


def herne_organizations(selected: str | None) -> list[dict[str, Any]]:
    """The organizations a steward may publish for, each with `selected`; the default one is preselected."""
    own = tk.h.organizations_available("create_dataset")
    wanted = (selected, config.default_organization())
    chosen = next((row["id"] for value in wanted for row in own if value in (row["id"], row["name"])), None)
    return [{**row, "selected": row["id"] == chosen} for row in own]


def herne_dataset_count() -> int:
    """How many datasets a visitor can find."""
    return int(_search({"rows": 0})["count"])


def herne_recent_datasets(count: int = 5) -> list[dict[str, Any]]:
    """The datasets that changed last."""
    return list(_search({"rows": count, "sort": "metadata_modified desc"})["results"])


def herne_theme_counts() -> list[dict[str, Any]]:
    """The themes that have datasets: `uri`, `label` in the page's language, `count`; most datasets first."""
    facet = _search({"rows": 0, "facet.field": ["vocab_theme"], "facet.limit": -1})["facets"]["vocab_theme"]
    language = page_language()
    rows: Iterable[dict[str, Any]] = (
        {"uri": term.uri, "label": term.label(language), "count": facet[term.uri]}
        for term in vocabulary("themes").terms
        if facet.get(term.uri)
    )
    return sorted(rows, key=lambda row: -row["count"])


def _search(query: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = tk.get_action("package_search")({}, {"fq": "dataset_type:dataset", **query})
    return found


def herne_facet_label(item: dict[str, Any]) -> str:
    """The whole label of a filter's value."""
    return str(item["display_name"])


def herne_imprint_url() -> str:
    """Address of the imprint; empty if there is none."""
    return config.imprint_url()


def herne_privacy_url() -> str:
    """Address of the privacy notice; empty if there is none."""
    return config.privacy_url()


def herne_is_demo() -> bool:
    """Whether the data are invented."""
    return config.is_demo()
