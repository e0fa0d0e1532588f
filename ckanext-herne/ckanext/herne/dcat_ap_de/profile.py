"""RDF profile `dcat_ap_de_3`: hangs this room into ckanext-dcat.

Thin: it asks CKAN for the portal's settings, hands dicts to the writer and graphs to the reader. Serialiser
and harvester of ckanext-dcat call it; the catalogue that is served comes from `feed`.
"""

import logging
from dataclasses import replace
from typing import Any

from ckan.plugins import toolkit
from ckanext.dcat.profiles import RDFProfile
from ckanext.herne.dcat_ap_de.catalogue_file import catalogue_statements
from ckanext.herne.dcat_ap_de.reader import read
from ckanext.herne.dcat_ap_de.settings import Settings
from ckanext.herne.dcat_ap_de.writer import Description, catalogue_description, description
from ckanext.herne.portal import config
from rdflib import Graph, Node, URIRef

log = logging.getLogger(__name__)

NO_RECORDS = frozenset({"harvest"})  # types of package that are no datasets


class DcatApDe3Profile(RDFProfile):
    """DCAT-AP.de 3.0 for ckanext-dcat's serialiser and harvester."""

    def __init__(self, graph: Graph, dataset_type: str = "dataset", compatibility_mode: bool = False) -> None:
        # The base class looks up the form's schema for every dataset; the mapping makes that unnecessary.
        self.g = graph
        self.compatibility_mode = compatibility_mode

    def graph_from_dataset(self, dataset_dict: dict[str, Any], dataset_ref: URIRef) -> None:
        """Adds the dataset to the graph.

        :raises toolkit.ObjectNotFound: the package is no dataset but, for example, a harvest source.
        """
        if dataset_dict.get("type") in NO_RECORDS:
            raise toolkit.ObjectNotFound(toolkit._("This is not a dataset"))
        told(description({**dataset_dict, "uri": str(dataset_ref)}, portal_settings())).add_to(self.g)

    def graph_from_catalog(self, catalog_dict: dict[str, Any] | None, catalog_ref: URIRef) -> None:
        """Adds the catalogue itself to the graph; links to its datasets are ckanext-dcat's part."""
        told(catalogue_description(catalogue_settings(), {}, str(catalog_ref))).add_to(self.g)

    def parse_dataset(self, dataset_dict: dict[str, Any], dataset_ref: Node) -> dict[str, Any]:
        """Fills `dataset_dict` from the graph, in the form `package_create` takes."""
        dataset_dict.update(read(self.g, dataset_ref, language()))
        dataset_dict.setdefault("title", str(dataset_ref))  # ckanext-dcat's harvester makes the name from it
        dataset_dict.setdefault("resources", [])
        dataset_dict.setdefault("extras", [])
        return dataset_dict


def told(described: Description) -> Description:
    """The same description; what it could not say stands in the log."""
    for problem in described.problems:
        log.warning("%s, field %s: %s", problem.node, problem.field, problem.message("en"))
    return described


def portal_settings() -> Settings:
    """The portal as CKAN's configuration describes it."""
    publisher = config.publisher()
    return Settings(
        site_url=toolkit.config["ckan.site_url"],
        base_uri=toolkit.config.get("ckanext.dcat.base_uri") or "",
        title=toolkit.config["ckan.site_title"],
        description=toolkit.config["ckan.site_description"] or Settings.description,
        language=language(),
        publisher_name=publisher.name,
        publisher_uri=publisher.uri,
        publisher_homepage=publisher.homepage,
        publisher_email=publisher.email,
        contributor_id=config.contributor_id(),
        licence=config.licence_id(),
        demo=config.is_demo(),
        more=catalogue_statements(config.catalogue_file()),
    )


def catalogue_settings() -> Settings:
    """As `portal_settings`, with the times of the first and the last change in the catalogue."""
    return replace(
        portal_settings(), issued=_edge("metadata_created asc"), modified=_edge("metadata_modified desc")
    )


def _edge(order: str) -> str:
    """The time (UTC) that comes first in `order` over all public datasets; "" without datasets."""
    search = toolkit.get_action("package_search")
    field = order.partition(" ")[0]
    query = {"sort": order, "rows": 1, "fl": ["id", field], "fq": "-dataset_type:harvest"}
    found = search({"ignore_auth": False, "user": ""}, query)["results"]
    return f"{found[0][field].removesuffix('Z')}+00:00" if found else ""


def language() -> str:
    """The language tag of the portal's texts: its default locale without the region."""
    return str(toolkit.config["ckan.locale_default"]).partition("_")[0]
