"""A dataset as Croissant 1.0 (https://docs.mlcommons.org/croissant/docs/croissant-spec.html).

ckanext-dcat's profile does the work. Here a dataset is brought into the shape that it reads, and a DataStore
table becomes a record set with names and types, read from the table's CSV.
"""

from __future__ import annotations

import copy
import json
from typing import Any
from urllib.parse import quote, urljoin

import ckan.plugins.toolkit as tk
from ckanext.dcat.profiles.croissant import (
    CR,
    CROISSANT_FIELD_TYPES,
    JSONLD_CONTEXT,
    RDF,
    SCHEMA,
    CroissantProfile,
)
from ckanext.herne.dcat_ap_de.profile import portal_settings
from ckanext.herne.dcat_ap_de.writer import dataset_uri
from ckanext.herne.feed.discovery.schema_org import languages, media_type
from pyld import jsonld
from rdflib import BNode, Graph, Literal, URIRef

Dataset = dict[str, Any]

TYPES = {
    **CROISSANT_FIELD_TYPES,
    "bool": SCHEMA.Boolean,
    "date": SCHEMA.Date,
    "timestamp": SCHEMA.DateTime,
    "timestamptz": SCHEMA.DateTime,
}
CONTEXT = {key: value for key, value in JSONLD_CONTEXT.items() if key != "@language"}  # texts as strings
FRAME = {
    "@context": CONTEXT,
    "@type": "sc:Dataset",
    # a file is described once, where the dataset lists it
    "recordSet": {"field": {"source": {"fileObject": {"@embed": "@never"}}}},
}
CHECKSUMS = ("sha256", "md5")  # as the ends of the names of their algorithms
CSV = "text/csv"


def croissant(dataset: Dataset) -> str:
    """The dataset as JSON-LD."""
    settings, graph = portal_settings(), Graph()
    uri = URIRef(dataset_uri(dataset, settings))
    Profile(graph).graph_from_dataset(_shaped(dataset, settings.site_url), uri)
    document = json.loads(graph.serialize(format="json-ld"))
    framed = jsonld.frame(document, FRAME, {"omitDefault": True})
    # Croissant's own reader insists on a language
    framed["@context"] = {**CONTEXT, "@language": settings.language}
    return json.dumps(framed, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


class Profile(CroissantProfile):
    """ckanext-dcat's profile; its record sets have relative addresses, and fields without name and type."""

    def __init__(self, graph: Graph) -> None:
        # The base class looks up the form's schema for every dataset; nothing here asks for it.
        self.g = graph

    def _recordset_graph(self, dataset_ref: URIRef, resource_ref: URIRef, resource_dict: Dataset) -> None:
        """The table of a resource as a record set."""
        if not resource_dict.get("datastore_active"):
            return
        records = URIRef(f"{resource_ref}/records")
        self.g.add((dataset_ref, CR.recordSet, records))
        self.g.add((records, RDF.type, CR.RecordSet))
        self.g.add((records, SCHEMA.name, Literal(resource_dict["name"])))
        for column in _columns(resource_dict["id"]):
            self._add_field(column, records, resource_ref)

    def _add_field(self, column: Dataset, records: URIRef, resource_ref: URIRef) -> None:
        """A column as a field of a record set."""
        field, source, extract = URIRef(f"{records}/{quote(column['id'], safe='')}"), BNode(), BNode()
        info = column.get("info") or {}
        told = ": ".join(filter(None, (info.get("label"), info.get("notes"))))
        statements = [
            (records, CR.field, field),
            (field, RDF.type, CR.Field),
            (field, SCHEMA.name, Literal(column["id"])),
            (field, CR.dataType, TYPES.get(column["type"], SCHEMA.Text)),
            (field, CR.source, source),
            (source, CR.fileObject, resource_ref),
            (source, CR.extract, extract),
            (extract, CR.column, Literal(column["id"])),
            *([(field, SCHEMA.description, Literal(told))] if told else []),
        ]
        for statement in statements:
            self.g.add(statement)


def _columns(resource_id: str) -> list[Dataset]:
    info = tk.get_action("datastore_info")({"ignore_auth": True}, {"id": resource_id})
    return list(info["fields"])


def _shaped(dataset: Dataset, site_url: str) -> Dataset:
    """A copy of the dataset as the profile reads it, which writes into what it gets."""
    shaped = copy.deepcopy(dataset)
    shaped["language"] = languages(dataset)
    shaped["creator"] = shaped.get("creator") or copy.deepcopy(shaped["publisher"])
    for agent in (*shaped["creator"], *shaped["publisher"]):
        agent["type"] = "organization"
    shaped["resources"] = [_file(resource, site_url) for resource in shaped["resources"]]
    # without a checksum a file may change: Croissant calls such a dataset live
    shaped["is_live_dataset"] = not all(resource["hash"] for resource in shaped["resources"])
    return shaped


def _file(resource: Dataset, site_url: str) -> Dataset:
    """A resource as a file with a checksum that Croissant knows or none; of a table its CSV."""
    is_known = (resource.get("hash_algorithm") or "").endswith(CHECKSUMS)
    file = {
        **resource,
        "name": resource.get("name") or resource["id"],
        "url": urljoin(site_url, resource.get("download_url") or resource["url"]),
        "mimetype": media_type(resource),
        "hash": resource.get("hash") if is_known else "",
    }
    if resource.get("datastore_active") and file["mimetype"] != CSV:
        dump = urljoin(site_url, f"/datastore/dump/{resource['id']}")
        file |= {"url": dump, "mimetype": CSV, "hash": "", "size": None}
    return file
