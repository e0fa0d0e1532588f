"""The spatial units over HTTP: pages for people, files for machines, an address for each unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
from ckanext.herne.regions import formats
from ckanext.herne.regions.drawing import drawing, drawn
from ckanext.herne.regions.levels import LEVELS
from ckanext.herne.regions.store import regions
from flask import Blueprint, Response, request
from rdflib import Graph

if TYPE_CHECKING:
    from ckanext.herne.regions.units import Regions, Unit

__all__ = ["blueprint", "herne_region_map"]

blueprint = Blueprint("herne_regions", __name__)
RDF = {"ttl": "text/turtle", "rdf": "application/rdf+xml", "jsonld": "application/ld+json"}
LIBRARY_NAMES = {"ttl": "turtle", "rdf": "xml", "jsonld": "json-ld"}


@blueprint.get("/regions")
def overview() -> Response | str:
    """All units: as a page, or as RDF for whoever asks for it."""
    found = regions()
    ending = _wanted()
    if ending:
        return _graph(formats.skos(found, _site()), ending)
    return tk.render(
        "herne/regions/overview.html", {"regions": found, "levels": LEVELS, "map": drawing(found)}
    )


@blueprint.get("/regions.<any(geojson, csv, ttl, rdf, jsonld):ending>")
def file(ending: str) -> Response:
    """All units as a file."""
    if ending == "geojson":
        return Response(formats.geojson(regions(), _site()), content_type="application/geo+json")
    if ending == "csv":
        return Response(formats.as_csv(regions(), _site()), content_type="text/csv; charset=utf-8")
    return _graph(formats.skos(regions(), _site()), ending)


@blueprint.get("/regions/<level>/<path:key>")
def unit(level: str, key: str) -> Response | str:
    """One unit: as a page, or as RDF for whoever asks for it."""
    found = regions()
    asked = found.get(level, key)
    if asked is None:
        return tk.abort(404, tk._("There is no such unit."))
    ending = _wanted()
    if ending:
        return _graph(_described(asked, found), ending)
    search = {"fq": f'vocab_region:"{asked.path}"', "rows": 10, "sort": "metadata_modified desc"}
    datasets = tk.get_action("package_search")({"user": tk.current_user.name}, search)
    shown = {"unit": asked, "levels": LEVELS, "around": found.around(asked), "inside": found.inside(asked)}
    return tk.render("herne/regions/unit.html", {**shown, "datasets": datasets, "map": _map_of(asked, found)})


def herne_region_map() -> Any:
    """The map one searches by; None without geometry."""
    return drawing(regions())


def _map_of(asked: Unit, found: Regions) -> Any:
    """The units in `asked`, or the unit itself where there are none."""
    inside = [other for other in found.inside(asked) if other.geometry]
    shown = inside or ([asked] if asked.geometry else [])
    return drawn(shown) if shown else None


def _described(asked: Unit, found: Regions) -> Graph:
    graph = Graph()
    formats.describe(graph, asked, found, _site())
    return graph


def _wanted() -> str:
    """The ending of the RDF syntax that the client likes best; "" for people."""
    best = request.accept_mimetypes.best_match(["text/html", *RDF.values()], default="text/html")
    return next((ending for ending, media_type in RDF.items() if media_type == best), "")


def _graph(graph: Graph, ending: str) -> Response:
    text = graph.serialize(format=LIBRARY_NAMES[ending])
    answer = Response(text, content_type=f"{RDF[ending]}; charset=utf-8")
    answer.vary.add("Accept")
    return answer


def _site() -> str:
    return str(tk.config["ckan.site_url"])
