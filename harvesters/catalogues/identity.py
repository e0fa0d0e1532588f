"""Under which ids a record of a catalogue is stored: those it already has, here or where it comes from."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid5

from ckan import model
from ckanext.harvest.model import HarvestObject

_IDS = UUID("0b8f7f0e-9d0b-5c55-8f0a-6d1b3a6a4f52")


def give_ids(dataset: dict[str, Any], guid: str, source_id: str) -> None:
    """Gives the dataset its id, and files the ids that another CKAN gave them in their URIs, if free."""
    own = _uuid(dataset.get("uri"))
    free = own if own and model.Package.get(own) is None else None
    dataset["id"] = stored_package(guid) or free or str(uuid5(_IDS, f"{source_id}:{guid}"))
    for resource in dataset.get("resources", []):
        old = _uuid(resource.get("uri"))
        if old and model.Session.get(model.Resource, old) is None:
            resource["id"] = old


def stored_package(guid: str) -> str | None:
    """Id of the package that was harvested as `guid`, or that carries it as its URI."""
    query = model.Session.query(HarvestObject.package_id).join(
        model.Package, model.Package.id == HarvestObject.package_id
    )
    row = query.filter(HarvestObject.guid == guid).order_by(HarvestObject.gathered.desc()).first()
    if row is None:
        uri = model.Package.extras["uri"] == json.dumps(guid)
        row = model.Session.query(model.Package.id).filter(uri).first()
    return str(row[0]) if row else None


def _uuid(uri: Any) -> str | None:
    last = str(uri or "").rstrip("/").rpartition("/")[2]
    try:
        return last if str(UUID(last)) == last else None
    except ValueError:
        return None
