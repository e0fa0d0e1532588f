"""The table in mapping.yaml, typed: which field of a dataset dict is which property of which class.

It only loads and checks the table. `writer` and `reader` walk it; `values` knows the kinds of value.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml
from rdflib import URIRef

Obligation = Literal["mandatory", "recommended", "optional"]


@dataclass(frozen=True, slots=True)
class Property:
    """One line of the table; what the columns mean stands at the head of mapping.yaml."""

    field: str
    predicate: URIRef
    kind: str
    cardinality: str
    obligation: Obligation
    node: str = ""
    vocabulary: str = ""
    open: str = ""
    type: URIRef | None = None
    many: bool = False
    through: str = ""
    otherwise: tuple[str, ...] = ()
    strict: bool = False


@dataclass(frozen=True, slots=True)
class NodeClass:
    """A class of node. `fragment` names nodes without a URI of their own: `{owner}#{fragment}-{number}`."""

    name: str
    types: tuple[URIRef, ...]
    properties: tuple[Property, ...]
    fragment: str = ""


@dataclass(frozen=True, slots=True)
class Mapping:
    """The whole table."""

    prefixes: dict[str, str]
    classes: dict[str, NodeClass]


@cache
def mapping() -> Mapping:
    """The mapping of DCAT-AP.de 3.0."""
    source = files("ckanext.herne.dcat_ap_de").joinpath("mapping.yaml").read_text("utf-8")
    table: dict[str, Any] = yaml.safe_load(source)
    prefixes: dict[str, str] = table["prefixes"]
    classes = {name: _node_class(name, entry, prefixes) for name, entry in table["classes"].items()}
    return Mapping(prefixes, classes)


def _node_class(name: str, entry: dict[str, Any], prefixes: dict[str, str]) -> NodeClass:
    types = tuple(_uri(curie, prefixes) for curie in entry["types"])
    properties = tuple(_property(line, prefixes) for line in entry["properties"])
    return NodeClass(name, types, properties, entry.get("fragment", ""))


def _property(line: dict[str, Any], prefixes: dict[str, str]) -> Property:
    typed: dict[str, Any] = {key: _uri(line[key], prefixes) for key in ("predicate", "type") if key in line}
    return Property(**{**line, **typed, "otherwise": tuple(line.get("otherwise", ()))})


def _uri(curie: str, prefixes: dict[str, str]) -> URIRef:
    prefix, _, name = curie.partition(":")
    return URIRef(prefixes[prefix] + name)
