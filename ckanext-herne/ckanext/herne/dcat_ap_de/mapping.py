"""The table in mapping.yaml, typed: which field of a dataset dict is which property of which class.

It only loads and checks the table. `writer` and `reader` walk it; `values` knows the kinds of value.
"""

from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml
from rdflib import URIRef

DATASET_SERIES = URIRef("http://www.w3.org/ns/dcat#DatasetSeries")  # rdflib's list of terms ends with DCAT 2
Obligation = Literal["mandatory", "recommended", "optional"]


@dataclass(frozen=True, slots=True)
class Property:
    """One line of the table; what the columns mean stands at the head of mapping.yaml.

    `described_in` is the column `from`; `borrowed` marks a line that another class lends.
    """

    field: str
    predicate: URIRef
    de: str
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
    only: str = ""
    refers: str = ""
    strict: bool = False
    described_in: str = ""
    borrowed: bool = False


@dataclass(frozen=True, slots=True)
class Former:
    """What an older version of the specification said with `predicate` and we read into `field`.

    `deprecated` ones stand in the tables of 3.0; the others were removed or were never part of it.
    """

    predicate: URIRef
    field: str
    deprecated: bool = False
    inverse: bool = False
    de: str = ""
    cardinality: str = ""
    obligation: str = ""


@dataclass(frozen=True, slots=True)
class NodeClass:
    """A class of node; what the keys mean stands at the head of mapping.yaml."""

    name: str
    types: tuple[URIRef, ...]
    properties: tuple[Property, ...]
    former: tuple[Former, ...]
    path: str = ""
    literal: str = ""
    any_of: tuple[str, ...] = ()
    unnamed: bool = False
    package: str = ""
    beside: URIRef | None = None
    described_in: str = ""

    def formers(self, field: str) -> tuple[Former, ...]:
        """What older records call a field."""
        return tuple(former for former in self.former if former.field == field)


@dataclass(frozen=True, slots=True)
class Mapping:
    """The whole table."""

    prefixes: dict[str, str]
    classes: dict[str, NodeClass]

    @property
    def packages(self) -> dict[str, NodeClass]:
        """The classes that CKAN keeps as packages, by the package's type."""
        return {one.package: one for one in self.classes.values() if one.package}

    def short(self, uri: str) -> str:
        """`uri` with a prefix of the table; as it is where none fits."""
        for prefix, namespace in self.prefixes.items():
            if uri.startswith(namespace) and len(uri) > len(namespace):
                return f"{prefix}:{uri[len(namespace) :]}"
        return uri


@cache
def mapping() -> Mapping:
    """The mapping of DCAT-AP.de 3.0."""
    source = files("ckanext.herne.dcat_ap_de").joinpath("mapping.yaml").read_text("utf-8")
    table: dict[str, Any] = yaml.safe_load(source)
    prefixes: dict[str, str] = table["prefixes"]
    classes = {name: _node_class(name, entry, prefixes) for name, entry in table["classes"].items()}
    for name, entry in table["classes"].items():
        classes[name] = _with_borrowed(classes[name], entry.get("borrows", {}), classes)
    return Mapping(prefixes, classes)


def _node_class(name: str, entry: dict[str, Any], prefixes: dict[str, str]) -> NodeClass:
    return NodeClass(
        name=name,
        types=tuple(_uri(curie, prefixes) for curie in entry["types"]),
        properties=tuple(_property(line, prefixes) for line in entry["properties"]),
        former=tuple(
            Former(**{**line, "predicate": _uri(line["predicate"], prefixes)}, deprecated=key == "deprecated")
            for key in ("deprecated", "removed")
            for line in entry.get(key, ())
        ),
        path=entry.get("path", ""),
        literal=entry.get("literal", ""),
        any_of=tuple(entry.get("any_of", ())),
        unnamed=entry.get("unnamed", False),
        package=entry.get("package", ""),
        beside=_uri(entry["beside"], prefixes) if "beside" in entry else None,
        described_in=entry.get("from", ""),
    )


def _with_borrowed(
    node_class: NodeClass, borrows: dict[str, list[str]], classes: dict[str, NodeClass]
) -> NodeClass:
    """The class with the lines it borrows, and what older records call their fields."""
    lines: list[Property] = []
    former: list[Former] = []
    for lender, fields in borrows.items():
        by_field = {prop.field: prop for prop in classes[lender].properties}
        lines += [replace(by_field[field], borrowed=True) for field in fields]
        former += [line for line in classes[lender].former if line.field in fields]
    return replace(
        node_class,
        properties=(*node_class.properties, *lines),
        former=(*node_class.former, *former),
    )


def _property(line: dict[str, Any], prefixes: dict[str, str]) -> Property:
    typed: dict[str, Any] = {key: _uri(line[key], prefixes) for key in ("predicate", "type") if key in line}
    plain = {key: value for key, value in line.items() if key != "from"}
    named: dict[str, Any] = {
        "otherwise": tuple(line.get("otherwise", ())),
        "described_in": line.get("from", ""),
    }
    return Property(**{**plain, **typed, **named})


def _uri(curie: str, prefixes: dict[str, str]) -> URIRef:
    prefix, _, name = curie.partition(":")
    return URIRef(prefixes[prefix] + name)
