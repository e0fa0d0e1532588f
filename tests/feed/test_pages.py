"""Pages of the catalogue: what stands on which, in every syntax, while others save, and what is asked for."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from ckan.common import config
from ckan.lib.search import clear_all, rebuild
from ckan.tests import factories, helpers
from ckanext.herne.feed.syntaxes import ENDINGS
from ckanext.herne.quality import validate
from ckanext.herne.quality.sources import next_page
from herne_testing.publishing import admin, change, create
from rdflib import DCAT, DCTERMS, FOAF, RDF, RDFS, Graph, Literal, Namespace, URIRef

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.usefixtures("portal", "tidy")

SITE = "http://herne.test"
CATALOGUE = URIRef(SITE)
HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
DCAT_NS = Namespace(str(DCAT))


@pytest.fixture
def pages_of_three(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(config, "ckanext.dcat.datasets_per_page", 3)


def uri(dataset: dict[str, Any]) -> str:
    return f"{SITE}/dataset/{dataset['id']}"


def parsed(portal: Any, path: str) -> Graph:
    ending = path.partition("?")[0].rpartition(".")[2]
    return Graph().parse(data=portal.get(path, status=200).data, format=ENDINGS[ending].library_name)


def datasets_on(graph: Graph) -> set[str]:
    return {str(node) for node in graph.subjects(RDF.type, DCAT.Dataset)}


def without_paging(graph: Graph) -> set[tuple]:
    """What a page says but for its own address, which has an ending."""
    pages = set(graph.subjects(RDF.type, HYDRA.PagedCollection))
    return {triple for triple in graph if triple[0] not in pages}


def delete(dataset: dict[str, Any]) -> None:
    helpers.call_action("package_delete", admin(), id=dataset["id"])


def crawl(
    portal: Any, path: str = "/catalog.ttl", between: Callable[[], None] = lambda: None
) -> Iterator[Graph]:
    """Every page, one after the other as they name their next; `between` happens before each."""
    todo = path
    while todo:
        between()
        graph = parsed(portal, todo)
        yield graph
        todo = (next_page(graph, SITE) or "").removeprefix(SITE)


def test_all_syntaxes_say_the_same(portal: Any) -> None:
    series = create(type="dataset_series", title="Reihe")
    create(title="Teil", in_series=[uri(series)])
    said = {ending: without_paging(parsed(portal, f"/catalog.{ending}")) for ending in ENDINGS}
    assert len(said["nt"]) > 50
    assert all(triples == said["nt"] for triples in said.values())


@pytest.mark.usefixtures("pages_of_three")
def test_a_crawl_sees_once_what_was_there_throughout(portal: Any) -> None:
    """Before each page somebody edits a dataset read before and one still to come, deletes one, adds one."""
    made = [create(title=f"Datensatz {number}") for number in range(12)]
    going, edited = [made[0], made[7], made[2], made[10]], [made[1], made[11], made[4], made[8]]

    def edit() -> None:
        for dataset in edited[:2]:
            change(dataset, notes=f"Geändert, als noch {len(going)} gehen sollten.")
        edited.append(edited.pop(0))
        if going:
            delete(going.pop(0))
            create(title="Neu")

    seen = Counter(node for graph in crawl(portal, between=edit) for node in datasets_on(graph))
    throughout = {uri(made[number]) for number in (1, 3, 4, 5, 6, 8, 9, 11)}
    assert throughout <= set(seen)
    assert set(seen.values()) == {1}


@pytest.mark.usefixtures("pages_of_three")
def test_each_page_conforms_and_counts_all(portal: Any) -> None:
    made = [create(title=f"Datensatz {number}") for number in range(7)]
    delete(made[4])
    graphs = list(crawl(portal))
    assert [len(datasets_on(graph)) for graph in graphs] == [3, 2, 1]
    for graph in graphs:
        assert validate(graph).conforms
        assert set(graph.objects(None, HYDRA.totalItems)) == {Literal(6)}
        assert set(graph.objects(None, HYDRA.itemsPerPage)) == {Literal(3)}


@pytest.mark.usefixtures("pages_of_three")
def test_old_and_new_harvesters_find_the_next_page(portal: Any) -> None:
    for number in range(7):
        create(title=f"Datensatz {number}")
    graph = parsed(portal, "/catalog.ttl?page=2")
    page = URIRef(f"{SITE}/catalog.ttl?page=2")
    assert {HYDRA.PagedCollection, HYDRA.PartialCollectionView} <= set(graph.objects(page, RDF.type))
    for role, number in {"first": 1, "previous": 1, "next": 3, "last": 3}.items():
        address = f"{SITE}/catalog.ttl?page={number}"
        assert graph.value(page, HYDRA[role]) == URIRef(address)
        assert graph.value(page, HYDRA[f"{role}Page"]) == Literal(address)
    assert not list(parsed(portal, "/catalog.ttl?page=3").objects(None, HYDRA.next))


@pytest.mark.usefixtures("pages_of_three")
def test_a_page_that_deletions_emptied_leads_on(portal: Any) -> None:
    made = [create(title=f"Datensatz {number}") for number in range(7)]
    for dataset in made[3:6]:
        delete(dataset)
    graph = parsed(portal, "/catalog.ttl?page=2")
    assert not datasets_on(graph)
    assert next_page(graph, SITE) == f"{SITE}/catalog.ttl?page=3"
    assert [len(datasets_on(page)) for page in crawl(portal)] == [3, 1]


@pytest.mark.usefixtures("pages_of_three")
def test_only_the_first_page_tells_when_the_catalogue_changed(portal: Any) -> None:
    made = [create(title=f"Datensatz {number}") for number in range(4)]
    first, second = crawl(portal)
    (issued,) = first.objects(CATALOGUE, DCTERMS.issued)
    assert str(issued) == f"{made[0]['metadata_created']}+00:00"
    assert len(list(first.objects(CATALOGUE, DCTERMS.modified))) == 1
    assert not list(second.objects(CATALOGUE, DCTERMS.modified))


@pytest.mark.usefixtures("pages_of_three")
def test_a_series_is_described_wherever_its_parts_are_but_listed_once(portal: Any) -> None:
    series = create(type="dataset_series", title="Reihe")
    node = URIRef(uri(series))
    for number in range(4):
        create(title=f"Teil {number}", in_series=[uri(series)])
    first, second = crawl(portal)
    assert set(first.objects(node, RDF.type)) >= {DCAT.Dataset, DCAT_NS.DatasetSeries}
    assert DCAT.Dataset not in set(second.objects(node, RDF.type))
    assert DCAT_NS.DatasetSeries in set(second.objects(node, RDF.type))
    assert second.value(node, DCTERMS.title) == Literal("Reihe", lang="de")
    assert not list(second.subjects(FOAF.primaryTopic, node))
    assert (CATALOGUE, DCAT.dataset, node) not in second


@pytest.mark.usefixtures("pages_of_three")
def test_another_dataset_that_is_referred_to_is_no_dataset_of_the_page(portal: Any) -> None:
    former = create(title="Früher")
    for number in range(2):
        create(title=f"Datensatz {number}")
    later = create(title="Später", has_version=[uri(former)])
    second = list(crawl(portal))[1]
    assert datasets_on(second) == {uri(later)}
    (kind,) = second.objects(URIRef(uri(former)), RDF.type)
    assert (kind, RDFS.subClassOf, DCAT.Dataset) in second


@pytest.mark.usefixtures("pages_of_three")
def test_an_organization_has_a_catalogue_of_its_own(portal: Any) -> None:
    other = factories.Organization(
        name="stadtwerke", title="Stadtwerke", image_url="", uri="https://stadtwerke.example.org"
    )
    for number in range(4):
        create(title=f"Stadt {number}")
        create(title=f"Werk {number}", owner_org="stadtwerke")
    graphs = list(crawl(portal, "/organization/stadtwerke/catalog.ttl"))
    assert [len(datasets_on(graph)) for graph in graphs] == [3, 1]
    (catalogue,) = graphs[0].subjects(RDF.type, DCAT.Catalog)
    assert str(catalogue) == f"{SITE}/organization/{other['id']}/catalog"
    assert graphs[0].value(catalogue, DCTERMS.title) == Literal("Open Data Herne: Stadtwerke", lang="de")
    assert graphs[0].value(catalogue, DCTERMS.publisher) == URIRef("https://stadtwerke.example.org")
    assert all(validate(graph).conforms for graph in graphs)
    assert portal.get("/organization/nirgends/catalog.ttl").status_code == 404


@pytest.mark.usefixtures("pages_of_three")
def test_filters_give_what_the_search_finds_with_the_texts_of_the_feed(portal: Any) -> None:
    found = [create(title=f"Radweg {number}", tags=[{"name": "rad"}]) for number in range(4)]
    create(title="Haushalt")
    for query in ("q=Radweg", "fq=tags:rad", "q=Radweg&fq=-title:Haushalt"):
        graphs = list(crawl(portal, f"/catalog.ttl?{query}"))
        assert [len(datasets_on(graph)) for graph in graphs] == [3, 1]
        assert set.union(*map(datasets_on, graphs)) == {uri(dataset) for dataset in found}
        assert set(graphs[0].objects(None, HYDRA.totalItems)) == {Literal(4)}
        assert validate(graphs[0]).conforms
    assert not datasets_on(parsed(portal, "/catalog.ttl?q=Nirgendwo"))


def test_modified_since_is_inclusive_and_knows_zones(portal: Any) -> None:
    old, new = create(title="Alt"), create(title="Neu")
    moment = new["metadata_modified"]
    assert datasets_on(parsed(portal, f"/catalog.ttl?modified_since={moment}")) >= {uri(new)}
    assert datasets_on(parsed(portal, "/catalog.ttl?modified_since=2020-01-01")) == {uri(old), uri(new)}
    assert not datasets_on(parsed(portal, "/catalog.ttl?modified_since=2990-01-01T00:00:00%2B02:00"))


def test_an_index_that_is_empty_is_no_empty_catalogue(portal: Any) -> None:
    create()
    clear_all()
    try:
        answer = portal.get("/catalog.ttl?q=Gut")
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]
        assert datasets_on(parsed(portal, "/catalog.ttl"))
    finally:
        rebuild()


def test_another_profile_is_made_by_ckanext_dcat(portal: Any) -> None:
    dataset = create()
    for path in ("/catalog.ttl", f"/dataset/{dataset['id']}.ttl"):
        graph = parsed(portal, f"{path}?profiles=euro_dcat_ap_3")
        assert datasets_on(graph) == {uri(dataset)}
        assert not list(graph.subjects(RDF.type, DCAT_NS.CatalogRecord))
        assert portal.get(f"{path}?profiles=dcat_ap_de_3").data == portal.get(path).data
    answer = portal.get("/catalog.nt?profiles=euro_dcat_ap_3")
    assert answer.status_code == 400
    assert "dcat_ap_de_3" in answer.body


def test_the_actions_give_the_same_text(portal: Any) -> None:
    dataset = create()
    shown = helpers.call_action("dcat_dataset_show", {}, id=dataset["name"], format="turtle")
    assert shown == portal.get(f"/dataset/{dataset['id']}.ttl").body
    assert helpers.call_action("dcat_catalog_show", {}, format="jsonld") == portal.get("/catalog.jsonld").body
    assert helpers.call_action("dcat_catalog_show", {}) == portal.get("/catalog.xml").body
