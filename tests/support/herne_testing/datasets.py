"""Dataset dicts as `package_show` gives them, and the settings of an imaginary portal."""

import copy
from typing import Any

from ckanext.herne.dcat_ap_de import Settings

EU = "http://publications.europa.eu/resource/authority"
DE = "http://dcat-ap.de/def"
SITE = "https://opendata.example.org"
SETTINGS = Settings(site_url=SITE, issued="2024-01-01", modified="2024-06-01T08:00:00+00:00")

BBOX = (
    '{"type":"Polygon","coordinates":[[[7.296311,51.503117],[7.296311,51.573406],'
    "[7.123447,51.573406],[7.123447,51.503117],[7.296311,51.503117]]]}"
)

MINIMAL: dict[str, Any] = {
    "id": "0b0e7c1e-0000-4000-8000-000000000001",
    "name": "minimal",
    "title": "Minimal",
    "notes": "Nur was sein muss.",
    "license_id": "dl-de/zero-2.0",
    "metadata_created": "2024-05-01T10:00:00.000000",
    "metadata_modified": "2024-05-02T10:00:00.123456",
    "resources": [{"id": "00000000-0000-4000-8000-00000000000a", "url": "https://example.org/daten"}],
}

# Every field of the mapping, each as the dict stores it: it survives a round trip unchanged.
MAXIMAL: dict[str, Any] = {
    "id": "0b0e7c1e-0000-4000-8000-000000000002",
    "uri": f"{SITE}/dataset/0b0e7c1e-0000-4000-8000-000000000002",
    "title": "Radverkehr an Dauerzählstellen",
    "notes": "Stundenwerte aller Zählstellen.\n\nMit **Lücken** bei Ausfall.",
    "publisher": [
        {
            "uri": "https://www.herne.de",
            "name": "Stadt Herne",
            "type": "http://purl.org/adms/publishertype/LocalAuthority",
            "email": "opendata@herne.de",
            "url": "https://www.herne.de",
        }
    ],
    "contact": [
        {
            "name": "Fachbereich Tiefbau und Verkehr",
            "email": "verkehr@herne.de",
            "url": "https://www.herne.de/kontakt?thema=rad",
            "telephone": "+49-2323-16-0",
        },
        {"name": "Statistikstelle", "email": "statistik@herne.de"},
    ],
    "tags": [{"name": "fahrrad"}, {"name": "verkehr"}],
    "theme": [f"{EU}/data-theme/ENVI", f"{EU}/data-theme/TRAN"],
    "availability": f"{EU}/planned-availability/STABLE",
    "political_geocoding_level_uri": [f"{DE}/politicalGeocoding/Level/municipality"],
    "spatial_coverage": [
        {
            "uri": f"{DE}/politicalGeocoding/districtKey/05916",
            "text": "Herne, kreisfreie Stadt",
            "bbox": BBOX,
        },
        {"uri": f"{DE}/politicalGeocoding/municipalityKey/05916000", "text": "Herne", "bbox": BBOX},
        {
            "text": "Wanne-Eickel Hbf",
            "centroid": '{"type":"Point","coordinates":[7.166,51.531]}',
            "geom": '{"type":"Point","coordinates":[7.166,51.531]}',
        },
    ],
    "temporal_coverage": [{"start": "2023-01-01", "end": "2023-12-31"}, {"start": "2024"}],
    "contributor_id": [f"{DE}/contributors/openNRW"],
    "identifier": "herne-rad-1",
    "issued": "2023-02-01",
    "modified": "2024-05-02T10:00:00.123456+00:00",
    "language": [f"{EU}/language/DEU", f"{EU}/language/ENG"],
    "frequency": f"{EU}/frequency/HOURLY",
    "access_rights": f"{EU}/access-right/PUBLIC",
    "hvd_category": ["http://data.europa.eu/bna/c_b79e35eb"],
    "applicable_legislation": ["http://data.europa.eu/eli/reg_impl/2023/138/oj"],
    "url": "https://www.herne.de/rad",
    "license_id": "dl-de/by-2.0",
    "license_attribution_by_text": "Stadt Herne",
    "resources": [
        {
            "uri": f"{SITE}/dataset/0b0e7c1e-0000-4000-8000-000000000002/resource/a",
            "url": "https://www.herne.de/rad/2023.csv",
            "download_url": "https://www.herne.de/rad/2023.csv",
            "name": "Stundenwerte 2023",
            "description": "Eine Zeile je Stunde und Zählstelle.",
            "format": "CSV",
            "mimetype": "text/csv",
            "license_attribution_by_text": "Stadt Herne, Verkehr",
            "availability": f"{EU}/planned-availability/AVAILABLE",
            "issued": "2023-02-01",
            "modified": "2024-05-02",
            "language": [f"{EU}/language/DEU"],
            "size": 123456,
            "hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "hash_algorithm": "http://spdx.org/rdf/terms#checksumAlgorithm_sha256",
            "applicable_legislation": ["http://data.europa.eu/eli/reg_impl/2023/138/oj"],
        },
        {
            "uri": f"{SITE}/dataset/0b0e7c1e-0000-4000-8000-000000000002/resource/b",
            "url": "https://geo.herne.de/wfs?SERVICE=WFS&REQUEST=GetCapabilities",
            "name": "Zählstellen als WFS",
            "format": "WFS",
            "license_id": "dl-de/zero-2.0",
            "modified": "2024-05-02",
            "applicable_legislation": ["http://data.europa.eu/eli/reg_impl/2023/138/oj"],
        },
        {
            "uri": f"{SITE}/dataset/0b0e7c1e-0000-4000-8000-000000000002/resource/c",
            "url": "https://www.herne.de/rad/2023.parquet",
            "download_url": "https://www.herne.de/rad/2023.parquet",
            "name": "Stundenwerte 2023 (Parquet)",
            "format": "Parquet",
            "mimetype": "application/vnd.apache.parquet",
            "modified": "2024-05-02",
            "applicable_legislation": ["http://data.europa.eu/eli/reg_impl/2023/138/oj"],
        },
    ],
}


def minimal(**changes: Any) -> dict[str, Any]:
    """The minimal dataset with some fields replaced."""
    return {**copy.deepcopy(MINIMAL), **changes}


def maximal(**changes: Any) -> dict[str, Any]:
    """The maximal dataset with some fields replaced."""
    return {**copy.deepcopy(MAXIMAL), **changes}


def resource(**changes: Any) -> dict[str, Any]:
    """The minimal dataset's resource with some fields replaced."""
    return {**copy.deepcopy(MINIMAL["resources"][0]), **changes}
