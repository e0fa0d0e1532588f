"""The catalogue's pages and single packages as RDF, behind ckanext-dcat's addresses and actions.

It takes the packages from CKAN, has them described and links them: datasets and series as dcat:dataset,
services as dcat:service, each with its entry (dcat:record). Which addresses exist, paging and search
parameters are ckanext-dcat's part.
"""

from dataclasses import replace
from typing import Any

from ckan.plugins import toolkit
from ckanext.dcat import logic
from ckanext.dcat.processors import RDFSerializer
from ckanext.herne.dcat_ap_de.mapping import mapping
from ckanext.herne.dcat_ap_de.profile import NO_RECORDS, catalogue_settings, portal_settings, told
from ckanext.herne.dcat_ap_de.settings import Settings
from ckanext.herne.dcat_ap_de.writer import (
    Description,
    beside_description,
    catalogue_description,
    class_of,
    dataset_uri,
    describe,
    description,
    record_description,
)
from ckanext.herne.feed.serializer import FORMATS, serialised
from ckanext.herne.portal.references import ANYBODY, related
from rdflib import Graph, URIRef

PROFILE = "dcat_ap_de_3"

Package = dict[str, Any]


def is_ours(data_dict: dict[str, Any]) -> bool:
    """Whether the caller wants our profile: none named, or this one alone."""
    return data_dict.get("profiles") in (None, [], [PROFILE])


def dataset_page(context: dict[str, Any], data_dict: dict[str, Any]) -> str:
    """A package in the syntax `format` (see `serializer.FORMATS`; `xml` if none is given).

    :raises toolkit.ObjectNotFound: no such package, or it is none of the catalogue's.
    """
    toolkit.check_access("dcat_dataset_show", context, data_dict)
    package = toolkit.get_action("package_show")(context, data_dict)
    if package.get("type") in NO_RECORDS:
        raise toolkit.ObjectNotFound(toolkit._("This is not a dataset"))
    settings = portal_settings()
    graph = describe(package, settings, related(package, ANYBODY))
    return serialised(graph, syntax_of(data_dict))


def catalogue_page(context: dict[str, Any], data_dict: dict[str, Any]) -> str:
    """A page of the catalogue; `page`, `q`, `fq`, `modified_since` and `format` as ckanext-dcat has them."""
    toolkit.check_access("dcat_catalog_show", context, data_dict)
    found = logic._search_ckan_datasets(context, data_dict)
    graph = catalogue_graph(found["results"], catalogue_settings())
    pages = RDFSerializer(profiles=[PROFILE])
    pages._add_pagination_triples(logic._pagination_info(found, data_dict))
    graph.bind("hydra", "http://www.w3.org/ns/hydra/core#")
    for triple in sorted(pages.g.triples((None, None, None))):
        graph.add(triple)
    return serialised(graph, syntax_of(data_dict))


def catalogue_graph(packages: list[Package], settings: Settings) -> Graph:
    """The catalogue with the packages given and what they refer to."""
    links: dict[str, list[str]] = {"dataset": [], "service": [], "record": []}
    described: list[Description] = []
    beside: dict[str, Package] = {}
    for package in packages:
        others = related(package, ANYBODY)
        beside |= others
        main, record = told(description(package, settings, others)), record_description(package, settings)
        links["service" if class_of(package) == "DataService" else "dataset"].append(str(main.uri))
        links["record"].append(str(record.uri))
        described += [main, record]
    tables = table_service(packages, settings)
    if tables:
        links["service"].append(str(tables.uri))
        described.append(tables)
    here = {*links["dataset"], *links["service"]}
    described += [beside_description(other, settings) for uri, other in beside.items() if uri not in here]
    graph = catalogue_description(settings, links).graph
    for one in described:
        one.add_to(graph)
    return graph


def table_service(packages: list[Package], settings: Settings) -> Description | None:
    """The DataStore API as the service that delivers those of the packages that have tables, if any has.

    It is one service for the whole portal: each page says which of its own datasets it delivers.
    """
    delivered = [
        URIRef(dataset_uri(package, settings))
        for package in packages
        if any(resource.get("datastore_active") for resource in package.get("resources", []))
    ]
    if not delivered:
        return None
    service = description(settings.table_service, settings)
    predicate = URIRef(mapping().prefixes["dcat"] + "servesDataset")
    served = tuple((service.uri, predicate, dataset) for dataset in delivered)
    return replace(service, triples=service.triples + served)


def syntax_of(data_dict: dict[str, Any]) -> str:
    """The syntax asked for.

    :raises toolkit.ValidationError: it is none we write.
    """
    syntax = str(data_dict.get("format") or "xml")
    if syntax not in FORMATS:
        raise toolkit.ValidationError(
            {"format": [toolkit._("One of: {}").format(", ".join(sorted(FORMATS)))]}
        )
    return syntax
