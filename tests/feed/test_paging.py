"""Pages keep their places; none leads to one that deletions have emptied."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import helpers
from ckanext.herne.feed.paging import Place
from ckanext.herne.quality.sources import next_page
from herne_testing.publishing import admin, create
from hypothesis import given
from hypothesis import strategies as st
from rdflib import DCAT, RDF, Graph

SITE = "http://herne.test"


@given(st.sets(st.integers(1, 30), min_size=1).map(sorted), st.integers(1, 30))
def test_links_lead_to_pages_that_have_anything(numbers: list[int], number: int) -> None:
    others = Place("/c.ttl?page={number}", number, numbers, 100, 1).others
    named = {role: int(url.rpartition("=")[2]) for role, url in others.items()}
    assert named["first"] == numbers[0]
    assert named["last"] == numbers[-1]
    assert named.get("next") == min((one for one in numbers if one > number), default=None)
    assert named.get("previous") == max((one for one in numbers if one < number), default=None)


@pytest.fixture
def six(portal: Any, tidy: None, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Six datasets on three pages."""
    monkeypatch.setitem(tk.config, "ckanext.dcat.datasets_per_page", 2)
    return [create(title=f"Nummer {number}")["id"] for number in range(6)]


def delete(*ids: str) -> None:
    for one in ids:
        helpers.call_action("package_delete", admin(), id=one)


def page(portal: Any, address: str) -> tuple[set[str], str | None]:
    """The datasets on a page, and the address of the next one."""
    graph = Graph().parse(data=portal.get(address, status=200).data, format="turtle")
    datasets = {str(uri).rpartition("/")[2] for uri in graph.subjects(RDF.type, DCAT.Dataset)}
    following = next_page(graph, SITE)
    return datasets, following and f"{urlsplit(following).path}?{urlsplit(following).query}"


def crawl(portal: Any, address: str = "/catalog.ttl") -> list[set[str]]:
    found = []
    while address:
        datasets, address = page(portal, address)
        found.append(datasets)
    return found


def test_a_page_in_the_middle_that_is_empty_is_passed_by(portal: Any, six: list[str]) -> None:
    delete(*six[2:4])
    assert crawl(portal) == [set(six[:2]), set(six[4:])]


def test_without_a_number_the_first_page_with_anything_is_served(portal: Any, six: list[str]) -> None:
    delete(*six[:2])
    assert crawl(portal) == [set(six[2:4]), set(six[4:])]
    assert page(portal, "/catalog.ttl") == page(portal, "/catalog.ttl?page=2")


def test_a_crawl_that_is_on_a_page_while_it_is_emptied_goes_on(portal: Any, six: list[str]) -> None:
    _, following = page(portal, "/catalog.ttl")
    delete(*six[2:4])
    datasets, last = page(portal, following)
    assert datasets == set()
    assert page(portal, last) == (set(six[4:]), None)


def test_beyond_the_last_page_the_last_one_is_named(portal: Any, six: list[str]) -> None:
    delete(*six[4:])
    answer = portal.get("/catalog.ttl?page=3", status=404)
    assert "catalog.ttl?page=2" in answer.body
