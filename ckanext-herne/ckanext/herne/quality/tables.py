"""Writes the tables of properties (shapes/*.yaml) as SHACL property shapes in Turtle.

A row says what a property may be; the shapes, messages and remedies follow from it: one shape for its
value, one each for "only once", "recommended", "from the recommended list", "typed", "one text per
language", so that a steward is told exactly one thing. What a row cannot say is written in
shapes/conventions.ttl.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

TABLES = ("dataset", "distribution", "series_and_services", "catalogue", "parts")
SEVERITY = {"must": "Violation", "should": "Warning", "hint": "Info"}
TYPED = ("dct:Location", "dcat:Catalog")  # nodes that say their class although they have an address
Texts = dict[str, str]  # by language, "de" and "en"


@dataclass(frozen=True, slots=True)
class Shape:
    """A property shape to be written: `constraint` is Turtle, `path` a prefixed name or <URI>."""

    name: str
    path: str
    constraint: str
    severity: str
    message: Texts
    remedy: Texts
    field: str

    def turtle(self) -> str:
        field = f"  herne:field {json.dumps(self.field)} ;\n" if self.field else ""
        return (
            f"herne:{self.name} a sh:PropertyShape ;\n  sh:path {self.path} ;\n  {self.constraint} ;\n"
            f"  sh:severity sh:{self.severity} ;\n  sh:message {_literals(self.message)} ;\n{field}"
            f"  herne:remedy {_literals(self.remedy)} .\n"
        )


def everything() -> str:
    """All shapes as Turtle: the conventions, which declare the prefixes, and the tables."""
    return f"{text('conventions.ttl')}\n{turtle()}"


def turtle() -> str:
    """All tables as Turtle without its prefixes (conventions.ttl declares them)."""
    blocks = [_node_shape(owner) for name in TABLES for owner in _data(name)]
    blocks += [_retired(term) for term in _data("retired")["terms"]]
    return "\n".join(blocks)


def text(name: str) -> str:
    """A file of the folder `shapes`."""
    return files("ckanext.herne.quality").joinpath("shapes", name).read_text("utf-8")


def _node_shape(owner: dict[str, Any]) -> str:
    shapes = [shape for row in owner["properties"] for shape in _shapes(owner, row)]
    return _target(owner["name"], f"sh:targetClass {owner['target']}", shapes)


def _target(name: str, target: str, shapes: list[Shape]) -> str:
    names = ", ".join(f"herne:{shape.name}" for shape in shapes)
    head = f"herne:{name} a sh:NodeShape ;\n  {target} ;\n  sh:property {names} .\n"
    return "\n".join([head, *(shape.turtle() for shape in shapes)])


def _shapes(owner: dict[str, Any], row: dict[str, Any]) -> Iterator[Shape]:
    """The shapes of one row. For a mandatory property missing, wrong and too often is one rule."""
    kind, facets, must = _data("kinds")[row["kind"]], _data("facets"), row.get("obligation") == "must"
    limit = f"sh:maxCount {row['max']}" if "max" in row else ""
    value = kind["shape"].replace("{class}", row.get("class", "")).replace("{list}", row.get("list", ""))
    whole = ["sh:minCount 1" if must else "", limit if must else "", value]
    said = ("must_once" if limit else "must") if must else "value"
    remedy = row.get("remedy") or kind["remedy"]
    message = row.get("message") or facets[said]
    yield _shape(owner, row, "", " ; ".join(filter(None, whole)), "Violation", message, remedy)
    if limit and not must:
        yield _shape(owner, row, "once", limit, "Violation", facets["once"], facets["once_remedy"])
    if row.get("obligation") in ("should", "hint"):
        advice = row.get("advice") or owner.get("advice") or facets["recommended_remedy"]
        severity = SEVERITY[row["obligation"]]
        yield _shape(owner, row, "recommended", "sh:minCount 1", severity, facets["recommended"], advice)
    yield from _softer(owner, row, facets)


def _softer(owner: dict[str, Any], row: dict[str, Any], facets: dict[str, Texts]) -> Iterator[Shape]:
    """What should hold of a value that is valid. A node elsewhere (an IRI) need not say its class here, but
    some do (TYPED), for the official shapes ask them to."""
    elsewhere = "" if row.get("type") in TYPED else "[ sh:nodeKind sh:IRI ] "
    wanted = {
        "listed": 'sh:or ( [ sh:nodeKind sh:Literal ] [ herne:codeList "{listed}" ] )',
        "type": f"sh:or ( {elsewhere}[ sh:nodeKind sh:Literal ] [ sh:class {{type}} ] )",
        "languages": "sh:uniqueLang true",
    }
    for facet, constraint in wanted.items():
        if row.get(facet):
            constraint = constraint.format_map(row)
            yield _shape(owner, row, facet, constraint, "Warning", facets[facet], facets[f"{facet}_remedy"])


def _shape(
    owner: dict[str, Any],
    row: dict[str, Any],
    facet: str,
    constraint: str,
    severity: str,
    message: Texts,
    remedy: Texts,
) -> Shape:
    name = "-".join(filter(None, (owner["name"], row["name"], facet)))
    said, done = (_filled(texts, owner, row) for texts in (message, remedy))
    return Shape(name, row["path"], constraint, severity, said, done, row.get("field", ""))


def _filled(texts: Texts, owner: dict[str, Any], row: dict[str, Any]) -> Texts:
    kind = _data("kinds")[row["kind"]]
    classed = {"class": row.get("class") or row.get("type", "")}
    return {
        language: texts[language].format(
            label=f"{row[language]} {owner['of'][language]}",
            kind=kind[language].format_map(classed),
            **classed,
        )
        for language in ("de", "en")
    }


def _retired(term: dict[str, Any]) -> str:
    """A property that no node (or none of class `target`) should have any more."""
    words = _data("retired")["label"]
    message = {
        code: words[term["state"]][code].format(term=term["path"].strip("<>")) for code in ("de", "en")
    }
    remedy = {
        code: words["successor"][code].format(successor=term["successor"][code]) for code in ("de", "en")
    }
    shape = Shape(
        f"Retired-{term['name']}", term["path"], "sh:maxCount 0", "Warning", message, remedy, term["field"]
    )
    target = f"sh:targetClass {term['target']}" if "target" in term else f"sh:targetSubjectsOf {term['path']}"
    return _target(f"Retired_{term['name']}", target, [shape])


def _literals(texts: Texts) -> str:
    return ", ".join(f"{json.dumps(texts[code], ensure_ascii=False)}@{code}" for code in ("de", "en"))


@cache
def _data(name: str) -> Any:
    return yaml.safe_load(text(f"{name}.yaml"))
