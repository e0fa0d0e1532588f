"""Which packages name each other: the datasets of a series, the services that deliver a dataset.

Packages refer to others by URI. Here a URI becomes a title and an address that a reader may open, and the
index answers the question the other way round. Storing and checking the URIs is left to the validators.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckanext.herne.dcat_ap_de.profile import portal_settings
from ckanext.herne.dcat_ap_de.writer import dataset_uri
from ckanext.herne.portal.form_values import values_of
from ckanext.herne.portal.references import find, is_here

LARGEST_LIST = 500  # entries of a list to choose from, and members of a series on its page


def uri_of(package: dict[str, Any]) -> str:
    """The URI by which other packages name this one."""
    return str(dataset_uri(package, portal_settings()))


def herne_packages(values: Any) -> list[dict[str, Any]]:
    """What the URIs in `values` stand for: `title`, `url` and `type` each; a foreign URI keeps its address.

    What the reader may not see is left out.
    """
    named = [(uri, shown(uri)) for uri in values_of(values)]
    return [entry for uri, entry in named if entry]


def shown(uri: str) -> dict[str, Any] | None:
    """The package of this portal that a URI names, or the URI as a link; None if it is not to be seen."""
    context = {"user": tk.current_user.name if tk.current_user else "", "auth_user_obj": tk.current_user}
    found = find(uri, context)
    if found:
        return link_to(tk.get_action("package_show")({**context}, {"id": found.id}))
    return None if is_here(uri) else {"title": uri, "url": uri, "type": ""}


def link_to(package: dict[str, Any]) -> dict[str, Any]:
    """Title in the page's language, address and type of a package."""
    return {
        "title": tk.h.get_translated(package, "title") or package["name"],
        "url": tk.h.url_for(f"{package['type']}.read", id=package["name"]),
        "type": package["type"],
    }


def herne_members(series: dict[str, Any]) -> list[dict[str, Any]]:
    """The datasets of a series that the reader may see, the one published last first."""
    found = found_by(f'vocab_in_series:"{quoted(uri_of(series))}"')
    return sorted(
        found, key=lambda dataset: dataset.get("issued") or dataset["metadata_created"], reverse=True
    )


def herne_services(dataset: dict[str, Any]) -> list[dict[str, Any]]:
    """The services that say they deliver this dataset."""
    return found_by(f'vocab_serves_dataset:"{quoted(uri_of(dataset))}"')


def herne_package_choices(
    package_type: str | None, chosen: list[str], own_id: str | None
) -> list[dict[str, Any]]:
    """What a form offers: packages of one type by title (not itself), and whatever is chosen already."""
    found = found_by(f"dataset_type:{package_type or 'dataset'}", sort="title_string asc")
    offered = {uri_of(package): link_to(package)["title"] for package in found if package["id"] != own_id}
    other = [uri for uri in chosen if uri not in offered]
    titles = {uri: (herne_packages([uri]) or [{"title": uri}])[0]["title"] for uri in other}
    return [{"value": uri, "label": title} for uri, title in {**offered, **titles}.items()]


def found_by(
    fq: str, *, rows: int = LARGEST_LIST, sort: str = "metadata_created desc"
) -> list[dict[str, Any]]:
    """The packages the reader may see for which a filter query holds."""
    query = {"fq": fq, "rows": rows, "sort": sort, "include_private": True}
    return list(tk.get_action("package_search")({}, query)["results"])


def quoted(text: str) -> str:
    """`text` as it stands between quotes in a Solr query."""
    return text.replace("\\", "\\\\").replace('"', '\\"')
