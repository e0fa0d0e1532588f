"""The dataset of a domain as CKAN gets it: what the data file says, and a resource for each table. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ckanext.herne.harvesters.operations.dataset import Identity, dataset_dict, table_resource

if TYPE_CHECKING:
    from ckanext.herne.harvesters.sensors.domain import Domain


def resource_ids(source_id: str, domain: Domain) -> dict[str, str]:
    """The ids of the tables of hours, days and stations: they follow from the source and the domain alone."""
    return {
        "hours": Identity.of(source_id, domain.id).resource_id,
        "days": Identity.of(source_id, f"{domain.id}:days").resource_id,
        "stations": Identity.of(source_id, f"{domain.id}:stations").resource_id,
    }


def said(domain: Domain, source_id: str, *, demo: bool) -> dict[str, Any]:
    """The fields of the dataset that the source owns."""
    fields = dataset_dict(domain.dataset, Identity.of(source_id, domain.id), demo=demo)
    ids, text = resource_ids(source_id, domain), domain.dataset
    fields["resources"] += [
        table_resource(ids["days"], text.daily_de, text.daily_en, demo=demo),
        table_resource(ids["stations"], text.stations_de, text.stations_en, demo=demo),
    ]
    if text.hvd_category:
        fields |= {"hvd": True, "hvd_category": [text.hvd_category]}
    return fields
