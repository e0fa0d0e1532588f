"""A dataset as schema.org's Dataset, as Google Dataset Search and its like read it on a page. Pure.

ckanext-dcat's profile `schemaorg` does not know this portal's fields: it names the organization as publisher,
leaves out places and periods, and takes 15 ms a page (this: one). What the words mean:
https://schema.org/Dataset, https://developers.google.com/search/docs/appearance/structured-data/dataset
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from ckan.plugins.toolkit import _
from ckanext.herne.dcat_ap_de.geometry import NotAGeometryError, parse
from ckanext.herne.dcat_ap_de.vocabulary import vocabulary
from ckanext.herne.dcat_ap_de.writer import dataset_uri
from ckanext.herne.licenses.register import licence
from ckanext.herne.portal.defaults import effective_licence_id

if TYPE_CHECKING:
    from ckanext.herne.dcat_ap_de.settings import Settings
    from shapely.geometry.base import BaseGeometry

Statements = dict[str, Any]

SHORTEST, LONGEST = 50, 5000  # characters of a description that Google shows
PERSONS = "PrivateIndividual"  # in the type of a publisher that is no organization


def schema_org(dataset: Statements, settings: Settings, language: str) -> Statements:
    """The statements about a public dataset as JSON-LD; texts in `language` ("de", "en") where there are."""
    publishers = [_agent(entry) for entry in dataset.get("publisher") or [settings.publisher]]
    contacts = [_said({"@type": "ContactPoint", **entry}) for entry in dataset.get("contact") or []]
    return _said(
        {
            "@context": "https://schema.org/",
            "@type": "Dataset",
            "@id": dataset_uri(dataset, settings),
            "url": urljoin(settings.site_url, f"/dataset/{dataset['name']}"),
            "name": text(dataset, "title", language),
            "description": _description(dataset, publishers[0]["name"], settings, language),
            "identifier": [dataset.get("identifier"), *(dataset.get("alternate_identifier") or [])],
            "version": dataset.get("version"),
            "keywords": _keywords(dataset, language),
            "inLanguage": languages(dataset),
            "license": licence_address(dataset.get("license_id")),
            "isAccessibleForFree": True,
            "publisher": [_said({**publisher, "contactPoint": contacts}) for publisher in publishers],
            "creator": [_agent(entry) for entry in dataset.get("creator") or []] or publishers,
            "datePublished": dataset.get("issued") or moment(dataset.get("metadata_created")),
            "dateModified": dataset.get("modified") or moment(dataset.get("metadata_modified")),
            "temporalCoverage": [_period(entry) for entry in dataset.get("temporal_coverage") or []],
            "spatialCoverage": [_place(entry) for entry in dataset.get("spatial_coverage") or []],
            "isPartOf": dataset.get("in_series"),
            "includedInDataCatalog": _catalogue(settings),
            "distribution": [
                _download(resource, dataset, settings, language) for resource in dataset.get("resources", [])
            ],
        }
    )


def text(thing: Statements, field: str, language: str) -> str:
    """A text of a dataset or resource in `language`, else in the portal's own."""
    return str((thing.get(f"{field}_translated") or {}).get(language) or thing.get(field) or "")


def languages(thing: Statements) -> list[str]:
    """The languages of a dataset or resource as BCP 47 tags: two letters where there are, else three."""
    terms = map(vocabulary("languages").by_uri, thing.get("language") or [])
    return [next((tag for tag in term.also if len(tag) == 2), term.code.lower()) for term in terms if term]


def media_type(resource: Statements) -> str:
    """The media type of a resource; its format's short name if none is known."""
    term = vocabulary("file_types").find(resource.get("format") or "")
    return str(resource.get("mimetype") or (term and term.media_type) or resource.get("format") or "")


def licence_address(licence_id: str | None) -> str:
    """The web address of a licence's text, or the URI that stands for the licence."""
    known = licence(licence_id) if licence_id else None
    return (known.url or known.uri) if known else ""


def moment(stored: str | None) -> str:
    """A time as CKAN stores it (UTC, without saying so) with its zone."""
    return f"{stored}+00:00" if stored else ""


def _said(statements: Statements) -> Statements:
    """The statements less those that say nothing, empty entries of lists included."""
    told = {
        key: [entry for entry in value if entry] if isinstance(value, list) else value
        for key, value in statements.items()
    }
    return {key: value for key, value in told.items() if value not in (None, "", [], {})}


def _description(dataset: Statements, publisher: str, settings: Settings, language: str) -> str:
    """What the dataset is about, in a length that search engines take."""
    notes = text(dataset, "notes", language).strip()
    if len(notes) >= SHORTEST:
        return notes if len(notes) <= LONGEST else f"{notes[: LONGEST - 1]}…"
    more = _("{title}: an open dataset published by {publisher}, found on the portal {portal}.")
    title = text(dataset, "title", language)
    return f"{notes}\n\n{more.format(title=title, publisher=publisher, portal=settings.title)}".strip()


def _keywords(dataset: Statements, language: str) -> list[str]:
    own = (dataset.get("tags_translated") or {}).get(language)
    themes = map(vocabulary("themes").by_uri, dataset.get("theme") or [])
    tags = own or [tag["name"] for tag in dataset.get("tags") or []]
    return [*tags, *(term.label(language) for term in themes if term)]


def _agent(entry: Statements) -> Statements:
    kind = "Person" if PERSONS in (entry.get("type") or "") else "Organization"
    names = {"@id": "uri", "name": "name", "url": "url", "email": "email"}
    return _said({"@type": kind, "name": "", **{key: entry.get(name) for key, name in names.items()}})


def _period(entry: Statements) -> str:
    """A span of time as ISO 8601 writes it; an end that is not told is open (`..`)."""
    start = entry.get("start") or entry.get("beginning")
    end = entry.get("end") or entry.get("ending")
    return f"{start or '..'}/{end or '..'}" if start or end else ""


def _place(entry: Statements) -> Statements:
    shape = _shape(entry)
    place = _said({"name": entry.get("text"), "sameAs": entry.get("uri"), "geo": shape and _geo(shape)})
    return {"@type": "Place", **place} if place else {}


def _shape(entry: Statements) -> BaseGeometry | None:
    for name in ("bbox", "geom", "centroid"):
        try:
            return parse(entry[name])
        except (KeyError, NotAGeometryError):
            continue
    return None


def _geo(shape: BaseGeometry) -> Statements:
    """A point, or the box around anything else: south, west, north, east in degrees."""
    west, south, east, north = shape.bounds
    if shape.geom_type == "Point":
        return {"@type": "GeoCoordinates", "latitude": south, "longitude": west}
    return {"@type": "GeoShape", "box": f"{south} {west} {north} {east}"}


def _catalogue(settings: Settings) -> Statements:
    about = {"name": settings.title, "url": settings.site_url, "description": settings.description}
    return {"@type": "DataCatalog", **about}


def _download(resource: Statements, dataset: Statements, settings: Settings, language: str) -> Statements:
    is_sha256 = (resource.get("hash_algorithm") or "").endswith("sha256")
    return _said(
        {
            "@type": "DataDownload",
            "name": text(resource, "name", language),
            "description": text(resource, "description", language),
            "contentUrl": urljoin(settings.site_url, resource.get("download_url") or resource.get("url")),
            "encodingFormat": media_type(resource),
            "contentSize": f"{resource['size']} B" if resource.get("size") else "",
            "sha256": resource.get("hash") if is_sha256 else "",
            "dateModified": resource.get("modified"),
            "inLanguage": languages(resource),
            "license": licence_address(effective_licence_id(resource, dataset)),
        }
    )
