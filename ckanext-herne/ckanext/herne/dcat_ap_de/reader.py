"""From an RDF graph to a dataset dict: the mapping's table read backwards.

Values come back in the form the dict stores them (URIs of terms, ids of licences, GeoJSON). RDF has no order,
so lists come sorted. What no line of the table names is not read.
"""

import re
from collections import Counter
from typing import Any

from ckanext.herne.dcat_ap_de.fields import THROUGH
from ckanext.herne.dcat_ap_de.mapping import NodeClass, Property, mapping
from ckanext.herne.dcat_ap_de.values import KINDS
from rdflib import Graph, Literal, Node, URIRef


def read(graph: Graph, dataset_uri: str, language: str = "de") -> dict[str, Any]:
    """The dict of the dataset `dataset_uri`; texts in `language` go before untagged and foreign ones."""
    dataset = _entity(graph, URIRef(dataset_uri), mapping().classes["Dataset"], language)
    _hoist(dataset)
    return dataset


def _entity(graph: Graph, node: Node, node_class: NodeClass, language: str) -> dict[str, Any]:
    entity: dict[str, Any] = {"uri": str(node)} if isinstance(node, URIRef) else {}
    for prop in node_class.properties:
        values = _values(graph, node, prop, language)
        if not values:
            continue
        if prop.through:
            entity |= THROUGH[prop.through].fields(values, prop.field)
        else:
            entity[prop.field] = values if prop.many else values[0]
    return entity


def _values(graph: Graph, subject: Node, prop: Property, language: str) -> list[Any]:
    nodes = sorted(graph.objects(subject, prop.predicate), key=lambda node: _rank(node, language))
    if prop.kind == "node":
        return [entry for node in nodes if (entry := _inner(graph, subject, node, prop, language))]
    decode = KINDS[prop.kind].decode
    values = [value for node in nodes if (value := decode(node, prop)) not in (None, "")]
    return list(dict.fromkeys(values))


def _inner(graph: Graph, owner: Node, node: Node, prop: Property, language: str) -> dict[str, Any]:
    entity = _entity(graph, node, mapping().classes[prop.node], language)
    base = str(owner).partition("#")[0]
    if str(node).startswith(f"{base}#"):
        del entity["uri"]  # named after its owner by the writer: not a name of its own
    return entity


def _rank(node: Node, language: str) -> tuple[int, list[tuple[int, str]], str]:
    """The preferred language first, then untagged; then by text with numbers counted as numbers."""
    foreign = 0
    if isinstance(node, Literal):
        foreign = 0 if node.language == language else 1 if not node.language else 2
    parts = re.split(r"(\d+)", str(node))
    return foreign, [(len(part) if part.isdigit() else 0, part) for part in parts], node.n3()


def _hoist(dataset: dict[str, Any]) -> None:
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
