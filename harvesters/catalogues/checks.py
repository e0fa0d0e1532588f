"""What the portal's own checks say about a dataset dict, without storing it; what a silent record gets."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckanext.herne.dcat_ap_de.profile import portal_settings
from ckanext.herne.dcat_ap_de.reader import Note
from ckanext.herne.harvesters.catalogues import refusals
from ckanext.herne.licenses.register import licence
from ckanext.herne.portal import owners, saving
from ckanext.herne.portal.defaults import default_values, is_empty

if TYPE_CHECKING:
    from ckanext.herne.harvesters.catalogues.refusals import Dataset

UNSTATED_LICENCE = "other-closed"
# Id and owner are not for the record to say: they follow from where it comes from.
OF_THE_SOURCE = ("id", "owner_org", "__before", "__extras", "__junk")
NOT_IN_TAGS = re.compile(r"[^\w .-]+")
SHORTEST_TAG = 2  # letters, CKAN's rule
LICENSED = ("dataset", "data_service")


def errors(dataset: Dataset) -> dict[str, Any]:
    """What `package_create` would refuse of `dataset`, by field; empty if it would store it."""
    candidate = stored_form(dataset, checked=False)
    if "id" in dataset:
        candidate["id"] = dataset["id"]  # its own URI is not somebody else's
    context = {"model": model, "session": model.Session, "user": "", "ignore_auth": True}
    try:
        saving.prepare_new(context, candidate)
    except tk.ValidationError as error:
        return dict(error.error_dict)
    candidate["owner_org"] = candidate["owner_org"] or None
    _saved, found = saving.checked(context, candidate, "create")
    return {field: said for field, said in found.items() if said and field not in OF_THE_SOURCE}


def stored_form(dataset: Dataset, *, checked: bool = True) -> Dataset:
    """A copy of `dataset` without CKAN's ids, with the portal's defaults where it is silent (`checked`)."""
    candidate = copy.deepcopy({key: value for key, value in dataset.items() if key not in ("id", "name")})
    candidate["resources"] = [
        {key: value for key, value in resource.items() if key != "id"}
        for resource in candidate.get("resources", [])
    ]
    candidate.setdefault("type", saving.DATASET)
    if checked:
        saving.prepare_new({"ignore_auth": True}, candidate)
    return candidate


def complete(dataset: Dataset, default_licence: str) -> list[Note]:
    """Fills in, in place, what GovData demands and the record does not say; a note for each such statement.

    A record without a licence never gets the portal's open default: that would grant rights nobody gave.
    `default_licence` is what the source's configuration says for such records.
    """
    parts = (_licensed(dataset, default_licence), _attributed(dataset), _reachable(dataset), _tagged(dataset))
    return [note for part in parts for note in part]


def _licensed(dataset: Dataset, default_licence: str) -> list[Note]:
    """What its files agree on holds for the dataset; where they are silent, the licence is not open."""
    if dataset.get("type", saving.DATASET) not in LICENSED or not is_empty(dataset.get("license_id")):
        return []
    files = [resource for resource in dataset.get("resources", []) if resource.get("url")]
    said = {str(resource.get("license_id") or "") for resource in files}
    agreed = next(iter(said)) if len(said) == 1 else ""
    dataset["license_id"] = agreed or default_licence or UNSTATED_LICENCE
    is_said = bool(said) and "" not in said
    return [] if is_said else [_added(dataset, "dct:license", dataset["license_id"])]


def _attributed(dataset: Dataset) -> list[Note]:
    """Convention K35: who must be named is the publisher, where the record says nothing else."""
    notes = []
    for owner in (dataset, *dataset.get("resources", [])):
        known = licence(str(owner.get("license_id") or ""))
        said = owner.get("license_attribution_by_text") or dataset.get("license_attribution_by_text")
        provider = next((entry.get("name") for entry in dataset.get("publisher", [])), "")
        if known and known.attribution and not said and provider:
            owner["license_attribution_by_text"] = provider
            notes.append(_added(dataset, "dcatde:licenseAttributionByText", provider))
    return notes


def _reachable(dataset: Dataset) -> list[Note]:
    """Convention K01: a contact has an e-mail address or a link; the publisher's, else the portal's."""
    notes = []
    settings = portal_settings()
    publisher: dict[str, Any] = next(iter(dataset.get("publisher", [])), {})
    ways = [(field, publisher.get(field)) for field in ("email", "url")]
    field, value = next((way for way in ways if way[1]), ("email", settings.publisher_email))
    for contact in dataset.get("contact", []):
        if is_empty(contact.get("email")) and is_empty(contact.get("url")):
            contact[field] = value
            term = "vcard:hasEmail" if field == "email" else "vcard:hasURL"
            notes.append(_added(dataset, f"dcat:contactPoint / {term}", str(value)))
    return notes


def defaulted(dataset: Dataset) -> list[Note]:
    """A note for each of the portal's defaults that `dataset` gets because it is silent; changes nothing."""
    fields = saving.known_fields(str(dataset.get("type") or saving.DATASET))
    owner = owners.facts(dataset.get("owner_org"))
    return [
        _added(dataset, refusals.term(dataset, field), "; ".join(map(_named, value)))
        for field, value in default_values(portal_settings(), owner).items()
        if isinstance(value, list) and field in fields and is_empty(dataset.get(field))
    ]


def _named(value: Any) -> str:
    return str(value.get("uri") or value.get("name")) if isinstance(value, dict) else str(value)


def _tagged(dataset: Dataset) -> list[Note]:
    """CKAN's tags have letters, digits and few signs: others give way, so that the keyword stays one."""
    notes = []
    for tag in dataset.get("tags", []):
        said, plain = tag["name"], " ".join(NOT_IN_TAGS.sub(" ", tag["name"]).split())
        if plain != said and len(plain) >= SHORTEST_TAG:
            tag["name"] = plain
            owner = str(dataset.get("uri") or dataset.get("title") or "")
            notes.append(Note("changed", owner, "dcat:keyword", said, plain))
    names = [tag["name"] for tag in dataset.get("tags", [])]
    if len(set(names)) < len(names):
        dataset["tags"] = [{"name": name} for name in dict.fromkeys(names)]
    return notes


def _added(dataset: Dataset, term: str, value: str) -> Note:
    return Note("added", str(dataset.get("uri") or dataset.get("title") or ""), term, value)
