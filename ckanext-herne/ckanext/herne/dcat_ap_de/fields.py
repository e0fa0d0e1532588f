"""Where a value comes from when its field is empty: the sources of the column `otherwise`.

A derived value is what a dict implies without saying it. All see a Scope and change nothing.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ckanext.herne.dcat_ap_de.settings import Settings
from ckanext.herne.dcat_ap_de.vocabulary import vocabulary

DATASTORE_ONLY = "_datastore_only_resource"  # what CKAN stores as the address of a table without a file
SERVICES = frozenset({"WMS_SRVC", "WFS_SRVC", "WCS_SRVC", "MAP_SRVC", "REST"})
PAGES = frozenset({"HTML", "XHTML", "HTML5"}) | SERVICES
ALGORITHM_BY_DIGITS = {32: "MD5", 40: "SHA1", 56: "SHA224", 64: "SHA256", 96: "SHA384", 128: "SHA512"}
ZONE = re.compile(r"(Z|[+-]\d\d:?\d\d)$")
EMPTY: tuple[Any, ...] = (None, "", [], {})


@dataclass(frozen=True, slots=True)
class Scope:
    """One dict on its way into RDF: the entity, the dataset it is part of, both URIs, the portal around."""

    entity: dict[str, Any]
    dataset: dict[str, Any]
    uri: str
    dataset_uri: str
    settings: Settings

    @property
    def is_whole(self) -> bool:
        """Whether the entity is a package or catalogue itself and not a part of one."""
        return self.entity is self.dataset

    def text(self, field: str) -> str:
        return str(self.entity.get(field) or "").strip()


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
    url = link(scope)
    if url and (scope.text("url_type") == "upload" or _file_type(url)):
        return url
    if _is_table_only(scope):
        return f"{scope.settings.site_url.rstrip('/')}/datastore/dump/{scope.text('id')}"
    return url if scope.text("url_type") == "datastore" else ""


def link(scope: Scope) -> str:
    return "" if scope.text("url") == DATASTORE_ONLY else scope.text("url")


def _is_table_only(scope: Scope) -> bool:
    return bool(scope.entity.get("datastore_active")) and not link(scope)


def _extension(scope: Scope) -> str:
    if _is_table_only(scope):
        return "CSV"  # which CKAN's dump of a table is
    return _file_type(scope.text("download_url")) or _file_type(link(scope))


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


def _service(scope: Scope) -> dict[str, Any] | None:
    """The service behind a resource that is an address to ask and not a file; its endpoint is what the
    resource links to (convention K41)."""
    url, term = link(scope), vocabulary("file_types").find(scope.text("format"))
    if not url or not term or term.code not in SERVICES:
        return None
    described = [url] if "getcapabilities" in url.lower() else []
    return {
        **_high_value_service(scope),
        "title": scope.text("name") or str(scope.dataset.get("title") or ""),
        "endpoint_url": [url],
        "endpoint_description": described,
        "license_id": scope.text("license_id") or scope.dataset.get("license_id"),
        "serves_dataset": [scope.dataset_uri],
    }


def _high_value_service(scope: Scope) -> dict[str, Any]:
    """What the rules for high-value datasets ask of a service: category, contact, documentation."""
    categories = as_list(scope.dataset.get("hvd_category"))
    if not categories:
        return {}
    contacts = as_list(scope.dataset.get("contact")) or [scope.settings.contact]
    return {"hvd_category": categories, "contact": contacts, "documentation": [scope.dataset_uri]}


def _hash_algorithm(scope: Scope) -> str:
    prefix, _, digits = scope.text("hash").rpartition(":")
    return prefix or ALGORITHM_BY_DIGITS.get(len(digits), "")


DERIVED: dict[str, Callable[[Scope], Any]] = {
    "own_uri": _own_uri,
    "dataset_page": _dataset_page,
    "download_url": _download_url,
    "extension": _extension,
    "media_type": _media_type,
    "hash_algorithm": _hash_algorithm,
    "service": _service,
}
