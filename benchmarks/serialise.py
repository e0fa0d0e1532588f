"""One dataset from dict to Turtle: our feed against ckanext-dcat's serialiser with its `euro_dcat_ap_3`.

Same dataset, same process, in turns. The peer writes fewer properties of that dataset, so triples are
counted too. Starts the servers in `.herne-bench/` unless the environment names them
(CKAN_SQLALCHEMY_URL and its siblings). ROUNDS sets another number of rounds.
"""

from __future__ import annotations

import os
import statistics
import time
from typing import TYPE_CHECKING, Any

from herne_testing.datasets import maximal
from herne_testing.servers import application

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = int(os.environ.get("ROUNDS", "200"))


def dataset() -> dict[str, Any]:
    """The test suite's fullest dataset, completed with what package_show adds."""
    shown = {
        **maximal(),
        "name": "maximal",
        "type": "dataset",
        "extras": [],
        "metadata_modified": "2024-05-02T10:00:00",
    }
    for entry in shown["resources"]:
        entry |= {"id": entry["uri"][-1], "package_id": shown["id"]}
        entry.pop("access_services", None)  # the peer fails on services with a contact
    return shown


def ours(shown: dict[str, Any]) -> str:
    """As the feed makes and frames the text of one dataset."""
    from ckanext.herne.dcat_ap_de import description
    from ckanext.herne.dcat_ap_de.profile import portal_settings
    from ckanext.herne.feed.syntaxes import body, document

    return document([body(description(shown, portal_settings()).graph, "ttl")], "ttl")


def theirs(shown: dict[str, Any]) -> str:
    """As ckanext-dcat answers for one dataset."""
    from ckanext.dcat.processors import RDFSerializer

    return str(RDFSerializer(profiles=["euro_dcat_ap_3"]).serialize_dataset(shown, _format="ttl"))


def seconds(write: Callable[[dict[str, Any]], str], shown: dict[str, Any]) -> float:
    """How much processor time one serialisation takes."""
    start = time.process_time()
    write(shown)
    return time.process_time() - start


def main() -> None:
    """Print both medians, the triples written, and the ratio (above 1: ours is faster)."""
    from rdflib import Graph

    with application():
        shown = dataset()
        times: dict[Callable[[dict[str, Any]], str], list[float]] = {ours: [], theirs: []}
        for _ in range(ROUNDS):
            for write in times:
                times[write].append(seconds(write, shown))
        median = {write: statistics.median(values) for write, values in times.items()}
        for write, value in median.items():
            graph = Graph().parse(data=write(shown), format="turtle")
            print(f"{write.__name__}: {value * 1000:.2f} ms, {len(graph)} triples (median of {ROUNDS})")
        print(f"ratio {median[theirs] / median[ours]:.2f}")


if __name__ == "__main__":
    main()
