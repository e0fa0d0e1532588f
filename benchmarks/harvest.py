"""A catalogue of which nothing changed, harvested again: our harvester against ckanext-dcat's, one source.

DATASETS datasets on pages of 100, served as another portal would. Both harvest it once to have it, ours in
the portal, the peer in a second one with servers of its own. Then it is harvested again: as it was, and with
pages whose bytes differ while the records are the same, which is what makes a harvester read them all. Our
runs must not have written one row of a dataset. The ratio is that of the harvests of the catalogue as it was.
Between them a worker that harvests is killed (SIGKILL), and it is measured when another one goes on, with the
workers and the times of production.
Starts the servers in `.herne-bench/` unless the environment names them (CKAN_SQLALCHEMY_URL, its siblings).

With DATASETS=1000 the second portal takes a quarter of an hour.
"""

from __future__ import annotations

import os
import threading
import time
import uuid
from math import ceil
from typing import TYPE_CHECKING, Any

from herne_testing.client import second_portal
from herne_testing.live import listening
from herne_testing.runs import run
from herne_testing.servers import application
from herne_testing.workers import workers
from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable

DATASETS = int(os.environ.get("DATASETS", "200"))
SIZE = 100  # datasets on a page
RESUMED = 120  # seconds after which a killed worker's run has to go on
TOLD = ("package", "resource", "herne_feed_entry", "herne_quality_report")

HEAD = """@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix hydra: <http://www.w3.org/ns/hydra/core#> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
<{root}/catalog> a dcat:Catalog ; dct:title "Katalog (erfunden)"@de .
<{root}/catalog?page={page}> a hydra:PagedCollection ; hydra:totalItems {total} {following}.
"""
DATASET = """<{root}/catalog> dcat:dataset <{root}/dataset/{number}> .
<{root}/dataset/{number}> a dcat:Dataset ;
    dct:title "Datensatz {number}"@de ; dct:description "Erfunden, Nummer {number}."@de ;
    dct:identifier "{number}" ; dcat:keyword "erfunden"@de ;
    dct:publisher [ a foaf:Organization ; foaf:name "Beispielstadt" ] ;
    dcat:distribution <{root}/dataset/{number}/csv> .
<{root}/dataset/{number}/csv> a dcat:Distribution ; dct:title "Tabelle"@de ; dct:format "CSV" ;
    dcat:accessURL <{root}/{number}.csv> ; dct:license <http://dcat-ap.de/def/licenses/dl-zero-de/2.0> .
"""


class OtherPortal:
    """The catalogue's server. With a new `stamp` the bytes of its pages differ, their statements do not."""

    def __init__(self) -> None:
        self.stamp = 0
        self.answers = threading.Event()
        self.answers.set()
        self.root = f"https://quelle.example/{uuid.uuid4().hex}"

    def __call__(self, environ: Any, start_response: Any) -> Any:
        self.answers.wait(300)
        asked = Request(environ)
        text = self.page(asked.args.get("page", 1, int), asked.base_url)
        return Response(text, mimetype="text/turtle")(environ, start_response)

    def page(self, page: int, address: str) -> str:
        following = f"; hydra:next <{address}?page={page + 1}> " if page < ceil(DATASETS / SIZE) else ""
        head = HEAD.format(root=self.root, page=page, total=DATASETS, following=following)
        numbers = range((page - 1) * SIZE, min(page * SIZE, DATASETS))
        datasets = (DATASET.format(root=self.root, number=number) for number in numbers)
        return "".join((f"# {self.stamp}\n", head, *datasets))


def source(address: str) -> Any:
    """Our harvest source for the catalogue."""
    import ckan.plugins.toolkit as tk
    from ckan.common import config
    from ckanext.harvest.model import HarvestSource

    config["ckanext.herne.harvest.allow_private_addresses"] = True
    operator = {
        "ignore_auth": True,
        "user": tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"],
    }
    if "stadt-herne" not in tk.get_action("organization_list")(dict(operator), {}):
        tk.get_action("organization_create")(dict(operator), {"name": "stadt-herne", "title": "Stadt Herne"})
    fields = {"name": f"q-{uuid.uuid4().hex}", "title": "Quelle", "url": address, "source_type": "herne_dcat"}
    made = tk.get_action("harvest_source_create")(operator, {**fields, "owner_org": "stadt-herne"})
    return HarvestSource.get(made["id"])


def versions() -> dict[str, set[Any]]:
    """Which transaction wrote each row of datasets and of what is made of them."""
    import sqlalchemy as sa
    from ckan import model

    model.Session.rollback()
    return {
        table: {
            tuple(row)
            for row in model.Session.execute(sa.text(f"SELECT ctid::text, xmin::text FROM {table}"))
        }
        for table in TOLD
    }


def timed(label: str, harvest: Callable[[], str]) -> float:
    """Seconds of a harvest, printed with what it says of itself."""
    start = time.perf_counter()
    said = harvest()
    taken = time.perf_counter() - start
    print(f"{label}: {taken:.2f} s, {said}", flush=True)
    return taken


def ours(made: Any, other: OtherPortal) -> float:
    """Seconds of our harvest of the catalogue as it was."""

    def harvest() -> str:
        done = run(made)
        assert not done["errors"], done["errors"][:3]
        return str(done["counts"])

    timed("ours, first harvest", harvest)
    before = versions()
    taken = timed("ours, nothing changed", harvest)
    other.stamp += 1
    timed("ours, other bytes and the same records", harvest)
    changed = [table for table, rows in versions().items() if rows != before[table]]
    assert not changed, f"written without a reason: {changed}"
    return taken


def resumed(made: Any, other: OtherPortal) -> None:
    """Prints after how many seconds another worker goes on with the run of one that was killed."""
    from ckanext.herne.harvesters.operations import runs, scheduling

    def known(condition: Callable[[runs.Run], bool]) -> runs.Run:
        end = time.monotonic() + 300
        while time.monotonic() < end:
            run = runs.get(job_id)
            if run and condition(run):
                return run
            time.sleep(0.2)
        raise TimeoutError

    with workers() as group:
        group.start("worker")
        victim = group.start("harvester")
        other.answers.clear()
        job_id = scheduling.prepare(made.id)
        scheduling.enqueue(job_id)
        known(lambda run: run.worker is not None)
        time.sleep(10)  # some signs of life
        group.kill(victim)
        start = time.perf_counter()
        group.start("harvester")
        known(lambda run: run.attempts > 1)
        taken = time.perf_counter() - start
        other.answers.set()
        done = known(lambda run: run.finished is not None)
    print(f"killed worker's run resumed after {taken:.0f} s, outcome {done.outcome}", flush=True)
    assert taken <= RESUMED
    assert done.outcome == "ok"


def main() -> None:
    """Print all times, and the ratio (above 1: ours is faster)."""
    other = OtherPortal()
    with listening(other) as url:
        address = f"{url}/catalog"
        with application():
            made = source(address)
            taken = ours(made, other)
            resumed(made, other)
        with second_portal() as client:

            def harvest() -> str:
                done = client.harvest(address)
                assert not done.errors, done.errors[:3]
                return str(dict(done.done))

            timed("ckanext-dcat, first harvest", harvest)
            theirs = timed("ckanext-dcat, nothing changed", harvest)
            other.stamp += 1
            timed("ckanext-dcat, other bytes and the same records", harvest)
    print(f"ratio {theirs / taken:.1f}")


if __name__ == "__main__":
    main()
