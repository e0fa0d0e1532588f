"""The rules of the mapping that are more than a table line: pairs of functions (`through`), derived values.

A `through` pair turns an entity's fields into the values of a property and back. A derived value is what a
dict implies without saying it. Both see a Scope and change nothing.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ckanext.herne.dcat_ap_de import places
from ckanext.herne.dcat_ap_de.mapping import Property
from ckanext.herne.dcat_ap_de.settings import Settings
from ckanext.herne.dcat_ap_de.vocabulary import vocabulary

DATASTORE_ONLY = "_datastore_only_resource"  # what CKAN stores as the address of a table without a file
PAGES = frozenset({"HTML", "XHTML", "HTML5", "WMS_SRVC", "WFS_SRVC", "WCS_SRVC", "REST", "MAP_SRVC"})
ALGORITHM_BY_DIGITS = {32: "MD5", 40: "SHA1", 56: "SHA224", 64: "SHA256", 96: "SHA384", 128: "SHA512"}
HVD_REGULATION = "http://data.europa.eu/eli/reg_impl/2023/138/oj"
ZONE = re.compile(r"(Z|[+-]\d\d:?\d\d)$")
EMPTY: tuple[Any, ...] = (None, "", [], {})


@dataclass(frozen=True, slots=True)
class Scope:
    """One dict on its way into RDF: the entity, the dataset it belongs to, its URI, the portal."""

    entity: dict[str, Any]
    dataset: dict[str, Any]
    uri: str
    settings: Settings

    def text(self, field: str) -> str:
        return str(self.entity.get(field) or "").strip()


@dataclass(frozen=True, slots=True)
class Through:
    """`values` of a property from an entity's fields, and the `fields` those values came from."""

    values: Callable[[Scope, str], list[Any]]
    fields: Callable[[list[Any], str], dict[str, Any]]


def own_values(scope: Scope, prop: Property) -> list[Any]:
    """What the entity itself says for a property; empty values are none."""
    if prop.through:
        return THROUGH[prop.through].values(scope, prop.field)
    return as_list(scope.entity.get(prop.field))


def other_values(scope: Scope, source: str) -> list[Any]:
    """What a source of the column `otherwise` offers."""
    place, _, name = source.rpartition(":")
    match place:
        case "dataset":
            return as_list(scope.dataset.get(name))
        case "settings":
            return as_list(getattr(scope.settings, name))
        case "derived":
            return as_list(DERIVED[name](scope))
        case "utc":
            return [_in_utc(value) for value in as_list(scope.entity.get(name))]
    return as_list(scope.entity.get(name))


def as_list(value: Any) -> list[Any]:
    """A value as the list of what it says: a lone value is one entry, an empty one is none."""
    if isinstance(value, str):
        value = value.strip()
    if value in EMPTY:
        return []
    return [entry for entry in value if entry not in EMPTY] if isinstance(value, list | tuple) else [value]


def _in_utc(value: Any) -> str:
    text = value.isoformat() if hasattr(value, "isoformat") else str(value).strip()
    return text if ZONE.search(text) or "T" not in text else f"{text}+00:00"


def _own_uri(scope: Scope) -> str:
    return scope.uri


def _dataset_page(scope: Scope) -> str:
    name = scope.text("name") or scope.text("id")
    return f"{scope.settings.site_url.rstrip('/')}/dataset/{name}" if name else ""


def _download_url(scope: Scope) -> str:
    """The file behind a resource: an upload, a link to a file, or CKAN's dump of a table."""
    url = _link(scope)
    if url and (scope.text("url_type") == "upload" or _file_type(url)):
        return url
    if _is_table_only(scope):
        return f"{scope.settings.site_url.rstrip('/')}/datastore/dump/{scope.text('id')}"
    return url if scope.text("url_type") == "datastore" else ""


def _link(scope: Scope) -> str:
    return "" if scope.text("url") == DATASTORE_ONLY else scope.text("url")


def _is_table_only(scope: Scope) -> bool:
    return bool(scope.entity.get("datastore_active")) and not _link(scope)


def _extension(scope: Scope) -> str:
    if _is_table_only(scope):
        return "CSV"  # which CKAN's dump of a table is
    return _file_type(scope.text("download_url")) or _file_type(_link(scope))


def _file_type(url: str) -> str:
    """The code of the file type that an address ends with, "" if it names none or a page."""
    try:
        name = urlsplit(url).path.rpartition("/")[2].lower()
    except ValueError:
        return ""
    # "archive.tar.gz": the longest ending first
    endings = [name.split(".", count)[-1] for count in range(1, name.count(".") + 1)]
    known = (vocabulary("file_types").by_extension(ending) for ending in endings)
    return next((term.code for term in known if term and term.code not in PAGES), "")


def _media_type(scope: Scope) -> str:
    """The registered media type of the stated format; unregistered ones (x-...) are not guessed."""
    term = vocabulary("file_types").find(scope.text("format") or _extension(scope))
    return term.media_type if term and "/x-" not in term.media_type else ""


def _hvd_legislation(scope: Scope) -> str:
    """A dataset with an HVD category, and each of its distributions, names the regulation behind it."""
    return HVD_REGULATION if as_list(scope.dataset.get("hvd_category")) else ""


def _hash_algorithm(scope: Scope) -> str:
    prefix, _, digits = scope.text("hash").rpartition(":")
    return prefix or ALGORITHM_BY_DIGITS.get(len(digits), "")


DERIVED: dict[str, Callable[[Scope], str]] = {
    "own_uri": _own_uri,
    "dataset_page": _dataset_page,
    "download_url": _download_url,
    "extension": _extension,
    "media_type": _media_type,
    "hash_algorithm": _hash_algorithm,
    "hvd_legislation": _hvd_legislation,
}


def _tag_names(scope: Scope, _field: str) -> list[Any]:
    tags = as_list(scope.entity.get("tags"))
    if tags:
        return [tag.get("name") if isinstance(tag, dict) else tag for tag in tags]
    return [tag.strip() for tag in scope.text("tag_string").split(",") if tag.strip()]


def _tags(names: list[Any], _field: str) -> dict[str, Any]:
    return {"tags": [{"name": name} for name in names]}


def _place_nodes(scope: Scope, field: str) -> list[Any]:
    return places.expand(as_list(scope.entity.get(field)), scope.uri)


def _place_entries(nodes: list[Any], field: str) -> dict[str, Any]:
    return {field: places.join(nodes)}


def _wrapped(scope: Scope, field: str) -> list[Any]:
    return [{"geometry": value} for value in as_list(scope.entity.get(field))]


def _unwrapped(nodes: list[Any], field: str) -> dict[str, Any]:
    return {field: nodes[0]["geometry"]} if "geometry" in nodes[0] else {}


def _checksums(scope: Scope, field: str) -> list[Any]:
    parts = {key: scope.text(key) for key in ("hash", "hash_algorithm")}
    return [parts] if parts[field] else []


def _checksum_fields(nodes: list[Any], _field: str) -> dict[str, Any]:
    return {key: nodes[0][key] for key in ("hash", "hash_algorithm") if key in nodes[0]}


def _links(scope: Scope, _field: str) -> list[Any]:
    return as_list(_link(scope))


def _first(values: list[Any], field: str) -> dict[str, Any]:
    return {field: values[0]}


THROUGH = {
    "tags": Through(_tag_names, _tags),
    "places": Through(_place_nodes, _place_entries),
    "geometry": Through(_wrapped, _unwrapped),
    "checksum": Through(_checksums, _checksum_fields),
    "access_url": Through(_links, _first),
}
