"""The dataset a harvest creates: its description from a data file, its ids, and the dict CKAN gets. Pure."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import msgspec

DEMO_TITLE = "(Demo, erfundene Daten)"
DEMO_NOTE = "Demo: Alle Werte dieses Datensatzes sind erfunden."
_IDS = uuid.UUID("6b1a1c86-4c0e-5e0a-9d53-0f2f3c1b5916")


class Description(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a data file says of its dataset, German and English; themes and frequency are URIs."""

    name: str
    title_de: str
    title_en: str
    description_de: str
    description_en: str
    resource_de: str
    resource_en: str
    themes: tuple[str, ...]
    keywords: tuple[str, ...]
    frequency: str


@dataclass(frozen=True)
class Identity:
    """Who a harvested dataset is: all of it follows from the source and the part of it that is harvested."""

    guid: str
    dataset_id: str
    resource_id: str

    @classmethod
    def of(cls, source_id: str, part: str) -> Identity:
        """The identity of one part (a domain, a theme) of a harvest source."""
        guid = f"{source_id}:{part}"
        return cls(guid, str(uuid.uuid5(_IDS, guid)), str(uuid.uuid5(_IDS, f"{guid}:table")))


def dataset_dict(description: Description, identity: Identity, *, demo: bool) -> dict[str, Any]:
    """The fields for `package_create` that the source knows; the portal's defaults fill in the rest."""
    tags = [*description.keywords, "demo"] if demo else list(description.keywords)
    notes = f"{description.description_de}\n\n*English:* {description.description_en}"
    table = f"{description.resource_de} / {description.resource_en}"
    return {
        "id": identity.dataset_id,
        "title": f"{description.title_de} {DEMO_TITLE}" if demo else description.title_de,
        "notes": f"{DEMO_NOTE} {notes}" if demo else notes,
        "theme": list(description.themes),
        "tags": [{"name": tag} for tag in tags],
        "frequency": description.frequency,
        "resources": [
            {
                "id": identity.resource_id,
                "name": description.resource_de,
                "description": f"{DEMO_NOTE} {table}" if demo else table,
                "format": "CSV",
                "mimetype": "text/csv",
                "url_type": "datastore",
                "url": f"/datastore/dump/{identity.resource_id}",
            }
        ],
    }
