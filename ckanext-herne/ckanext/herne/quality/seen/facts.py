"""What a harvester takes from the description of a package: read from the graph, not from the form.

So a default that the portal adds, and a value that could not be said in RDF, show as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import ckan.plugins.toolkit as tk
from ckan.plugins.toolkit import _
from ckanext.herne.dcat_ap_de.places import places
from ckanext.herne.dcat_ap_de.vocabulary import vocabulary
from ckanext.herne.licenses.register import licence
from ckanext.herne.portal.language import page_language
from rdflib import DCAT, DCTERMS, FOAF, SKOS, Graph, Literal, Namespace, Node, URIRef

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Read = Callable[[Graph, Node], Iterator["Value"]]

DCATDE = Namespace("http://dcat-ap.de/def/dcatde/")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")


@dataclass(frozen=True, slots=True)
class Value:
    """A value as people read it, and the URI or text that machines read, "" if that is the same."""

    text: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """What is said in one respect; `field` is the form's field, "" if the portal says it by itself."""

    label: str
    field: str
    values: tuple[Value, ...]


def facts(graph: Graph, package: URIRef) -> list[Fact]:
    """What the graph says of a package in all respects that a federation asks for, said or not."""
    rows: list[tuple[str, str, Read]] = [
        (_("URI"), "", lambda _graph, node: iter([Value(str(node))])),
        (_("Licence"), "license_id", _licences),
        (_("Attribution"), "license_attribution_by_text", _attributions),
        (_("Publisher"), "publisher", _publishers),
        (_("Contact"), "contact", _contacts),
        (_("Level of geocoding"), "political_geocoding_level_uri", _geocoding_level),
        (_("Place"), "spatial_coverage", _places),
        (_("Contributor ID"), "contributor_id", _terms(DCATDE.contributorID, "contributors")),
        (_("Themes"), "theme", _terms(DCAT.theme, "themes")),
        (_("Identifier"), "identifier", _plain(DCTERMS.identifier)),
        (_("Last changed"), "modified", _dates(DCTERMS.modified)),
    ]
    return [Fact(label, field, tuple(dict.fromkeys(read(graph, package)))) for label, field, read in rows]


def _plain(predicate: URIRef) -> Read:
    return lambda graph, node: (Value(text) for text in sorted(map(str, graph.objects(node, predicate))))


def _dates(predicate: URIRef) -> Read:
    return lambda graph, node: (
        Value(tk.h.herne_date(str(value)), str(value)) for value in graph.objects(node, predicate)
    )


def _terms(predicate: URIRef, name: str) -> Read:
    def read(graph: Graph, node: Node) -> Iterator[Value]:
        for uri in sorted(map(str, graph.objects(node, predicate))):
            term = vocabulary(name).by_uri(uri)
            yield Value(term.label(page_language()), uri) if term else Value(uri)

    return read


_geocoding_level = _terms(DCATDE.politicalGeocodingLevelURI, "geocoding_levels")


def _carriers(graph: Graph, package: Node) -> Iterator[Node]:
    """The nodes that may have a licence: the package itself and its distributions."""
    yield package
    yield from sorted(graph.objects(package, DCAT.distribution), key=str)


def _licences(graph: Graph, package: Node) -> Iterator[Value]:
    for carrier in _carriers(graph, package):
        for uri in graph.objects(carrier, DCTERMS.license):
            known = licence(str(uri))
            yield Value(known.title_in(page_language()), str(uri)) if known else Value(str(uri))


def _attributions(graph: Graph, package: Node) -> Iterator[Value]:
    for carrier in _carriers(graph, package):
        yield from (Value(str(text)) for text in graph.objects(carrier, DCATDE.licenseAttributionByText))


def _publishers(graph: Graph, package: Node) -> Iterator[Value]:
    for agent in graph.objects(package, DCTERMS.publisher):
        kinds = [value.text for value in _terms(DCTERMS.type, "publisher_types")(graph, agent)]
        yield Value(" · ".join([*_texts(graph, agent, FOAF.name), *kinds]) or str(agent), str(agent))


def _contacts(graph: Graph, package: Node) -> Iterator[Value]:
    for contact in graph.objects(package, DCAT.contactPoint):
        ways = [
            str(way).removeprefix("mailto:").removeprefix("tel:")
            for predicate in (VCARD.hasEmail, VCARD.hasURL, VCARD.hasTelephone)
            for way in graph.objects(contact, predicate)
        ]
        yield Value(" · ".join([*_texts(graph, contact, VCARD.fn), *ways]) or str(contact))


def _places(graph: Graph, package: Node) -> Iterator[Value]:
    for place in sorted(graph.objects(package, DCTERMS.spatial), key=str):
        known = places().get(str(place), {}).get("text")
        names = [known] if known else _texts(graph, place, SKOS.prefLabel)
        yield Value(", ".join(names) or str(place), str(place))


def _texts(graph: Graph, node: Node, predicate: URIRef) -> list[str]:
    """The texts of a node, those in the page's language if there are any."""
    texts = [text for text in graph.objects(node, predicate) if isinstance(text, Literal)]
    own = [text for text in texts if text.language == page_language().partition("_")[0]]
    return [str(text) for text in own or texts[:1]]
