"""What a harvester gets while stewards work: our feed against ckanext-dcat's own pages of the same datasets.

DATASETS datasets; in each disturbed crawl AMOUNT are edited, deleted and created, between its pages. First a
crawl of both, which counts what is missed or seen twice; a harvester deletes what it misses. Then
ckanext-dcat's harvester, in a second portal with servers of its own, harvests our feed: twice undisturbed,
twice disturbed. If the shared test material is there, the official shapes judge the whole feed first. Starts
the servers in `.herne-bench/` unless the environment names them (CKAN_SQLALCHEMY_URL and its siblings).

With DATASETS=1000 the second portal takes half an hour to save them five times.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from dataclasses import dataclass
from functools import partial
from math import ceil
from typing import TYPE_CHECKING, Any

import requests
from herne_testing import judge
from herne_testing.client import second_portal
from herne_testing.crawling import BetweenPages, Steward, Work, plain, work_between
from herne_testing.live import listening
from herne_testing.needs import SHARED
from herne_testing.servers import application
from rdflib import DCAT, RDF, Graph, URIRef

if TYPE_CHECKING:
    from collections.abc import Callable

    from herne_testing.client import Client
    from herne_testing.client_process import Harvest

DATASETS = int(os.environ.get("DATASETS", "200"))
AMOUNT = int(os.environ.get("AMOUNT", "10"))
ROUNDS = 2
SIZE = 100  # datasets on a page, ckanext-dcat's default
MANY = 10**9  # above every place in the feed
NEXT = URIRef("http://www.w3.org/ns/hydra/core#next")
OURS, THEIRS = "/catalog.ttl", "/catalog.ttl?profiles=euro_dcat_ap_3"


@dataclass
class Portal:
    """The portal, listening behind `pages`, with its steward."""

    pages: BetweenPages
    steward: Steward
    round: int = 0

    def disturbed(self, crawl: Callable[[], Any]) -> tuple[Any, set[str], Work]:
        """What a crawl gives while datasets change, those that it must have, and the changes."""
        self.round += 1
        before = public_uris()
        last = ceil(len(before) / SIZE)
        work = work_between(self.pages, self.steward, before, last, AMOUNT, seed=self.round)
        return crawl(), set(before) - work.deleted, work


def public_uris() -> list[str]:
    """What is in the feed now."""
    from ckan import model
    from ckanext.herne.feed import store

    model.Session.rollback()
    return [row.uri for row in store.rows(1, MANY, "ttl")]


def fill() -> None:
    """Make as many datasets as there should be; what an earlier run left is published for today's address."""
    import ckan.plugins.toolkit as tk
    from ckanext.herne.feed import check, store

    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    operator = {"ignore_auth": True, "user": user}
    if not tk.get_action("organization_list")({}, {"organizations": ["stadt-herne"]}):
        tk.get_action("organization_create")(dict(operator), {"name": "stadt-herne"})
    for number in range(store.extent().total, DATASETS):
        tk.get_action("package_create")(dict(operator), plain(number))
    assert not any(error for _fault, error in check.repaired(check.faults()))


def token() -> str:
    import ckan.plugins.toolkit as tk

    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    fields = {"user": user, "name": "benchmark"}
    return str(tk.get_action("api_token_create")({"ignore_auth": True, "user": user}, fields)["token"])


def crawl(address: str) -> tuple[Counter[str], float]:
    """How often each dataset stands on the pages from this one on, and the seconds that the answers took."""
    seen: Counter[str] = Counter()
    seconds = 0.0
    while address:
        start = time.perf_counter()
        text = requests.get(address, timeout=300).text
        seconds += time.perf_counter() - start
        page = Graph().parse(data=text, format="turtle")
        seen.update(str(uri) for uri in page.subjects(RDF.type, DCAT.Dataset))
        address = str(next(page.objects(None, NEXT), ""))
    return seen, seconds


def compare(portal: Portal) -> float:
    """Crawl both, at rest and then disturbed; how many times as long the peer's answers take at rest."""
    waited: dict[str, float] = {}
    for path in (OURS, THEIRS):
        address = portal.steward.url + path
        seen, waited[path] = crawl(address)
        print(
            f"crawl of {path} at rest: {len(seen)} datasets, {waited[path]:.1f} s for its pages", flush=True
        )
        for _ in range(ROUNDS):
            (seen, _seconds), throughout, _work = portal.disturbed(partial(crawl, address))
            missed = len(throughout - seen.keys())
            twice = sum(number > 1 for number in seen.values())
            print(
                f"  disturbed: of {len(throughout)} there throughout {missed} missed, {twice} seen twice",
                flush=True,
            )
    return waited[THEIRS] / waited[OURS]


def harvest(portal: Portal, client: Client) -> None:
    """Have the real client harvest our feed, and tell what it has then."""
    address = portal.steward.url + OURS
    for label in ("first harvest", "again"):
        tell(label, client, client.harvest(address), set(public_uris()))
    for _ in range(ROUNDS):
        done, throughout, work = portal.disturbed(partial(client.harvest, address))
        tell("disturbed", client, done, throughout)
        print(f"  of {len(work.created)} created it has {len(work.created & client.shown().keys())}")
    tell("at rest", client, client.harvest(address), set(public_uris()))
    assert client.shown().keys() == set(public_uris())


def tell(label: str, client: Client, done: Harvest, expected: set[str]) -> None:
    """Print what a harvest did and whether the client has the datasets that it must have."""
    shown = client.shown().keys()
    twice = sum(number > 1 for number in done.gathered.values())
    print(
        f"{label}: {dict(done.done)}, {twice} gathered twice, {len(done.errors)} errors; "
        f"lacks {len(expected - shown)} of {len(expected)}, has {len(shown)}",
        flush=True,
    )


def main() -> None:
    """Print what each crawl and harvest got, and the ratio of waiting (above 1: ours is faster)."""
    from ckan.common import config

    with application() as app:
        pages = BetweenPages(app)
        with listening(pages) as url:
            config["ckan.site_url"] = url
            config["ckanext.dcat.datasets_per_page"] = SIZE
            fill()
            portal = Portal(pages, Steward(url, token()))
            if SHARED.is_dir():
                print(judge.verdict(url + OURS)[1].strip(), flush=True)
            ratio = compare(portal)
            with second_portal() as client:
                harvest(portal, client)
    print(f"ratio {ratio:.1f}")


if __name__ == "__main__":
    main()
