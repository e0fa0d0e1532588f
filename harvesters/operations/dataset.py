"""The dataset a harvest creates: its description from a data file, its ids, and the dict CKAN gets.

Pure but for the portal's address, which URIs begin with.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import msgspec
from ckanext.herne.dcat_ap_de.profile import portal_settings
from ckanext.herne.dcat_ap_de.writer import dataset_uri

DEMO_TITLE = "(Demo, erfundene Daten)"
DEMO_TITLE_EN = "(demo, invented data)"
DEMO_NOTE = "Demo: Alle Werte dieses Datensatzes sind erfunden."
DEMO_NOTE_EN = "Demo: all values of this dataset are invented."
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

    @property
    def uri(self) -> str:
        """The URI by which other datasets of the portal name it, also while it is not stored yet."""
        return dataset_uri({"id": self.dataset_id}, portal_settings())

    @classmethod
    def of(cls, source_id: str, part: str) -> Identity:
        """The identity of one part (a domain, a theme) of a harvest source."""
        guid = f"{source_id}:{part}"
        return cls(guid, str(uuid.uuid5(_IDS, guid)), str(uuid.uuid5(_IDS, f"{guid}:table")))


def dataset_dict(description: Description, identity: Identity, *, demo: bool) -> dict[str, Any]:
    """The fields for `package_create` that the source knows; the portal's defaults fill in the rest.

    Its resource is the table of the description; further ones, and the series it is in, add those who know.
    """
    table = table_resource(identity.resource_id, description.resource_de, description.resource_en, demo=demo)
    return {**_fields(description, identity, demo=demo), "resources": [table]}


def series_dict(description: Description, identity: Identity, *, demo: bool) -> dict[str, Any]:
    """As `dataset_dict`, for a series: it has no files, and others name its `uri` in `in_series`."""
    return {**_fields(description, identity, demo=demo), "type": "dataset_series"}


def table_resource(
    resource_id: str, name_de: str, name_en: str, *, about: str = "", demo: bool
) -> dict[str, Any]:
    """A resource whose rows are in the DataStore; the catalogue adds the downloads that its table has."""
    return {
        **_resource(resource_id, name_de, name_en, about, demo=demo),
        "format": "CSV",
        "mimetype": "text/csv",
        "url_type": "datastore",
        "url": f"/datastore/dump/{resource_id}",
    }


def file_resource(
    resource_id: str, name_de: str, name_en: str, file_format: str, *, about: str = "", demo: bool
) -> dict[str, Any]:
    """A resource with a file; what follows from its bytes comes from the file (`Described.files`)."""
    return {**_resource(resource_id, name_de, name_en, about, demo=demo), "format": file_format}


def _fields(description: Description, identity: Identity, *, demo: bool) -> dict[str, Any]:
    tags = [*description.keywords, "demo"] if demo else list(description.keywords)
    title, title_en, notes, notes_en = (
        description.title_de,
        description.title_en,
        description.description_de,
        description.description_en,
    )
    return {
        "id": identity.dataset_id,
        "title": f"{title} {DEMO_TITLE}" if demo else title,
        "title_translated": {"en": f"{title_en} {DEMO_TITLE_EN}" if demo else title_en},
        "notes": f"{DEMO_NOTE} {notes}" if demo else notes,
        "notes_translated": {"en": f"{DEMO_NOTE_EN} {notes_en}" if demo else notes_en},
        "theme": list(description.themes),
        "tags": [{"name": tag} for tag in tags],
        "frequency": description.frequency,
    }


def _resource(resource_id: str, name_de: str, name_en: str, about: str, *, demo: bool) -> dict[str, Any]:
    text = about or f"{name_de} / {name_en}"
    return {
        "id": resource_id,
        "name": name_de,
        "name_translated": {"en": name_en},
        "description": f"{DEMO_NOTE} {text}" if demo else text,
    }
