"""What the templates ask: choices, labels, numbers and the operator's options."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
from babel import Locale, UnknownLocaleError
from babel.units import format_unit
from ckan.plugins.toolkit import _
from ckanext.herne.dcat_ap_de.profile import portal_settings
from ckanext.herne.dcat_ap_de.vocabulary import vocabulary
from ckanext.herne.licenses.register import Licence, licence, licences
from ckanext.herne.portal import config, owners
from ckanext.herne.portal.defaults import default_values, effective_licence_id, is_empty
from ckanext.herne.portal.discovery import filter_labels as herne_filter_labels
from ckanext.herne.portal.discovery import type_label as herne_type_label
from ckanext.herne.portal.form_values import entries_of as herne_entries
from ckanext.herne.portal.form_values import has_error as herne_has_error
from ckanext.herne.portal.form_values import hidden_parts as herne_hidden_parts
from ckanext.herne.portal.form_values import values_of as herne_values
from ckanext.herne.portal.language import page_language
from ckanext.herne.portal.relations import (
    herne_members,
    herne_package_choices,
    herne_packages,
    herne_services,
)
from ckanext.herne.portal.relations import uri_of as herne_package_uri
from ckanext.herne.regions.datasets import herne_region_choices
from ckanext.herne.regions.views import herne_region_map
from ckanext.herne.tables.export.distributions import formats_of_resource as herne_table_formats
from flask_babel import format_date, format_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = [
    "herne_agent_type",
    "herne_choices_with",
    "herne_dataset_count",
    "herne_date",
    "herne_duration",
    "herne_effective_licence",
    "herne_entries",
    "herne_error_lines",
    "herne_facet_label",
    "herne_fact_groups",
    "herne_filter_labels",
    "herne_fits_date_picker",
    "herne_form_data",
    "herne_form_groups",
    "herne_has_error",
    "herne_hidden_parts",
    "herne_imprint_url",
    "herne_is_demo",
    "herne_last_part",
    "herne_licence",
    "herne_licence_choices",
    "herne_members",
    "herne_organizations",
    "herne_package_choices",
    "herne_package_types",
    "herne_package_uri",
    "herne_packages",
    "herne_privacy_url",
    "herne_recent_datasets",
    "herne_region_choices",
    "herne_region_map",
    "herne_resource_licence_choices",
    "herne_services",
    "herne_statements",
    "herne_table_formats",
    "herne_term_labels",
    "herne_theme_counts",
    "herne_translations",
    "herne_type_label",
    "herne_values",
    "herne_vocabulary_choices",
    "humanize_entity_type",
    "license_options",
]

Choice = dict[str, Any]

DURATION_UNITS = (
    "duration-year",
    "duration-month",
    "duration-day",
    "duration-hour",
    "duration-minute",
    "duration-second",
)


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


def herne_licence(text: str | None) -> dict[str, Any] | None:
    """The licence that `text` means: its `title` in the page's language, `url`, whether it is `open` and
    demands `attribution`; None if unknown."""
    return _for_page(licence(text) if text else None)


def herne_effective_licence(resource: dict[str, Any], dataset: dict[str, Any]) -> dict[str, Any] | None:
    """As `herne_licence`, for the licence that holds for a resource."""
    return herne_licence(effective_licence_id(resource, dataset))


def _for_page(entry: Licence | None) -> dict[str, Any] | None:
    if entry is None:
        return None
    return {
        "id": entry.id,
        "title": entry.title_in(page_language()),
        "url": entry.url,
        "open": entry.open,
        "attribution": entry.attribution,
    }


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


def herne_fact_groups(
    schema: dict[str, Any], part: str, data: dict[str, Any]
) -> list[tuple[dict[str, Any] | None, list[dict[str, Any]]]]:
    """The fields that a page shows and that say something, in the groups of the form."""
    told = [
        field
        for field in schema[part]
        if field.get("display_snippet", "") is not None and not is_empty(data.get(field["field_name"]))
    ]
    known = schema.get("form_groups", [])
    groups = [(_form_group(name), [field for field in told if field.get("group") == name]) for name in known]
    rest = [field for field in told if field.get("group") not in known]
    return [(group, fields) for group, fields in [(None, rest), *groups] if fields]


def _form_group(name: str) -> dict[str, Any]:
    """A section of the forms: its `id`, and `label` and `hint` from the schemas' presets."""
    return {"id": name, **tk.h.scheming_get_preset(f"group_{name}")}


def herne_form_data(data: dict[str, Any]) -> dict[str, Any]:
    """The data of the form for a new dataset: what is typed already, and the defaults for the rest."""
    rows = herne_organizations(data.get("owner_org") or tk.request.args.get("group"))
    owner = next((row["id"] for row in rows if row["selected"]), None)
    defaults = default_values(portal_settings(), owners.facts(owner))
    return {**data, **{key: value for key, value in defaults.items() if key not in data}}


