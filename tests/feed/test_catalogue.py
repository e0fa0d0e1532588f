"""What a page of the catalogue says beyond its datasets: services, entries, packages that are referred to."""

from collections.abc import Iterator
from typing import Any

import pytest
from ckan import model
from ckan.plugins import toolkit
from ckan.tests import factories, helpers
from ckanext.herne.portal.references import ANYBODY, related
from rdflib import DCAT, DCTERMS, FOAF, RDF, Graph, Literal, Namespace, URIRef

SITE = "http://herne.test"
SERVICE = URIRef(f"{SITE}#datastore-api")
FILE = {"url": "https://example.org/daten.csv", "format": "CSV"}
DCAT_NS = Namespace(str(DCAT))


def uri(package: dict[str, Any]) -> str:
    return f"{SITE}/dataset/{package['id']}"


def page(portal: Any, path: str = "/catalog.ttl") -> Graph:
    return Graph().parse(data=portal.get(path, status=200).data, format="turtle")


def act(action: str, **fields: Any) -> Any:
    return helpers.call_action(action, context={"user": "chefin", "ignore_auth": True}, **fields)


def create(**fields: Any) -> dict[str, Any]:
    return dict(act("package_create", **{"notes": "Text", **fields}))


@pytest.fixture(scope="module")
def boss(portal: Any) -> None:
    factories.Sysadmin(name="chefin", image_url="")


@pytest.fixture(autouse=True)
def _clean(portal: Any, boss: None) -> Iterator[None]:
    yield
    for row in model.Session.query(model.Package.id).filter_by(state="active").all():
        act("package_delete", id=row.id)


def test_the_datastore_api_is_a_service_that_delivers_the_tables(portal: Any) -> None:
    table, plain = create(title="Mit Tabelle"), create(title="Nur Datei", resources=[FILE])
    act(
        "datastore_create",
        resource={"package_id": table["id"], "name": "Werte"},
        fields=[{"id": "wert", "type": "int"}],
        records=[{"wert": 1}],
    )
    graph = page(portal)
    assert (URIRef(SITE), DCAT.service, SERVICE) in graph
    assert set(graph.objects(SERVICE, DCAT.servesDataset)) == {URIRef(uri(table))}
    (endpoint,) = graph.objects(SERVICE, DCAT.endpointURL)
    found = portal.get(str(endpoint).removeprefix(SITE) + f"?resource_id={resource_id(table)}").json
    assert found["result"]["total"] == 1
    assert uri(plain) not in {str(node) for node in graph.objects(SERVICE, DCAT.servesDataset)}


def resource_id(package: dict[str, Any]) -> str:
    shown = act("package_show", id=package["id"])
    return str(shown["resources"][0]["id"])


def test_without_tables_there_is_no_such_service(portal: Any) -> None:
    create(title="Nur Datei", resources=[FILE])
    assert not list(page(portal).objects(URIRef(SITE), DCAT.service))


def test_each_package_has_its_entry(portal: Any) -> None:
    made = create(title="Eins", resources=[FILE])
    graph = page(portal)
    (record,) = graph.objects(URIRef(SITE), DCAT_NS.record)
    assert (record, RDF.type, DCAT_NS.CatalogRecord) in graph
    assert graph.value(record, FOAF.primaryTopic) == URIRef(uri(made))
    assert str(graph.value(record, DCTERMS.modified)) == f"{made['metadata_modified']}+00:00"
    assert record in set(page(portal, f"/dataset/{made['id']}.ttl").subjects())


def test_two_datasets_may_be_versions_of_each_other(portal: Any) -> None:
    one = create(title="Eins", resources=[FILE])
    other = create(title="Zwei", resources=[FILE], has_version=[uri(one)])
    act("package_patch", id=one["id"], has_version=[uri(other)])
    for package, version in ((one, other), (other, one)):
        graph = page(portal, f"/dataset/{package['id']}.ttl")
        assert (URIRef(uri(package)), DCAT_NS.hasVersion, URIRef(uri(version))) in graph
        assert graph.value(URIRef(uri(version)), DCTERMS.title) == Literal(version["title"], lang="de")
        assert set(graph.subjects(RDF.type, DCAT.Dataset)) == {URIRef(uri(package))}


def test_a_private_dataset_is_not_described_beside(portal: Any) -> None:
    hidden = create(title="Geheim", private=True, resources=[FILE])
    made = create(title="Offen", resources=[FILE], has_version=["https://x.example.org/d"])
    row = model.Package.get(made["id"])
    row.extras = {**row.extras, "has_version": f'["{uri(hidden)}"]'}
    model.repo.commit()
    shown = toolkit.get_action("package_show")({"ignore_auth": True}, {"id": made["id"]})
    assert related({**shown, "has_version": [uri(hidden)]}, ANYBODY) == {}
    assert "Geheim" not in portal.get(f"/dataset/{made['id']}.ttl").body


def test_a_harvested_series_is_found_by_the_uri_it_came_with(portal: Any) -> None:
    foreign = "https://alt.example.org/reihe?a=b:c&d=%22"
    create(type="dataset_series", title="Reihe von drüben", uri=foreign)
    made = create(title="Teil", resources=[FILE], in_series=[foreign])
    graph = page(portal, f"/dataset/{made['id']}.ttl")
    assert (URIRef(uri(made)), DCAT_NS.inSeries, URIRef(foreign)) in graph
    assert graph.value(URIRef(foreign), DCTERMS.title) == Literal("Reihe von drüben", lang="de")


@pytest.mark.parametrize("syntax", ["csv", "html"])
def test_an_unknown_syntax_is_refused(syntax: str) -> None:
    made = create(title="Eins", resources=[FILE])
    with pytest.raises(toolkit.ValidationError, match="format"):
        act("dcat_dataset_show", id=made["id"], format=syntax)


def test_another_profile_is_ckanext_dcats_own(portal: Any) -> None:
    create(title="Eins", resources=[FILE])
    graph = page(portal, "/catalog.ttl?profiles=euro_dcat_ap_3")
    assert not list(graph.objects(URIRef(SITE), DCAT_NS.record))
    assert list(graph.subjects(RDF.type, DCAT.Dataset))
