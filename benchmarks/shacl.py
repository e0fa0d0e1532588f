"""Validation of 1,000 datasets of 2 distributions: ours against plain `pyshacl.validate`, same shapes.

Each dataset is validated on its own, as the portal does it; every third has mistakes. The peer is so slow
that it judges a sample (SAMPLE) of them, with the same results. DATASETS and SAMPLE set other numbers. Also
printed: a draft (described and validated), the reference engine behind our door, and the memory.
"""

from __future__ import annotations

import copy
import os
import resource
import statistics
import time
from typing import TYPE_CHECKING, Any

import pyshacl
from ckanext.herne.dcat_ap_de import describe
from ckanext.herne.quality.engine import PySHACL, Turbo, default_engine
from ckanext.herne.quality.rules import shapes
from ckanext.herne.quality.validation import validate
from herne_testing.datasets import SETTINGS, maximal
from rdflib import SH, Graph

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DATASETS = int(os.environ.get("DATASETS", "1000"))
SAMPLE = int(os.environ.get("SAMPLE", "20"))


def datasets(count: int) -> Iterator[dict[str, Any]]:
    """So many dicts as package_show gives them; a third forget title and contact address."""
    full = maximal()
    for number in range(count):
        dataset = copy.deepcopy(full)
        dataset["id"] = f"0b0e7c1e-0000-4000-8000-{number:012d}"
        dataset["uri"] = f"https://opendata.example.org/dataset/{dataset['id']}"
        dataset["resources"] = dataset["resources"][:2]
        for file in dataset["resources"]:
            file["uri"] = file["uri"].replace("0b0e7c1e-0000-4000-8000-000000000002", dataset["id"])
        if number % 3 == 0:
            dataset["title"] = ""
            dataset["contact"] = [{"name": "Statistik"}]
        yield dataset


def seconds(work: Callable[[], object]) -> float:
    """How much processor time `work` takes."""
    start = time.process_time()
    work()
    return time.process_time() - start


def plain(graph: Graph) -> Graph:
    """What the peer does: one call per dataset."""
    report: Graph = pyshacl.validate(graph, shacl_graph=shapes())[1]
    return report


def places(report: Graph) -> set[tuple[str, ...]]:
    """What the peer found, in the terms of ours: rule, node."""
    results = report.objects(None, SH.result)
    return {(str(report.value(r, SH.sourceShape)), str(report.value(r, SH.focusNode))) for r in results}


def check_same(graphs: list[Graph]) -> None:
    """Both engines and the peer find the same on every graph of the sample."""
    for graph in graphs:
        found = {(str(f.shape), str(f.focus)) for f in default_engine().run(graph, shapes())}
        assert found == places(plain(graph)), "the engines disagree"
        assert validate(graph, Turbo()).results == validate(graph, PySHACL()).results


def draft(dataset: dict[str, Any]) -> None:
    validate(describe(dataset, SETTINGS))


def main() -> None:
    """Print milliseconds per dataset, and the ratio (above 1: ours is faster)."""
    graphs = [Graph() + describe(dataset, SETTINGS) for dataset in datasets(SAMPLE)]
    check_same(graphs)  # and every engine has its shapes ready
    peer = [seconds(lambda graph=graph: plain(graph)) for graph in graphs]
    reference = [seconds(lambda graph=graph: validate(graph, PySHACL())) for graph in graphs]
    ours, drafts = [], []
    for dataset in datasets(DATASETS):
        graph = describe(dataset, SETTINGS)
        ours.append(seconds(lambda graph=graph: validate(graph)))
    drafts = [seconds(lambda dataset=dataset: draft(dataset)) for dataset in datasets(200)]
    for name, times in (
        ("pyshacl.validate", peer),
        ("our door, pySHACL", reference),
        (f"our door, {default_engine().name}", ours),
    ):
        print(f"{name}: {statistics.mean(times) * 1000:.2f} ms a dataset (mean of {len(times)})")
    print(f"a draft, described and validated: p95 {statistics.quantiles(drafts, n=20)[-1] * 1000:.1f} ms")
    print(f"memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    print(f"ratio {statistics.mean(peer) / statistics.mean(ours):.1f}")


if __name__ == "__main__":
    main()