def herne_error_lines(
    errors: dict[str, Any], fields: list[dict[str, Any]], others: list[dict[str, Any]] | None = None
) -> list[dict[str, str]]:
    """The errors of a form, one line each: `label` of the field, `message`, `target` (id of its control).

    They stand in the order of the form. An error of `others`, the fields of another form, gets their label
    but no control to go to.
    """
    here = {field["field_name"]: field for field in fields}
    by_name = {field["field_name"]: field for field in others or []} | here
    lines = []
    order = {name: place for place, name in enumerate(here)}
    for name, error in sorted(errors.items(), key=lambda item: order.get(item[0], len(order))):
        field = by_name.get(name) or by_name.get(str(name).split("-")[0], {})
        label = tk.h.scheming_language_text(field["label"]) if field.get("label") else str(name)
        for place, text in _messages(error, field):
            lines.append({"label": label, "message": text, "target": _target(str(name), place, field, here)})
    return lines


def _target(name: str, place: str, field: dict[str, Any], here: dict[str, Any]) -> str:
    """Id of the control in which to correct an error; empty if this form has none."""
    is_shown = field.get("field_name") in here and field.get("form_snippet", "") is not None
    second = "-en" if "base_field" in field and not name.endswith("-en") else ""
    return f"field-{name}{second}{place}" if is_shown else ""


def _messages(error: Any, field: dict[str, Any]) -> Iterable[tuple[str, str]]:
    """Pairs of a place within the field ("" or "-0-email") and a message."""
    subfields = {sub["field_name"]: sub for sub in field.get("repeating_subfields", [])}
    for index, part in enumerate(error if isinstance(error, list) else [error]):
        if not isinstance(part, dict):
            yield "", str(part)
            continue
        for name, messages in part.items():
            text = " ".join(map(str, messages)) if isinstance(messages, list) else str(messages)
            if not subfields:
                yield "", text
                continue
            label = tk.h.scheming_language_text(subfields.get(name, {}).get("label") or name)
            yield f"-{index}-{name}", f"{label}: {text}"


def herne_choices_with(choices: list[Choice], chosen: list[str]) -> list[Choice]:
    """The choices of a vocabulary, after the chosen values that it does not know."""
    known = {choice["value"] for choice in choices}
    return [*({"value": value, "label": value} for value in chosen if value not in known), *choices]


def herne_statements(value: Any) -> list[dict[str, str]]:
    """Texts and addresses of a field that may hold either: `text`, and `url` where one may be followed."""
    return [{"text": item, "url": item if tk.h.is_url(item) else ""} for item in herne_values(value)]


def herne_last_part(uri: str) -> str:
    """The telling end of a term's URI."""
    return re.split(r"[/#]", uri.rstrip("/#"))[-1]


def herne_translations(value: Any) -> list[dict[str, str]]:
    """A text in the languages that the page does not speak: `language`, its name as `label`, and `text`."""
    speaks = page_language().partition("_")[0]
    texts = value.items() if isinstance(value, dict) else ()
    return [
        {
            "language": tag,
            "label": _language_name(tag),
            "text": ", ".join(map(str, text)) if isinstance(text, list) else str(text),
        }
        for tag, text in texts
        if text and tag != speaks
    ]


def _language_name(tag: str) -> str:
    """The name of a language in the page's language; the tag itself if nobody knows it."""
    try:
        return str(Locale.parse(tag, sep="-").get_display_name(page_language()) or tag)
    except (ValueError, UnknownLocaleError):
        return tag


def herne_duration(value: str | None) -> str:
    """A span of time ("PT15M") in words of the page's language; what is no such span stays as it is."""
    match = re.fullmatch(
        r"P(?=.)(?:%sY)?(?:%sM)?(?:%sD)?(?:T(?=.)(?:%sH)?(?:%sM)?(?:%sS)?)?" % ((r"([\d.]+)",) * 6),
        value or "",
    )
    if not match:
        return str(value or "")
    numbers = zip(DURATION_UNITS, match.groups(), strict=True)
    return ", ".join(
        format_unit(float(number), unit, locale=page_language()) for unit, number in numbers if number
    )


def herne_package_types() -> list[str]:
    """The kinds of package a steward may add, the usual one first."""
    types: list[str] = list(tk.h.scheming_dataset_schemas())
    return sorted(types, key=lambda name: name != tk.h.default_package_type())


@tk.chained_helper
def humanize_entity_type(
    original: Callable[[str, str, str], str | None], entity_type: str, object_type: str, purpose: str
) -> str | None:
    """CKAN's helper of this name; for series and services the portal's words instead of built ones."""
    words = _words_for(object_type) if entity_type == "package" else {}
    return words.get(purpose) or (words.get("") if words else original(entity_type, object_type, purpose))


def _words_for(package_type: str) -> dict[str, str]:
    """What buttons and headings say about a type, by CKAN's name for the place; "" for all other places."""
    if package_type == "dataset_series":
        add, edit, view, many = _("Add series"), _("Edit series"), _("View series"), _("Series")
        delete, empty = _("Do you want to delete this series?"), _("This series has no description.")
    elif package_type == "data_service":
        add, edit, view, many = _("Add service"), _("Edit service"), _("View service"), _("Services")
        delete, empty = _("Do you want to delete this service?"), _("This service has no description.")
    else:
        return {}
    return {
        "": herne_type_label(package_type),
        **dict.fromkeys(("add link", "create label", "create title"), add),
        **dict.fromkeys(("edit label", "update label"), edit),
        **dict.fromkeys(("breadcrumb", "facet label", "main nav"), many),
        "view label": view,
        "delete confirmation": delete,
        "no description": empty,
        "search placeholder": _("Search datasets"),
    }


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
