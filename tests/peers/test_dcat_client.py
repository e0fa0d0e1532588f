"""ckanext-dcat's own harvester, in a portal of its own, harvests the feed over HTTP while stewards work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from ckan import model
from ckan.common import config
from ckan.tests import factories
from ckanext.herne.feed import store
from ckanext.herne.feed.model import fragment_table
from herne_testing import publishing
from herne_testing.client import second_portal
from herne_testing.crawling import BetweenPages, Steward, plain, work_between
from herne_testing.live import listening

if TYPE_CHECKING:
    from collections.abc import Iterator

    from herne_testing.client import Client
    from herne_testing.client_process import Harvest

SIZE = 8  # datasets on a page
PAGES = 5


class Feed(BetweenPages):
    """Our portal, listening, with its steward and what it serves: each dataset by its URI."""

    url = ""
    steward: Steward

    @property
    def address(self) -> str:
        return f"{self.url}/catalog.ttl"

    def announce(self) -> None:
        config["ckan.site_url"] = self.url
        config["ckanext.dcat.datasets_per_page"] = SIZE

    def datasets(self) -> dict[str, dict[str, Any]]:
        """All but services, which are no datasets to any client."""
        found = self.steward.call("package_search", rows=1000, fq="-dataset_type:data_service")["results"]
        return {f"{self.url}/dataset/{package['id']}": package for package in found}


@pytest.fixture(scope="module")
def feed(portal: Any) -> Iterator[Feed]:
    """Full pages; a series and a service stand on others than the datasets that refer to them."""
    served = Feed(portal.app)
    with listening(served) as served.url:
        served.announce()
        served.steward = Steward(served.url, str(factories.SysadminWithToken(image_url="")["token"]))
        create = publishing.create
        series = create(type="dataset_series", title="Reihe", notes="Erfunden.")
        made = [create(**plain(number)) for number in range(PAGES * SIZE - 4)]
        create(**plain(1001), in_series=[series["id"]])
        create(**plain(1002), in_series=[series["id"]])
        delivered = {"serves_dataset": [made[0]["id"], made[-1]["id"]]}
        endpoint = {"endpoint_url": ["https://example.org/api"]}
        create(type="data_service", title="Dienst", notes="Erfunden.", **delivered, **endpoint)
        yield served


@pytest.fixture(autouse=True)
def announced(feed: Feed) -> None:
    """Before each test CKAN sets its configuration back."""
    feed.announce()


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with second_portal() as portal:
        yield portal


@pytest.fixture(scope="module")
def first(feed: Feed, client: Client) -> Harvest:
    """The first harvest of all."""
    feed.announce()
    return client.harvest(feed.address)


def test_all_datasets_arrive_once_and_as_they_are(feed: Feed, client: Client, first: Harvest) -> None:
    ours, theirs = feed.datasets(), client.shown()
    assert first.errors == ()
    assert first.done == {"added": PAGES * SIZE - 1}
    assert set(first.gathered.values()) == {1}
    assert theirs.keys() == ours.keys()
    for uri, package in ours.items():
        assert (theirs[uri].title, theirs[uri].notes) == (package["title"], package["notes"])
        expected = {(file["name"], file["url"]) for file in package["resources"]}
        assert {(file.name, file.url) for file in theirs[uri].files} == expected


def test_a_second_harvest_changes_nothing(feed: Feed, client: Client, first: Harvest) -> None:
    before = client.copies()
    again = client.harvest(feed.address)
    assert again.errors == ()
    assert again.done == {"updated": len(feed.datasets())}
    assert client.copies() == before  # even their times: CKAN finds nothing to change


def test_no_dataset_is_lost_while_stewards_work(feed: Feed, client: Client, first: Harvest) -> None:
    before = feed.datasets()
    plain_ones = [uri for uri, package in before.items() if package["type"] == "dataset"]
    work = work_between(feed, feed.steward, plain_ones, PAGES, amount=6, seed=1)
    during = client.harvest(feed.address)
    throughout = before.keys() - work.deleted
    assert len(work.deleted) == 6
    assert during.errors == ()
    assert throughout <= during.gathered.keys()
    assert throughout <= client.shown().keys()
    assert set(during.gathered.values()) == {1}
    assert work.created <= client.shown().keys()
    client.harvest(feed.address)
    ours, theirs = feed.datasets(), client.shown()
    assert theirs.keys() == ours.keys() == throughout | work.created
    assert {theirs[uri].notes for uri in work.edited} == {"Geändert in Runde 1."}


def test_a_feed_that_refuses_in_mid_crawl_has_nothing_deleted(
    feed: Feed, client: Client, first: Harvest
) -> None:
    before = client.copies()
    dataset = {"id": store.rows(3 * SIZE, PAGES * SIZE, "ttl")[0].package_id}
    publishing.change(dataset, resources=[])  # held: its last good texts cannot be made anew
    texts = fragment_table.update().where(fragment_table.c.package_id == dataset["id"])
    model.Session.execute(texts.values(digest="beschädigt"))
    model.Session.commit()
    refused = client.harvest(feed.address)
    assert "503" in refused.errors[0]
    assert 2 * SIZE <= len(refused.gathered) < len(feed.datasets())
    assert client.copies() == before
    publishing.change(dataset, resources=plain(0)["resources"])
