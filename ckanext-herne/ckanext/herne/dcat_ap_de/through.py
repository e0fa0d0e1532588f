"""Fields that are not simply a property's value: pairs of functions, named in the column `through`.

`values` turns an entity's fields into the values of a property, `fields` turns those back. Neither changes
what it is given.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ckanext.herne.dcat_ap_de import places
from ckanext.herne.dcat_ap_de.fields import Scope, as_list, link
from ckanext.herne.dcat_ap_de.iri import iri
from ckanext.herne.dcat_ap_de.mapping import Property
from ckanext.herne.dcat_ap_de.values import ZONE

HVD_REGULATION = "http://data.europa.eu/eli/reg_impl/2023/138/oj"
AGENT_FIELDS = ("uri", "name", "type", "email", "url")


@dataclass(frozen=True, slots=True)
class Through:
    """`values` of a property from an entity's fields, and the `fields` those values came from."""

    values: Callable[[Scope, Property], list[Any]]
    fields: Callable[[list[Any], Property], dict[str, Any]]


def own_values(scope: Scope, prop: Property) -> list[Any]:
    """What the entity itself says for a property; empty values are none."""
    if prop.through:
        return THROUGH[prop.through].values(scope, prop)
    return as_list(scope.entity.get(prop.field))


def stored(values: list[Any], prop: Property) -> Any:
    """Values as the field holds them: all in a list, or the first."""
    return values if prop.many else values[0]


def _tag_names(scope: Scope, _prop: Property) -> list[Any]:
    tags = as_list(scope.entity.get("tags"))
    if tags:
        return [tag.get("name") if isinstance(tag, dict) else tag for tag in tags]
    return [tag.strip() for tag in scope.text("tag_string").split(",") if tag.strip()]


def _tags(names: list[Any], _prop: Property) -> dict[str, Any]:
    return {"tags": [{"name": name} for name in names]}


def _place_nodes(scope: Scope, prop: Property) -> list[Any]:
    return places.expand(as_list(scope.entity.get(prop.field)), scope.uri)


def _place_entries(nodes: list[Any], prop: Property) -> dict[str, Any]:
    return {prop.field: places.join(nodes)}


def _statements(scope: Scope, prop: Property) -> list[Any]:
    """An address names its node, any other text is the label of one."""
    return [_statement(value) for value in as_list(scope.entity.get(prop.field))]


def _statement(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    is_address = iri(value.strip()) and " " not in value.strip()
    return {"uri": value} if is_address else {"label": value}


def _statement_texts(nodes: list[Any], prop: Property) -> dict[str, Any]:
    return {prop.field: stored([node.get("label") or node["uri"] for node in nodes], prop)}


def _legislation(scope: Scope, prop: Property) -> list[Any]:
    """What is stated, and the regulation behind what carries a category of high-value datasets."""
    return _with_regulation(scope, prop, scope.entity)


def _inherited_legislation(scope: Scope, prop: Property) -> list[Any]:
    """As `_legislation`, for a distribution of the dataset that carries the category."""
    return _with_regulation(scope, prop, scope.dataset)


def _with_regulation(scope: Scope, prop: Property, categorised: dict[str, Any]) -> list[Any]:
    stated = _statements(scope, prop)
    regulation = {"uri": HVD_REGULATION}
    is_high_value = bool(as_list(categorised.get("hvd_category")))
    return [regulation, *stated] if is_high_value and regulation not in stated else stated


def _wrapped_as(key: str) -> Callable[[Scope, Property], list[Any]]:
    return lambda scope, prop: [{key: value} for value in as_list(scope.entity.get(prop.field))]


def _unwrapped_from(key: str) -> Callable[[list[Any], Property], dict[str, Any]]:
    def fields(nodes: list[Any], prop: Property) -> dict[str, Any]:
        values = [node[key] for node in nodes if key in node]
        return {prop.field: stored(values, prop)} if values else {}

    return fields


def _checksums(scope: Scope, prop: Property) -> list[Any]:
    parts = {key: scope.text(key) for key in ("hash", "hash_algorithm")}
    return [parts] if parts[prop.field] else []


def _checksum_fields(nodes: list[Any], _prop: Property) -> dict[str, Any]:
    return {key: nodes[0][key] for key in ("hash", "hash_algorithm") if key in nodes[0]}


def _links(scope: Scope, _prop: Property) -> list[Any]:
    return as_list(link(scope))


def _first(values: list[Any], prop: Property) -> dict[str, Any]:
    return {prop.field: values[0]}


def _sample_entries(nodes: list[Any], prop: Property) -> dict[str, Any]:
    return {prop.field: nodes}


def _samples(scope: Scope, prop: Property) -> list[Any]:
    """A sample is a distribution; of one that is only an address the dataset says the rest."""
    return [
        {"id": f"sample-{number}", **(value if isinstance(value, dict) else {"url": value})}
        for number, value in enumerate(as_list(scope.entity.get(prop.field)), start=1)
    ]


def _agents(scope: Scope, _prop: Property) -> list[Any]:
    agent = {key: scope.entity[key] for key in AGENT_FIELDS if scope.entity.get(key)}
    return [agent] if agent else []


def _agent_fields(nodes: list[Any], _prop: Property) -> dict[str, Any]:
    return {key: nodes[0][key] for key in AGENT_FIELDS if key in nodes[0]}


def _instants(scope: Scope, prop: Property) -> list[Any]:
    """A point in time under the property that OWL-Time has for its precision."""
    value = scope.entity.get(prop.field)
    if not value or isinstance(value, dict):
        return as_list(value)
    text = str(value).strip()
    key = {4: "year", 7: "month", 10: "date"}.get(len(text), "moment" if ZONE.search(text) else "local")
    return [{key: text}]


def _instant_text(nodes: list[Any], prop: Property) -> dict[str, Any]:
    texts = [
        node[key] for node in nodes for key in ("moment", "local", "date", "month", "year") if key in node
    ]
    return {prop.field: texts[0]} if texts else {}


THROUGH = {
    "tags": Through(_tag_names, _tags),
    "places": Through(_place_nodes, _place_entries),
    "statements": Through(_statements, _statement_texts),
    "legislation": Through(_legislation, _statement_texts),
    "inherited_legislation": Through(_inherited_legislation, _statement_texts),
    "geometry": Through(_wrapped_as("geometry"), _unwrapped_from("geometry")),
    "notations": Through(_wrapped_as("notation"), _unwrapped_from("notation")),
    "checksum": Through(_checksums, _checksum_fields),
    "access_url": Through(_links, _first),
    "samples": Through(_samples, _sample_entries),
    "agent": Through(_agents, _agent_fields),
    "instant": Through(_instants, _instant_text),
}
