"""What a dataset gets when its author leaves a field empty.

Pure functions over dataset dicts: no database, no configuration, no CKAN. An author's own value always wins;
an empty one counts as not given, on update as on creation.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from functools import cache
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from ckanext.herne.dcat_ap_de.places import places
from ckanext.herne.licenses.register import licence

if TYPE_CHECKING:
    from ckanext.herne.dcat_ap_de import Settings

NAME_LENGTH = 100  # CKAN's limit for a dataset's name
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def with_defaults(
    dataset: Mapping[str, Any], defaults: Mapping[str, Any], fields: Container[str]
) -> dict[str, Any]:
    """A copy of `dataset` in which every empty one of `fields` that has a default holds it."""
    empty = {
        field: value for field, value in defaults.items() if field in fields and is_empty(dataset.get(field))
    }
    return {**dataset, **empty}


def default_values(settings: Settings, organization: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The defaults of all fields, in the form in which a dataset dict carries them.

    `organization` is what the owner says about itself (see `owners.facts`).
    """
    facts = herne_facts()
    return {
        "license_id": settings.licence,
        "publisher": [settings.publisher],
        "contact": [settings.contact],
        "language": list(settings.languages),
        "spatial_coverage": [dict(places()[uri]) for uri in facts["spatial_coverage"]],
        "political_geocoding_level_uri": list(facts["political_geocoding_level_uri"]),
        "contributor_id": [settings.contributor_id],
        **of_organization(organization or {}),
    }


def of_organization(organization: Mapping[str, str]) -> dict[str, Any]:
    """Publisher and contact of what an organization owns, as far as it is one.

    An organization with an identifier (`uri`) of its own decides itself what is published (convention K36);
    an office without one has the city as publisher. Whoever can be reached is the contact.
    """
    values: dict[str, Any] = {}
    if organization.get("uri"):
        named = {"name": "title", "type": "publisher_type", "email": "email", "url": "url", "uri": "uri"}
        values["publisher"] = [_entry(organization, named)]
    reached = {"email": "email", "url": "contact_url", "telephone": "telephone"}
    if any(organization.get(name) for name in reached.values()):
        values["contact"] = [_entry(organization, {"name": "title", **reached})]
    return values


def _entry(organization: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str]:
    return {key: organization[name] for key, name in names.items() if organization.get(name)}


def without_prefilled(dataset: Mapping[str, Any], prefilled: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """`dataset` less the publisher and the contact that the form had filled in and nobody changed.

    The defaults of the organization that was chosen then take their place, with their hidden parts.
    """
    offered = list(prefilled)
    untouched = {
        field
        for field in ("publisher", "contact")
        if any(_is_shown_as(dataset.get(field), values.get(field)) for values in offered)
    }
    return {field: value for field, value in dataset.items() if field not in untouched}


def _is_shown_as(entries: Any, default: Any) -> bool:
    return isinstance(entries, list) and [_shown(entry) for entry in entries] == [
        _shown(entry) for entry in default or []
    ]


def _shown(entry: Any) -> Any:
    if not isinstance(entry, Mapping):
        return entry
    return {key: value for key, value in entry.items() if key != "uri" and not is_empty(value)}


@cache
def herne_facts() -> dict[str, Any]:
    """The city's own constants, from defaults.yaml."""
    facts: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("defaults.yaml").read_text("utf-8"))
    return facts


def is_empty(value: Any) -> bool:
    """Whether a form or a caller said nothing: no value, blanks, or a list of such, at any depth."""
    if value is None or isinstance(value, str):
        return not (value or "").strip()
    if isinstance(value, Mapping):
        return all(is_empty(part) for part in value.values())
    if isinstance(value, (list, tuple)):
        return all(is_empty(part) for part in value)
    return False


def name_from(title: str, is_taken: Callable[[str], bool]) -> str:
    """A free name for the dataset's address, made from its title: "Zählstellen" gives "zaehlstellen"."""
    slug = slugified(title)[:NAME_LENGTH].strip("-")
    base = slug if len(slug) > 1 else "-".join(filter(None, ("datensatz", slug)))
    suffixes = chain([""], (f"-{number}" for number in count(2)))
    candidates: Iterator[str] = (base[: NAME_LENGTH - len(suffix)] + suffix for suffix in suffixes)
    return next(name for name in candidates if not is_taken(name))


def slugified(text: str) -> str:
    """`text` as lower-case ASCII words joined by hyphens, German umlauts written out."""
    german = text.lower().translate(UMLAUTS)
    ascii_only = unicodedata.normalize("NFKD", german).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")


def effective_licence_id(resource: Mapping[str, Any], dataset: Mapping[str, Any]) -> str:
    """The licence that holds for a resource, its own or the dataset's; as register id where it is known."""
    text = str(resource.get("license_id") or dataset.get("license_id") or "")
    known = licence(text)
    return known.id if known else text


def licence_fault(licence_id: str) -> str:
    """What speaks against a licence: "closed" or "unknown" to the DCAT-AP.de list; empty if nothing does."""
    known = licence(licence_id)
    if known is None:
        return "unknown"
    return "" if known.open else "closed"
