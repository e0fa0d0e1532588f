"""What RDF says in one place and a dict in another: settled after the table was read backwards."""

from collections import Counter
from typing import Any

from ckanext.herne.dcat_ap_de.mapping import mapping
from ckanext.herne.dcat_ap_de.source import Note, Source, Statement
from ckanext.herne.dcat_ap_de.through import HVD_REGULATION
from ckanext.herne.licenses.register import licence
from rdflib import DCTERMS, Node, URIRef

COLLECTION = URIRef("http://dcat-ap.de/def/datasetTypes/collection")


def leave_to_members(source: Source, node: Node) -> None:
    """A collection of version 2.0 names its members; a series is named by them."""
    if (node, DCTERMS.type, COLLECTION) not in source.graph:
        return
    members = source.objects(node, DCTERMS.hasVersion)
    said = [(DCTERMS.type, COLLECTION), *((DCTERMS.hasVersion, member) for member in members)]
    for predicate, value in said:
        source.used.add((node, predicate, value))
        term = mapping().short(str(predicate))
        source.notes.append(Note("moved", str(node), term, str(value), "dcat:DatasetSeries"))


def join_collections(source: Source, node: Node, dataset: dict[str, Any]) -> None:
    """The collections of version 2.0 that name this dataset become its series."""
    collections = [
        str(other)
        for other in source.subjects(DCTERMS.hasVersion, node)
        if (other, DCTERMS.type, COLLECTION) in source.graph
    ]
    if collections:
        dataset["in_series"] = list(dict.fromkeys([*dataset.get("in_series", []), *collections]))


def settle_legislation(dataset: dict[str, Any]) -> None:
    """The regulation behind a high-value dataset follows from its category: the writer adds it again."""
    resources = [*dataset.get("resources", []), *dataset.get("sample", [])]
    services = [service for entry in resources for service in entry.get("access_services", [])]
    categorised = [entry for entry in (dataset, *services) if entry.get("hvd_category")]
    for entry in (*categorised, *(resources if dataset.get("hvd_category") else ())):
        others = [law for law in entry.pop("applicable_legislation", []) if law != HVD_REGULATION]
        if others:
            entry["applicable_legislation"] = others


def hoist(dataset: dict[str, Any]) -> None:
    """What most distributions share and a dataset can state for all (`otherwise: dataset:...`) goes up.

    Only where every distribution says something: a silent one must not inherit what it never said. A field
    that is also a statement about the dataset itself is never made up.
    """
    resources = dataset.get("resources", [])
    own = {prop.field for prop in mapping().classes["Dataset"].properties}
    for prop in mapping().classes["Distribution"].properties:
        values = [resource.get(prop.field) for resource in resources]
        if f"dataset:{prop.field}" not in prop.otherwise or not values or None in values:
            continue
        if prop.field not in own:
            dataset[prop.field] = Counter(values).most_common(1)[0][0]
        for resource in resources:
            if resource[prop.field] == dataset.get(prop.field):
                del resource[prop.field]


def take_licence(source: Source, node: Node, dataset: dict[str, Any]) -> None:
    """A licence that a record states for the dataset holds for the distributions that name none."""
    for value in source.objects(node, DCTERMS.license):
        known = licence(str(source.plain(value)))
        if known and dataset.setdefault("license_id", known.id) == known.id:
            source.use(Statement((node, DCTERMS.license, value), DCTERMS.license, value), plain=True)
