"""This portal's public datasets as graphs, as an anonymous harvester would get them."""

from collections.abc import Iterator

from ckan.plugins import toolkit
from ckanext.herne.dcat_ap_de import describe, describe_catalogue
from ckanext.herne.dcat_ap_de.profile import NO_RECORDS, portal_settings
from rdflib import Graph

PAGE = 100  # datasets that are in memory at a time


def pages() -> Iterator[Graph]:
    """The catalogue page by page; the first page is there even if there are no datasets."""
    settings = portal_settings()
    search = toolkit.get_action("package_search")
    start = 0
    while True:
        query = {"rows": PAGE, "start": start, "sort": "metadata_created asc, id asc"}
        found = search({"ignore_auth": False, "user": ""}, query)
        graph = describe_catalogue(settings)
        for dataset in found["results"]:
            if dataset.get("type") not in NO_RECORDS:
                graph += describe(dataset, settings)
        yield graph
        start += PAGE
        if start >= found["count"]:
            return
