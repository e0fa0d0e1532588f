"""One dataset to Turtle: profile `dcat_ap_de_3` against ckanext-dcat's `euro_dcat_ap_3`.

Same dataset, same serialiser, same process, in turns. The peer writes fewer properties of that dataset, so
triples are counted too. Starts the servers in `.herne-bench/` unless the environment names them
(CKAN_SQLALCHEMY_URL and its siblings). ROUNDS sets another number of rounds.
"""

from __future__ import annotations

import os
import statistics
import time
from typing import Any

from herne_testing.datasets import maximal
from herne_testing.servers import application

OURS, THEIRS = "dcat_ap_de_3", "euro_dcat_ap_3"
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
    return shown


def seconds(profile: str, shown: dict[str, Any]) -> tuple[float, str]:
    """How much processor time one serialisation takes, and what it writes."""
    from ckanext.dcat.processors import RDFSerializer

    start = time.process_time()
    text = RDFSerializer(profiles=[profile]).serialize_dataset(shown, _format="ttl")
    return time.process_time() - start, text


def main() -> None:
    """Print both medians, the triples written, and the ratio (above 1: ours is faster)."""
    from rdflib import Graph

    with application():
        shown = dataset()
        times: dict[str, list[float]] = {OURS: [], THEIRS: []}
        for _ in range(ROUNDS):
            for profile in times:
                times[profile].append(seconds(profile, shown)[0])
        median = {profile: statistics.median(values) for profile, values in times.items()}
        for profile, value in median.items():
            graph = Graph().parse(data=seconds(profile, shown)[1], format="turtle")
            print(f"{profile}: {value * 1000:.2f} ms, {len(graph)} triples (median of {ROUNDS})")
        print(f"ratio {median[THEIRS] / median[OURS]:.2f}")


if __name__ == "__main__":
    main()
