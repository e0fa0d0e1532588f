"""The score of the European Metadata Quality Assessment (MQA): 405 points in five dimensions.

What is counted, for how many points, and the hints stand in mqa.yaml with their source. As at data.europa.eu
one distribution counts, the one that brings most. Nothing is fetched: what an address answers is counted only
if the caller knows it. Pure; who keeps scores is left to `reports`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from ckanext.herne.dcat_ap_de.vocabulary import vocabulary
from rdflib import DCAT, DCTERMS, RDF, Graph, Literal, Node, URIRef

NAMESPACES = {"dcat": DCAT, "dct": DCTERMS}
REACHED, MISSED, UNKNOWN = "reached", "missed", "unknown"
Statuses = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Metric:
    """One thing that is counted. `of`, `path` and `test` are explained in mqa.yaml."""

    name: str
    dimension: str
    points: int
    of: str
    path: URIRef | None
    test: str
    field: str
    de: str
    en: str
    hint_de: str
    hint_en: str


@dataclass(frozen=True, slots=True)
class Counted:
    """What a metric brought: `state` is reached, missed or unknown; a hint says how to gain what is missing.

    `field` is the form's field that would bring it ("resources.format" is one of the resource), "" if none.
    """

    name: str
    dimension: str
    label_de: str
    label_en: str
    state: str
    points: int
    possible: int
    field: str
    hint_de: str
    hint_en: str


@dataclass(frozen=True, slots=True)
class Dimension:
    """A dimension's sum; `unknown` are points that nobody knows without asking the addresses."""

    name: str
    label_de: str
    label_en: str
    points: int
    possible: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Score:
    """The score of one dataset.

    `points` are certain; `at_most` is the sum if everything unknown turns out well. `distribution` is the
    URI of the distribution that counted, "" without one.
    """

    dataset: str
    points: int
    at_most: int
    possible: int
    distribution: str
    dimensions: tuple[Dimension, ...]
    metrics: tuple[Counted, ...]

    @property
    def rating(self) -> str:
        """The rating that the certain points give: excellent, good, sufficient or bad."""
        return rating(self.points)

    @property
    def missing(self) -> tuple[Counted, ...]:
        """What would raise the score, most points first."""
        found = [metric for metric in self.metrics if metric.state == MISSED]
        return tuple(sorted(found, key=lambda metric: -metric.possible))

    def as_dict(self) -> dict[str, Any]:
        """The score as JSON's objects and lists."""
        about = {"rating": self.rating, "best_rating": rating(self.at_most), "source": _file()["source"]}
        return {**asdict(self), **about}


def score(
    graph: Graph, dataset: Node, *, conforms: bool | None = None, statuses: Statuses | None = None
) -> Score | None:
    """The score of `dataset` as `graph` describes it; None if it is no dcat:Dataset, for only those count.

    `conforms` is the verdict of a validation, `statuses` are HTTP status codes by address as somebody else
    found them. What is not given counts as unknown. With the rest equal a further statement never lowers it.
    """
    if (dataset, RDF.type, DCAT.Dataset) not in graph:
        return None
    facts = _Facts(graph, dataset, conforms, statuses or {})
    worths = {one: facts.worth(one) for one in facts.distributions}
    best = max(worths, key=lambda one: worths[one])
    counted = tuple(_counted(metric, facts.state(metric, best), facts.reason(metric)) for metric in metrics())
    return Score(
        dataset=str(dataset),
        points=worths[best][0],
        at_most=max(potential for _certain, potential in worths.values()),
        possible=possible(),
        distribution=str(best or ""),
        dimensions=tuple(_dimension(entry, counted) for entry in _file()["dimensions"]),
        metrics=counted,
    )


def rating(points: float) -> str:
    """The name of the rating that so many points give."""
    return str(_rating(points)["name"])


def rating_label(points: float, language: str) -> str:
    """The same in German, or English for a language that begins with `en`."""
    return str(_rating(points)["en" if language.startswith("en") else "de"])


def possible() -> int:
    """How many points there are."""
    return sum(metric.points for metric in metrics())


def _rating(points: float) -> dict[str, Any]:
    return next(one for one in _file()["ratings"] if points >= one["points"])


