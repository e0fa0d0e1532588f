"""The units for machines: GeoJSON, CSV, and SKOS with where they are (DCAT, LOCN)."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

from ckanext.herne.dcat_ap_de import geometry
from ckanext.herne.regions.levels import LEVELS
from ckanext.herne.regions.units import feature
from rdflib import DCAT, DCTERMS, RDF, SKOS, Graph, Literal, Namespace, URIRef

if TYPE_CHECKING:
    from ckanext.herne.regions.units import Regions, Unit

LOCN = Namespace("http://www.w3.org/ns/locn#")
GEO = Namespace("http://www.opengis.net/ont/geosparql#")
COLUMNS = ("level", "key", "name", "parent_level", "parent_key", "uri")


def geojson(regions: Regions, site_url: str) -> str:
    """All units as features; the geometry of a unit is null where nobody told it."""
    features = [feature(unit, site_url) for unit in regions]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)


def as_csv(regions: Regions, site_url: str) -> str:
    """All units without geometry; `ckan herne regions load` reads it again."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    for unit in regions:
        writer.writerow([unit.level, unit.key, unit.name, *(unit.parent or ("", "")), unit.uri(site_url)])
    return buffer.getvalue()


def skos(regions: Regions, site_url: str) -> Graph:
    """A concept scheme of all units, and a collection of those of each level."""
    graph = Graph()
    scheme = URIRef(f"{site_url.rstrip('/')}/regions")
    graph.add((scheme, RDF.type, SKOS.ConceptScheme))
    graph.add((scheme, SKOS.prefLabel, Literal("Räumliche Gliederung der Stadt Herne", lang="de")))
    graph.add((scheme, SKOS.prefLabel, Literal("Spatial units of the city of Herne", lang="en")))
    for unit in regions:
        describe(graph, unit, regions, site_url)
        level, collection = LEVELS[unit.level], URIRef(f"{scheme}#{unit.level}")
        graph.add((collection, RDF.type, SKOS.Collection))
        graph.add((collection, SKOS.prefLabel, Literal(level.de, lang="de")))
        graph.add((collection, SKOS.prefLabel, Literal(level.en, lang="en")))
        graph.add((collection, SKOS.member, URIRef(unit.uri(site_url))))
    return graph


def describe(graph: Graph, unit: Unit, regions: Regions, site_url: str) -> None:
    """Adds what is known of one unit."""
    subject = URIRef(unit.uri(site_url))
    scheme = URIRef(f"{site_url.rstrip('/')}/regions")
    graph.add((subject, RDF.type, SKOS.Concept))
    graph.add((subject, RDF.type, DCTERMS.Location))
    graph.add((subject, SKOS.inScheme, scheme))
    graph.add((subject, SKOS.notation, Literal(unit.key)))
    graph.add((subject, SKOS.prefLabel, Literal(unit.name, lang="de")))
    parent = next(iter(regions.around(unit)), None)
    if parent:
        graph.add((subject, SKOS.broader, URIRef(parent.uri(site_url))))
    else:
        graph.add((subject, SKOS.topConceptOf, scheme))
    for inner in regions.inside(unit):
        graph.add((subject, SKOS.narrower, URIRef(inner.uri(site_url))))
    for predicate, text in (
        (LOCN.geometry, unit.geometry),
        (DCAT.bbox, unit.bbox),
        (DCAT.centroid, unit.centroid),
    ):
        if text:
            graph.add(
                (subject, predicate, Literal(geometry.to_wkt(geometry.parse(text)), datatype=GEO.wktLiteral))
            )
