"""Pages of the catalogue: the stored feed against ckanext-dcat's own endpoint, on the same datasets.

Same application, same run, page by page in turns; the peer's profile is `euro_dcat_ap_3`, which says less of
each dataset. Then: conditional requests; a crawl of a catalogue that is ten times as large (clones of the
datasets in the database, removed afterwards), its last page against its first, and the memory.
DATASETS, ROUNDS and CROWD set other numbers. Starts the servers in `.herne-bench/` unless the environment
names them (CKAN_SQLALCHEMY_URL and its siblings).
"""

from __future__ import annotations

import contextlib
import os
import statistics
import time
from typing import TYPE_CHECKING, Any

import psutil
from herne_testing.datasets import maximal
from herne_testing.servers import application

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DATASETS = int(os.environ.get("DATASETS", "1000"))
ROUNDS = int(os.environ.get("ROUNDS", "3"))
CROWD = int(os.environ.get("CROWD", "10000"))
SIZE = 100  # datasets on a page
OURS, THEIRS = "/catalog.ttl?page={}", "/catalog.ttl?profiles=euro_dcat_ap_3&page={}"
REFERENCES = ("in_series", "has_version", "source", "sample", "catalog_record")

# The id of a clone has the first 24 characters of the original's and a number.
CLONES = """
CREATE TEMPORARY TABLE clone AS
  SELECT e.package_id AS old, left(e.package_id, 24) || to_char(n, 'FM000000000000') AS new,
         row_number() OVER (ORDER BY n, e.position) + (SELECT max(position) FROM herne_feed_entry) AS place
  FROM herne_feed_entry e, generate_series(1, :times) n WHERE e.position IS NOT NULL;
INSERT INTO package SELECT (jsonb_populate_record(p, jsonb_build_object('id', new, 'name', new))).*
  FROM clone JOIN package p ON p.id = old;
INSERT INTO herne_feed_entry SELECT (jsonb_populate_record(e, jsonb_build_object('package_id', new,
    'uri', replace(uri, old, new), 'record_uri', replace(record_uri, old, new),
    'position', place, 'owner_position', place))).*
  FROM clone JOIN herne_feed_entry e ON e.package_id = old;
INSERT INTO herne_feed_fragment
  SELECT new, syntax, text, beside, encode(sha256(convert_to(text, 'UTF8')), 'hex') || right(digest, 64)
  FROM clone JOIN herne_feed_fragment f ON f.package_id = old AND syntax = 'ttl',
  LATERAL replace(content, old, new) text;
ANALYZE package; ANALYZE herne_feed_entry; ANALYZE herne_feed_fragment;
"""
GONE = "DELETE FROM {} WHERE {} IN (SELECT new FROM clone)"
TABLES = {"herne_feed_fragment": "package_id", "herne_feed_entry": "package_id", "package": "id"}


