"""A catalogue on loopback, the harvest sources that read it, and what they left in the portal."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from ckanext.harvest.model import HarvestSource
from ckanext.herne.harvesters.operations import records, storing
from rdflib import DCAT, DCTERMS, RDF, Graph, Literal, URIRef
from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Catalogue:
    """A catalogue that says of datasets (by number) their titles."""

    def __init__(self) -> None:
        self.titles: dict[int, str] = {}
        self.asked = 0
        self.pause = threading.Event()
        self.pause.set()

    def __call__(self, environ: Any, start_response: Any) -> Any:
        self.asked += 1
        self.pause.wait(20)
        graph = Graph()
        for number, title in self.titles.items():
            node = URIRef(f"https://quelle.example.org/{self.name}/{number}")
            graph.add((node, RDF.type, DCAT.Dataset))
            graph.add((node, DCTERMS.title, Literal(title, lang="de")))
            graph.add((node, DCTERMS.description, Literal(f"{title} (erfunden)", lang="de")))
        return Response(graph.serialize(format="turtle"), mimetype="text/turtle")(environ, start_response)

    name = ""


@pytest.fixture
def catalogue(serve: Callable[[Any], str]) -> Catalogue:
    app = Catalogue()
    app.name = uuid4().hex
    app.url = f"{serve(app)}/{app.name}"  # type: ignore[attr-defined]
    app.titles = {1: "Eins", 2: "Zwei", 3: "Drei", 4: "Vier"}
    return app


@pytest.fixture
def source(site: dict[str, Any], catalogue: Any) -> Iterator[Callable[..., Any]]:
    """Makes harvest sources at the catalogue; what they brought is purged after the test."""
    made: list[str] = []

    def make(frequency: str = "MANUAL", **config: Any) -> Any:
        data = {
            "name": f"q-{uuid4().hex}",
            "title": f"Quelle {len(made) + 1}",
            "url": f"{catalogue.url}/{len(made)}",
            "source_type": "herne_dcat",
            "frequency": frequency,
            "owner_org": "stadt-herne",
            "config": json.dumps(config),
        }
        made.append(tk.get_action("harvest_source_create")(dict(site), data)["id"])
        return HarvestSource.get(made[-1])

    yield make
    model.Session.rollback()
    for source_id in made:
        tk.get_action("harvest_source_clear")(dict(site), {"id": source_id})
        tk.get_action("harvest_source_delete")(dict(site), {"id": source_id})


def packages(source: Any) -> dict[str, dict[str, Any]]:
    """The stored datasets of a source by the last part of their guids."""
    model.Session.rollback()
    found = records.of_source(source.id)
    return {guid.rpartition("/")[2]: storing.shown(one.package_id) or {} for guid, one in found.items()}
