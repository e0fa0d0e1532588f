"""What describing a dataset needs to know about the portal: a value, filled by whoever calls."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ckanext.herne.dcat_ap_de.places import places

AUTHORITY = "http://publications.europa.eu/resource/authority"
DEMO_AVAILABILITY = f"{AUTHORITY}/planned-availability/EXPERIMENTAL"
DEMO_TITLE = " (Demo, erfundene Daten)"
DEMO_DESCRIPTION = (
    "Achtung: Dieses Portal ist eine Demonstration. Mit „Demo“ gekennzeichnete Daten sind frei erfunden. "
)


@dataclass(frozen=True)
class Settings:
    """The portal as the catalogue describes it, and what stands in where a dataset is silent.

    `base_uri` is what URIs of datasets begin with if that is not the portal's address; `language` is the tag
    of plain texts (BCP 47); `issued` and `modified` are ISO 8601 dates or times; `licence` is a spelling that
    the licence register knows. `demo` marks the catalogue as one with invented data. `more` holds
    further fields of the mapping's class Catalog (rights, creator, is_part_of, ...), which go first.
    """

    site_url: str
    base_uri: str = ""
    title: str = "Open Data Herne"
    description: str = "Offene Daten der Stadt Herne"
    language: str = "de"
    languages: tuple[str, ...] = (f"{AUTHORITY}/language/DEU",)
    publisher_name: str = "Stadt Herne"
    publisher_uri: str = "https://www.herne.de"
    publisher_homepage: str = "https://www.herne.de"
    publisher_email: str = "opendata@herne.de"
    publisher_type: str = "http://purl.org/adms/publishertype/LocalAuthority"
    contributor_id: str = "http://dcat-ap.de/def/contributors/openNRW"
    licence: str = "dl-de/zero-2.0"
    availability: str = f"{AUTHORITY}/planned-availability/AVAILABLE"
    issued: str = ""
    modified: str = ""
    demo: bool = False
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def base(self) -> str:
        """What the URIs of catalogue and datasets begin with, without a slash at the end."""
        return (self.base_uri or self.site_url).rstrip("/")

    @property
    def publisher(self) -> dict[str, str]:
        """The publisher as a dataset's field `publisher` has it."""
        return {
            "uri": self.publisher_uri,
            "name": self.publisher_name,
            "type": self.publisher_type,
            "email": self.publisher_email,
            "url": self.publisher_homepage,
        }

    @property
    def contact(self) -> dict[str, str]:
        """The publisher as a dataset's field `contact` has it."""
        return {"name": self.publisher_name, "email": self.publisher_email}

    @property
    def catalogue(self) -> dict[str, Any]:
        """The catalogue's own fields, as the mapping of class Catalog names them."""
        return {
            "title": self.title + DEMO_TITLE if self.demo else self.title,
            "description": DEMO_DESCRIPTION + self.description if self.demo else self.description,
            "publisher": [self.publisher],
            "homepage": self.site_url.rstrip("/") + "/",
            "license_id": self.licence,
            "language": list(self.languages),
            "theme_taxonomy": [f"{AUTHORITY}/data-theme"],
            "availability": DEMO_AVAILABILITY if self.demo else self.availability,
            "spatial_coverage": [{"uri": uri} for uri in places()],
            "issued": self.issued,
            "modified": self.modified,
            **self.more,
        }

    @property
    def table_service(self) -> dict[str, Any]:
        """The DataStore API as a package of type data_service: the way to query every table of the portal."""
        api = f"{self.site_url.rstrip('/')}/api/3/action"
        return {
            "uri": f"{self.base}#datastore-api",
            "type": "data_service",
            "title": "DataStore-API: Tabellen abfragen",
            "title_translated": {"en": "DataStore API: query tables"},
            "notes": "Filtert, sortiert und blättert in allen Tabellen des Portals.",
            "notes_translated": {"en": "Filters, sorts and pages through all tables of the portal."},
            "endpoint_url": [f"{api}/datastore_search"],
            "endpoint_description": [f"{api}/help_show?name=datastore_search"],
            "documentation": ["https://docs.ckan.org/en/2.12/maintaining/datastore.html"],
            "url": self.site_url.rstrip("/") + "/",
            "format": ["JSON"],
            "availability": DEMO_AVAILABILITY if self.demo else self.availability,
            "access_rights": f"{AUTHORITY}/access-right/PUBLIC",
        }