def fill() -> None:
    """As many datasets as wanted, all saved through CKAN; what a broken-off run left is published."""
    import ckan.plugins.toolkit as tk
    from ckan import model
    from ckanext.herne.feed import check

    context = {"user": tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"], "ignore_auth": True}
    if model.Group.get("stadt-herne") is None:
        tk.get_action("organization_create")(dict(context), {"name": "stadt-herne", "title": "Stadt Herne"})
    for number in range(DATASETS):
        if model.Package.get(f"feed-{number}") is None:
            tk.get_action("package_create")(dict(context), dataset(number))
            model.Session.expunge_all()
    assert not any(error for _fault, error in check.repaired(check.faults()))


def dataset(number: int) -> dict[str, Any]:
    """The test suite's fullest dataset with two files, without what refers to other packages."""
    full = {key: value for key, value in maximal().items() if key not in ("id", "uri", *REFERENCES)}
    files = [
        {key: file[key] for key in file if key not in ("uri", "access_services")}
        for file in full["resources"]
    ]
    return {**full, "name": f"feed-{number}", "title": f"Datensatz {number}", "resources": files[:2]}


@contextlib.contextmanager
def crowd() -> Iterator[None]:
    """A catalogue of CROWD datasets."""
    import sqlalchemy as sa
    from ckan import model

    with model.meta.engine.connect() as connection:
        connection.execute(sa.text(CLONES), {"times": max(1, CROWD // DATASETS - 1)})
        log(connection)
        try:
            yield
        finally:
            for table, key in TABLES.items():
                connection.execute(sa.text(GONE.format(table, key)))
            log(connection)


def log(connection: Any) -> None:
    """What the feed counts anew: a change."""
    import sqlalchemy as sa

    entry = "INSERT INTO herne_feed_change (at, package_id, uri, kind) VALUES (now(), 'x', 'x', 'withdrawn')"
    connection.execute(sa.text(entry))
    connection.commit()


def milliseconds(work: Callable[[], int], status: int = 200) -> float:
    """How long a client waits for an answer, which has this status."""
    start = time.perf_counter()
    got = work()
    taken = (time.perf_counter() - start) * 1000
    assert got == status, got
    return taken


def fetch(client: Any, path: str, **headers: str) -> int:
    """Ask and read all of the answer; its status."""
    with client.get(path, headers=headers) as answer:
        answer.get_data()
        return int(answer.status_code)


def told(name: str, times: list[float]) -> tuple[float, float]:
    """Median and 95th percentile, printed."""
    p50, p95 = statistics.median(times), statistics.quantiles(times, n=20)[-1]
    print(f"{name}: p50 {p50:.1f} ms, p95 {p95:.1f} ms ({len(times)} requests)", flush=True)
    return p50, p95


def compared(client: Any) -> float:
    """How many times as fast our pages are: the lesser of the ratios at median and 95th percentile."""
    times: dict[str, list[float]] = {OURS: [], THEIRS: []}
    pages = [number + 1 for number in range(DATASETS // SIZE)]
    for path in times:
        fetch(client, path.format(1))  # both have everything loaded
    for number in pages * ROUNDS:
        for path, taken in times.items():
            taken.append(milliseconds(lambda path=path, number=number: fetch(client, path.format(number))))
    theirs, ours = (
        told("ckanext-dcat, page of 100", times[THEIRS]),
        told("the feed, page of 100", times[OURS]),
    )
    packed = [
        milliseconds(lambda number=number: fetch(client, OURS.format(number), **{"Accept-Encoding": "gzip"}))
        for number in pages * ROUNDS
    ]
    told("the feed, page of 100, gzip", packed)
    return min(slow / fast for slow, fast in zip(theirs, ours, strict=True))


def conditional(client: Any) -> None:
    tag = client.get(OURS.format(1)).headers["ETag"]
    ask = {"If-None-Match": tag}
    times = [milliseconds(lambda: fetch(client, OURS.format(1), **ask), 304) for _ in range(200)]
    told("the feed, conditional", times)
    start = time.process_time()
    for _ in range(200):
        fetch(client, OURS.format(1), **ask)
    print(f"  of it in the web process: {(time.process_time() - start) * 5:.1f} ms")


def crawled(client: Any) -> None:
    """Print how the last page of a large catalogue compares with its first, and the memory of a crawl."""
    pages = DATASETS * max(2, CROWD // DATASETS) // SIZE
    process = psutil.Process()
    fetch(client, OURS.format(1))
    before = process.memory_info().rss
    times = [
        milliseconds(lambda number=number: fetch(client, OURS.format(number + 1))) for number in range(pages)
    ]
    grown = (process.memory_info().rss - before) / 2**20
    told(f"crawl of {pages} pages", times)
    ends: dict[int, list[float]] = {1: [], pages: []}
    for _ in range(30):  # in turns, so that what else the machine does is the same for both
        for number, taken in ends.items():
            taken.append(milliseconds(lambda number=number: fetch(client, OURS.format(number))))
    first, last = (statistics.median(taken) for taken in ends.values())
    print(f"  last page against first: {last / first:.2f}; memory grew by {grown:.1f} MB")


def main() -> None:
    """Print all times, and the ratio (above 1: ours is faster)."""
    with application() as app:
        fill()
        client = app.test_client()
        ratio = compared(client)
        conditional(client)
        with crowd():
            crawled(client)
        print(f"ratio {ratio:.1f}")


if __name__ == "__main__":
    main()
