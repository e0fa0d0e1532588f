"""The feed over HTTP: `/catalog.*` and `/dataset/ID.*` at ckanext-dcat's addresses."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from ckan import model
from ckan.common import config
from ckan.lib.search import rebuild
from ckan.tests import factories
from ckanext.dcat.processors import RDFParser
from ckanext.herne.dcat_ap_de import read
from ckanext.herne.dcat_ap_de.profile import portal_settings
from ckanext.herne.quality import validate
from ckanext.herne.quality.cli import validate as command
from ckanext.herne.quality.sources import next_page
from click.testing import CliRunner
from herne_testing.datasets import SERIES, SERVICE, maximal
from herne_testing.judge import verdict_on
from rdflib import DCAT, DCTERMS, FOAF, RDF, Graph, Literal, Namespace, URIRef

HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
SITE = "http://herne.test"
FORMS = {"ttl": "turtle", "xml": "xml", "rdf": "xml", "jsonld": "json-ld", "n3": "n3"}


@pytest.fixture(scope="module")
def token(portal: Any) -> str:
    return str(factories.SysadminWithToken(image_url="")["token"])


def call(portal: Any, token: str, action: str, **fields: Any) -> Any:
    answer = portal.post(f"/api/3/action/{action}", json=fields, headers={"Authorization": token}).json
    assert answer["success"], answer
    return answer["result"]


def create(portal: Any, token: str, **fields: Any) -> dict[str, Any]:
    return dict(call(portal, token, "package_create", **fields))


@pytest.fixture(scope="module")
def datasets(portal: Any, token: str) -> dict[str, dict[str, Any]]:
    """One package of each kind that matters to a feed; the test of an empty catalogue stands before them."""
    resources = [{"url": "https://example.org/daten.csv", "format": "CSV"}]
    hvd = ["http://data.europa.eu/bna/c_b79e35eb"]
    former = create(portal, token, title="Früher", notes="2022", resources=resources, hvd_category=hvd)
    series = create(portal, token, **own(SERIES))
    plain = own(maximal()) | {
        "in_series": [series["id"]],
        "has_version": [uri(former)],
        "source": [uri(former)],
    }
    for number, entry in enumerate(plain["resources"]):
        del entry["uri"]
        entry["id"] = f"00000000-0000-4000-8000-{number:012}"
    del plain["resources"][1]["access_services"][0]["serves_dataset"]
    made = {
        "former": former,
        "series": series,
        "minimal": create(portal, token, title="Minimal", notes="Nur das Nötigste", resources=resources),
        "maximal": create(portal, token, name="maximal", **plain),
        "private": create(portal, token, title="Privat", notes="Geheim", private=True, resources=resources),
        "draft": create(portal, token, title="Entwurf", notes="Halb", state="draft"),
        "deleted": create(portal, token, title="Gelöscht", notes="Weg", resources=resources),
    }
    call(portal, token, "package_delete", id=made["deleted"]["id"])
    made["service"] = create(portal, token, **own(SERVICE) | {"serves_dataset": [made["minimal"]["id"]]})
    return made


def own(package: dict[str, Any]) -> dict[str, Any]:
    """An example as a new package of this portal."""
    return {key: value for key, value in package.items() if key not in ("id", "uri")}


@pytest.fixture(scope="module")
def harvest_source(portal: Any, token: str) -> dict[str, Any]:
    fields = {
        "name": "eine-quelle",
        "title": "Eine Quelle",
        "source_type": "herne_hits",
        "config": '{"theme": "bevoelkerung"}',
        "owner_org": "stadt-herne",
    }
    url = "http://example.org/quelle"
    return dict(call(portal, token, "harvest_source_create", url=url, **fields))


def fetched(portal: Any, path: str) -> Graph:
    form = FORMS[urlsplit(path).path.rpartition(".")[2]]
    return Graph().parse(data=portal.get(path, status=200).data, format=form)


def crawled(portal: Any, path: str) -> tuple[Graph, list[set[str]]]:
    """All pages merged, and the datasets on each."""
    graph, pages, todo = Graph(), [], path
    while todo:
        page = fetched(portal, todo)
        pages.append({str(uri) for uri in page.subjects(RDF.type, DCAT.Dataset)})
        graph += page
        following = next_page(page, SITE)
        todo = following.removeprefix(SITE) if following else ""
    return graph, pages


def uri(dataset: dict[str, Any]) -> str:
    return f"{SITE}/dataset/{dataset['id']}"


@pytest.mark.needs("shared")
def test_an_empty_catalogue_is_valid(portal: Any, tmp_path: Path) -> None:
    graph = fetched(portal, "/catalog.ttl")
    assert graph.value(URIRef(SITE), RDF.type) == DCAT.Catalog
    assert validate(graph).conforms
    _, output = verdict_on(graph, tmp_path, "--strict", "--warnings")
    assert "0 datasets" in output
    assert "0 violations, 0 warnings" in output


@pytest.mark.needs("shared")
def test_the_official_shapes_find_nothing_in_the_catalogue(
    portal: Any, datasets: dict, tmp_path: Path
) -> None:
    status, output = verdict_on(fetched(portal, "/catalog.ttl"), tmp_path, "--strict", "--warnings")
    assert status == 0, output
    assert "4 datasets" in output


@pytest.mark.needs("shared")
@pytest.mark.parametrize(
    ("name", "flags"), [("minimal", ()), ("maximal", ("--hvd",)), ("series", ("--hvd",)), ("service", ())]
)
def test_the_official_shapes_find_nothing_in_a_package(
    portal: Any, datasets: dict, name: str, flags: tuple, tmp_path: Path
) -> None:
    graph = fetched(portal, f"/dataset/{datasets[name]['id']}.ttl")
    _, output = verdict_on(graph, tmp_path, "--strict", "--warnings", *flags)
    assert ", 0 violations, 0 warnings, 0 infos" in output


def test_our_own_shapes_find_no_violation(portal: Any, datasets: dict) -> None:
    report = validate(fetched(portal, "/catalog.ttl"))
    assert report.conforms, report.results
    assert "Radverkehr an Dauerzählstellen" not in {result.title for result in report.results}


def test_only_public_datasets_are_in_the_catalogue(portal: Any, datasets: dict, harvest_source: dict) -> None:
    graph = fetched(portal, "/catalog.ttl")
    listed = {str(node) for node in graph.objects(URIRef(SITE), DCAT.dataset)}
    assert listed == {uri(datasets[name]) for name in DATASETS}
    assert {str(node) for node in graph.subjects(RDF.type, DCAT.Dataset)} == listed
    services = {str(node) for node in graph.objects(URIRef(SITE), DCAT.service)}
    assert services == {uri(datasets["service"])}
    entries = {graph.value(node, FOAF.primaryTopic) for node in graph.objects(URIRef(SITE), DCAT.record)}
    assert {str(node) for node in entries} == listed | services


def test_a_reference_leads_to_what_is_described_beside_it(portal: Any, datasets: dict) -> None:
    graph = fetched(portal, f"/dataset/{datasets['maximal']['id']}.ttl")
    me, series = URIRef(uri(datasets["maximal"])), URIRef(uri(datasets["series"]))
    former = URIRef(uri(datasets["former"]))
    assert (me, DCAT_NS.inSeries, series) in graph
    assert graph.value(series, DCTERMS.title) == Literal(SERIES["title"], lang="de")
    assert (series, RDF.type, DCAT.Dataset) not in graph  # or a harvester would take it for one of this page
    assert (me, DCAT_NS.hasVersion, former) in graph
    assert graph.value(former, DCTERMS.title) == Literal("Früher", lang="de")
    assert (former, RDF.type, DCAT.Dataset) not in graph
    private = fetched(portal, f"/dataset/{datasets['service']['id']}.ttl")
    assert (
        URIRef(uri(datasets["service"])),
        DCAT.servesDataset,
        URIRef(uri(datasets["minimal"])),
    ) in private


@pytest.mark.parametrize(
    "query", ["?q=Privat", "?fq=%2Bstate:draft", "?fq=state:deleted", "?fq=dataset_type:harvest"]
)
def test_no_query_brings_the_others_out(
    portal: Any, datasets: dict, harvest_source: dict, query: str
) -> None:
    graph = fetched(portal, f"/catalog.ttl{query}")
    hidden = {uri(datasets[name]) for name in ("private", "draft", "deleted")} | {uri(harvest_source)}
    assert not hidden & {str(node) for node in graph.subjects(RDF.type, DCAT.Dataset)}


def test_what_is_not_public_has_no_page(portal: Any, datasets: dict, harvest_source: dict) -> None:
    for dataset, status in (
        (datasets["private"], 403),
        (datasets["draft"], 403),
        (datasets["deleted"], 410),
        (harvest_source, 403),
    ):
        answer = portal.get(f"/dataset/{dataset['id']}.ttl")
        assert answer.status_code == status, dataset["name"]
        assert dataset["title"] not in answer.body


DATASETS = ("minimal", "maximal", "former", "series")
DCAT_NS = Namespace(str(DCAT))


@pytest.mark.parametrize("form", FORMS)
def test_every_syntax_says_the_same(portal: Any, datasets: dict, form: str) -> None:
    dataset = datasets["maximal"]
    graph = fetched(portal, f"/dataset/{dataset['id']}.{form}")
    assert graph.isomorphic(fetched(portal, f"/dataset/{dataset['id']}.ttl"))


@pytest.mark.parametrize("form", FORMS)
def test_the_answer_is_the_same_byte_by_byte(portal: Any, datasets: dict, form: str) -> None:
    for path in (f"/dataset/{datasets['maximal']['id']}.{form}", f"/catalog.{form}"):
        assert portal.get(path).data == portal.get(path).data


def test_what_was_put_in_comes_out(portal: Any, datasets: dict) -> None:
    dataset = datasets["maximal"]
    found = read(fetched(portal, f"/dataset/{dataset['id']}.ttl"), uri(dataset))
    computed = {"resources", "access_services", "tags", "spatial_coverage", "sample", "catalog_record"}
    stated = [field for field in own(maximal()) if field not in computed]
    assert {field: unordered(found.get(field)) for field in stated} == {
        field: unordered(dataset[field]) for field in stated
    }
    # where the measurements of its quality are found is this catalogue's own
    assert [entry["property"] for entry in found.get("further_statements", [])] in (
        [],
        ["http://www.w3.org/ns/dqv#hasQualityMetadata"],
    )


def unordered(value: Any) -> Any:
    """RDF keeps no order: a list as what it holds."""
    return (
        sorted(value, key=lambda entry: json.dumps(entry, sort_keys=True))
        if isinstance(value, list)
        else value
    )


def test_pages_carry_everything_once(portal: Any, datasets: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(config, "ckanext.dcat.datasets_per_page", 1)
    graph, pages = crawled(portal, "/catalog.ttl")
    assert len(pages) == 5
    assert set.union(*pages) == {uri(datasets[name]) for name in DATASETS}
    assert all(graph.value(URIRef(node), DCTERMS.publisher) for node in set.union(*pages))
    assert set(graph.objects(None, HYDRA.totalItems)) == {Literal(5)}


def test_each_page_is_whole_in_itself(portal: Any, datasets: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(config, "ckanext.dcat.datasets_per_page", 1)
    for number in range(1, 6):
        assert validate(fetched(portal, f"/catalog.ttl?page={number}")).conforms


def test_a_broken_value_breaks_no_page(portal: Any, token: str) -> None:
    made = create(portal, token, title="Gut", notes="gut", resources=[{"url": "https://x.org/a b.csv"}])
    package = model.Package.get(made["id"])
    package.extras = {**package.extras, "modified": "gestern"}
    package.url = "kein url"
    model.repo.commit()
    rebuild(made["id"])
    try:
        assert call(portal, token, "package_show", id=made["id"])["modified"] == "gestern"
        graph = fetched(portal, f"/dataset/{made['id']}.ttl")
        assert validate(graph).conforms
        changed = graph.value(URIRef(uri(made)), DCTERMS.modified)
        assert str(changed) == f"{made['metadata_modified']}+00:00"
        assert graph.value(URIRef(uri(made)), DCAT.landingPage) == URIRef(f"{SITE}/dataset/{made['name']}")
    finally:
        call(portal, token, "dataset_purge", id=made["id"])


def test_ckanext_dcats_parser_reads_what_it_wrote(portal: Any, datasets: dict) -> None:
    parser = RDFParser()
    parser.parse(portal.get("/catalog.ttl").data, _format="ttl")
    parsed = {dataset["uri"]: dataset for dataset in parser.datasets()}
    assert set(parsed) == {uri(datasets[name]) for name in DATASETS}
    found = parsed[uri(datasets["maximal"])]
    assert found["title"] == datasets["maximal"]["title"]
    assert found["extras"] == []
    assert len(found["resources"]) == 3


def test_the_settings_come_from_the_configuration(portal: Any, monkeypatch: Any) -> None:
    monkeypatch.setitem(config, "ckanext.herne.publisher.name", "Stadt Wanne-Eickel")
    monkeypatch.setitem(config, "ckan.locale_default", "en_GB")
    settings = portal_settings()
    assert (settings.publisher_name, settings.language) == ("Stadt Wanne-Eickel", "en")
    assert settings.site_url == SITE


def test_the_command_validates_every_public_dataset(portal: Any, datasets: dict) -> None:
    done = CliRunner().invoke(command, ["--all"])
    assert done.exit_code == 0, done.output
    assert "Bestanden. 4 Datensätze, 0 Fehler" in done.stdout
    assert "dieses Portal" in done.stderr