@cache
def metrics() -> tuple[Metric, ...]:
    """All that is counted, in the order of the methodology."""
    return tuple(
        _metric(entry, str(dimension["name"]))
        for dimension in _file()["dimensions"]
        for entry in dimension["metrics"]
    )


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is known of a dataset; without a distribution `None` stands for one that says nothing."""

    graph: Graph
    dataset: Node
    conforms: bool | None
    statuses: Statuses

    @property
    def distributions(self) -> list[Node | None]:
        return sorted(self.graph.objects(self.dataset, DCAT.distribution), key=str) or [None]

    def worth(self, distribution: Node | None) -> tuple[int, int]:
        """Points of the dataset with this distribution: certain, and if all unknown turns out well."""
        states = [(self.state(metric, distribution), metric.points) for metric in metrics()]
        certain = sum(points for state, points in states if state == REACHED)
        return certain, certain + sum(points for state, points in states if state == UNKNOWN)

    def state(self, metric: Metric, distribution: Node | None) -> str:
        match metric.of:
            case "conforms":
                return UNKNOWN if self.conforms is None else _reached(self.conforms)
            case "status":
                return self._answer(metric, distribution)
            case "dataset":
                return _reached(self._holds(metric, self.dataset))
            case "either":
                return _reached(self._holds(metric, distribution) or self._holds(metric, self.dataset))
        return _reached(self._holds(metric, distribution))

    def reason(self, metric: Metric) -> dict[str, str]:
        """Why a metric is unknown, by language."""
        return dict(_file()["unknown"].get(metric.of, {}))

    def _answer(self, metric: Metric, distribution: Node | None) -> str:
        addresses = [str(address) for address in self._values(distribution, metric.path)]
        codes = [self.statuses.get(address) for address in addresses]
        if any(code is not None and 200 <= code < 400 for code in codes):
            return REACHED
        return UNKNOWN if None in codes else MISSED

    def _holds(self, metric: Metric, node: Node | None) -> bool:
        formats = set(self._values(node, DCTERMS.format))
        media_types = set(self._values(node, DCAT.mediaType))
        prefixes = _file()["prefixes"]
        match metric.test:
            case "in_vocabularies":
                return _listed(formats, prefixes["file_types"]) and _listed(
                    media_types, prefixes["media_types"]
                )
            case "open_formats" | "machine_readable_formats":
                return not _formats(metric.test).isdisjoint(formats | media_types)
            case "licences":
                return _listed(self._values(node, DCTERMS.license), prefixes["licences"])
            case "access_rights":
                return _listed(self._values(node, DCTERMS.accessRights), prefixes["access_rights"])
        return any(_says_something(value) for value in self._values(node, metric.path))

    def _values(self, node: Node | None, path: URIRef | None) -> Iterator[Node]:
        return self.graph.objects(node, path) if node is not None else iter(())


def _reached(is_so: bool) -> str:
    return REACHED if is_so else MISSED


def _says_something(value: Node) -> bool:
    return not isinstance(value, Literal) or bool(str(value).strip())


def _listed(values: Any, prefix: str) -> bool:
    return any(str(value).startswith(prefix) and str(value) != prefix for value in values)


@cache
def _formats(name: str) -> frozenset[URIRef]:
    """The addresses of a list's formats and of the media types that mean them."""
    codes, prefixes = set(_file()["lists"][name]), _file()["prefixes"]
    terms = [term for term in vocabulary("file_types").terms if term.code in codes]
    media = {prefixes["media_types"] + term.media_type for term in terms if term.media_type}
    return frozenset(map(URIRef, media | {prefixes["file_types"] + code for code in codes}))


def _counted(metric: Metric, state: str, reason: Mapping[str, str]) -> Counted:
    hints = {MISSED: {"de": metric.hint_de, "en": metric.hint_en}, UNKNOWN: reason}.get(state, {})
    return Counted(
        name=metric.name,
        dimension=metric.dimension,
        label_de=metric.de,
        label_en=metric.en,
        state=state,
        points=metric.points if state == REACHED else 0,
        possible=metric.points,
        field=metric.field,
        hint_de=hints.get("de", ""),
        hint_en=hints.get("en", ""),
    )


def _dimension(entry: Mapping[str, Any], counted: tuple[Counted, ...]) -> Dimension:
    own = [metric for metric in counted if metric.dimension == entry["name"]]
    return Dimension(
        name=entry["name"],
        label_de=entry["de"],
        label_en=entry["en"],
        points=sum(metric.points for metric in own),
        possible=sum(metric.possible for metric in own),
        unknown=sum(metric.possible for metric in own if metric.state == UNKNOWN),
    )


def _metric(entry: Mapping[str, Any], dimension: str) -> Metric:
    prefix, _colon, name = str(entry.get("path", "")).partition(":")
    return Metric(
        name=entry["name"],
        dimension=dimension,
        points=entry["points"],
        of=entry["of"],
        path=URIRef(f"{NAMESPACES[prefix]}{name}") if name else None,
        test=entry.get("test", ""),
        field=entry["field"],
        de=entry["de"],
        en=entry["en"],
        hint_de=entry["hint"]["de"],
        hint_en=entry["hint"]["en"],
    )


@cache
def _file() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(
        files("ckanext.herne.quality").joinpath("mqa.yaml").read_text("utf-8")
    )
    return content
