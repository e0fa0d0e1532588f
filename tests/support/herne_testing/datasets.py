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
    "title_translated": {"en": "Bicycle traffic at permanent counting stations"},
    "notes": "Stundenwerte aller Zählstellen.\n\nMit **Lücken** bei Ausfall.",
    "notes_translated": {"en": "Hourly values of all stations.", "nl": "Uurwaarden van alle tellers."},
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
    "tags_translated": {"en": ["bicycle", "traffic"]},
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
    "temporal_coverage": [
        {"start": "2023-01-01", "end": "2023-12-31"},
        {"start": "2024", "beginning": "2024-01-01", "ending": "2024-12-31T23:00:00+00:00"},
    ],
    "contributor_id": [f"{DE}/contributors/openNRW"],
    "identifier": "herne-rad-1",
    "issued": "2023-02-01",
    "modified": "2024-05-02T10:00:00.123456+00:00",
    "language": [f"{EU}/language/DEU", f"{EU}/language/ENG"],
    "frequency": f"{EU}/frequency/HOURLY",
    "access_rights": f"{EU}/access-right/PUBLIC",
    "hvd_category": ["http://data.europa.eu/bna/c_b79e35eb"],
    "applicable_legislation": ["http://data.europa.eu/eli/dir/2010/40/oj", "Radverkehrsgesetz NRW"],
    "url": "https://www.herne.de/rad",
    "alternate_identifier": ["doi:10.5072/herne-rad", "Zählstellen 7"],
    "version": "2.1",
    "version_notes": "Station 4 ist dazugekommen.",
    "related_resource": ["https://www.herne.de/rad/karte"],
    "documentation": ["https://www.herne.de/rad/handbuch.pdf"],
    "conforms_to": ["http://www.opengis.net/doc/is/sensorthings/1.1", "Hausnorm der Zählstellen"],
    "provenance": ["Gezählt mit Induktionsschleifen."],
    "dcat_type": [f"{EU}/dataset-type/STATISTICAL"],
    "was_generated_by": ["Zählung der Dauerzählstellen"],
    "spatial_resolution_in_meters": "2.5",
    "temporal_resolution": "PT1H",
    "qualified_attribution": [
        {
            "role": "http://inspire.ec.europa.eu/metadata-codelist/ResponsiblePartyRole/processor",
            "name": "Rechenzentrum",
            "email": "rz@herne.de",
        }
    ],
    "qualified_relation": [
        {
            "role": "http://www.iana.org/assignments/relation/related",
            "relation": "https://www.herne.de/rad/karte",
        }
    ],
    "is_referenced_by": ["https://doi.org/10.5072/aufsatz"],
    "references": ["https://www.herne.de/rad/bericht"],
    "musterdatensatz": "https://musterdatenkatalog.de/def/musterdatensatz/verkehr/radverkehr/messung",
    "source": [f"{SITE}/dataset/0b0e7c1e-0000-4000-8000-000000000005"],
    "has_version": [f"{SITE}/dataset/0b0e7c1e-0000-4000-8000-000000000005"],
    "sample": [
        {
            "uri": f"{SITE}/dataset/0b0e7c1e-0000-4000-8000-000000000002/resource/sample-1",
            "url": "https://www.herne.de/rad/probe.csv",
            "download_url": "https://www.herne.de/rad/probe.csv",
            "name": "Zehn Zeilen zur Probe",
            "license_id": "dl-de/zero-2.0",
            "license_attribution_by_text": "Stadt Herne",
            "availability": f"{EU}/planned-availability/STABLE",
            "modified": "2024-05-02",
            "format": "CSV",
            "mimetype": "text/csv",
        }
    ],
    "creator": [{"name": "Fachbereich Tiefbau und Verkehr", "url": "https://www.herne.de/tiefbau"}],
    "contributor": [{"name": "Statistikstelle", "email": "statistik@herne.de"}],
    "originator": [{"name": "Zählstellen GmbH"}],
    "custodian": [{"name": "IT der Stadt Herne"}],
    "in_series": [f"{SITE}/dataset/0b0e7c1e-0000-4000-8000-000000000003"],
    "license_id": "dl-de/by-2.0",
    "license_attribution_by_text": "Stadt Herne",
    "resources": [
        {
            "uri": f"{SITE}/dataset/0b0e7c1e-0000-4000-8000-000000000002/resource/a",
            "url": "https://www.herne.de/rad/2023.csv",
            "download_url": "https://www.herne.de/rad/2023.csv",
            "name": "Stundenwerte 2023",
            "name_translated": {"en": "Hourly values 2023"},
            "description": "Eine Zeile je Stunde und Zählstelle.",
            "description_translated": {"en": "One row per hour and station."},
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
            "documentation": ["https://www.herne.de/rad/spalten.html"],
            "rights": "Ohne Gewähr.",
            "conforms_to": ["https://www.w3.org/TR/tabular-data-model/"],
            "compress_format": "application/gzip",
            "package_format": "application/zip",
            "policy": "https://www.herne.de/rad/regeln",
            "status": f"{EU}/distribution-status/COMPLETED",
            "spatial_resolution_in_meters": "10",
            "temporal_resolution": "PT1H",
            "applicable_legislation": ["http://data.europa.eu/eli/dir/2010/40/oj"],
        },
        {
            "uri": f"{SITE}/dataset/0b0e7c1e-0000-4000-8000-000000000002/resource/b",
            "url": "https://geo.herne.de/wfs?SERVICE=WFS&REQUEST=GetCapabilities",
            "name": "Zählstellen als WFS",
            "format": "WFS",
            "license_id": "dl-de/zero-2.0",
            "modified": "2024-05-02",
            "access_services": [
                {
                    "title": "Dienst der Zählstellen",
                    "title_translated": {"en": "Service of the counting stations"},
                    "endpoint_url": ["https://geo.herne.de/wfs?SERVICE=WFS&REQUEST=GetCapabilities"],
                    "endpoint_description": ["https://geo.herne.de/wfs/hilfe"],
                    "publisher": [{"name": "Vermessung der Stadt Herne"}],
                    "serves_dataset": [f"{SITE}/dataset/0b0e7c1e-0000-4000-8000-000000000002"],
                    "notes": "Auskunft über Lage und Stand.",
                    "license_id": "dl-de/zero-2.0",
                    "availability": f"{EU}/planned-availability/STABLE",
                    "access_rights": f"{EU}/access-right/PUBLIC",
                    "format": ["GeoJSON", "GML"],
                    "applicable_legislation": ["http://data.europa.eu/eli/dir/2007/2/oj"],
                    "hvd_category": ["http://data.europa.eu/bna/c_b79e35eb"],
                    "contact": [{"name": "Vermessung", "email": "vermessung@herne.de"}],
                    "documentation": ["https://geo.herne.de/wfs/hilfe"],
                }
            ],
        },
        {
            "uri": f"{SITE}/dataset/0b0e7c1e-0000-4000-8000-000000000002/resource/c",
            "url": "https://www.herne.de/rad/2023.parquet",
            "download_url": "https://www.herne.de/rad/2023.parquet",
            "name": "Stundenwerte 2023 (Parquet)",
            "format": "Parquet",
            "mimetype": "application/vnd.apache.parquet",
            "modified": "2024-05-02",
        },
    ],
    "catalog_record": {
        "uri": "https://alt.example.org/eintrag/7",
        "title": "Eintrag im alten Portal",
        "description": "Von Hand gepflegt.",
        "issued": "2019-01-01",
        "modified": "2022-03-04",
        "language": [f"{EU}/language/DEU"],
        "conforms_to": ["https://www.dcat-ap.de/def/dcatde/2.0/spec/"],
        "status": "http://publications.europa.eu/resource/authority/concept-status/CURRENT",
        "primary_topic": "https://alt.example.org/datensatz/7",
    },
}

SERIES: dict[str, Any] = {
    "id": "0b0e7c1e-0000-4000-8000-000000000003",
    "uri": f"{SITE}/dataset/0b0e7c1e-0000-4000-8000-000000000003",
    "type": "dataset_series",
    "title": "Radverkehr Jahr für Jahr",
    "title_translated": {"en": "Bicycle traffic year by year"},
    "notes": "Ein Datensatz je Jahr.",
    "publisher": MAXIMAL["publisher"],
    "contact": [{"name": "Statistikstelle", "email": "statistik@herne.de"}],
    "spatial_coverage": MAXIMAL["spatial_coverage"][:2],
    "temporal_coverage": [{"start": "2019"}],
    "frequency": f"{EU}/frequency/ANNUAL",
    "issued": "2019-05-01",
    "modified": "2024-05-01",
    "applicable_legislation": ["http://data.europa.eu/eli/dir/2010/40/oj"],
    "hvd_category": ["http://data.europa.eu/bna/c_b79e35eb"],
    "contributor_id": [f"{DE}/contributors/openNRW"],
    "identifier": "herne-rad-reihe",
    "theme": [f"{EU}/data-theme/TRAN"],
    "tags": [{"name": "fahrrad"}],
    "url": "https://www.herne.de/rad/reihe",
}

SERVICE: dict[str, Any] = {
    "id": "0b0e7c1e-0000-4000-8000-000000000004",
    "uri": f"{SITE}/dataset/0b0e7c1e-0000-4000-8000-000000000004",
    "type": "data_service",
    "title": "SensorThings der Zählstellen",
    "title_translated": {"en": "SensorThings of the counting stations"},
    "notes": "Messwerte der letzten 90 Tage.",
    "endpoint_url": ["https://sensoren.herne.de/v1.1"],
    "endpoint_description": ["https://sensoren.herne.de/v1.1/api"],
    "publisher": MAXIMAL["publisher"],
    "contact": [{"email": "verkehr@herne.de", "url": "https://www.herne.de/kontakt"}],
    "serves_dataset": [f"{SITE}/dataset/0b0e7c1e-0000-4000-8000-000000000005"],
    "license_id": "dl-de/zero-2.0",
    "availability": f"{EU}/planned-availability/STABLE",
    "access_rights": f"{EU}/access-right/PUBLIC",
    "format": ["JSON"],
    "conforms_to": ["http://www.opengis.net/doc/is/sensorthings/1.1"],
    "documentation": ["https://www.herne.de/rad/schnittstelle"],
    "hvd_category": ["http://data.europa.eu/bna/c_b79e35eb"],
    "theme": [f"{EU}/data-theme/TRAN"],
    "contributor_id": [f"{DE}/contributors/openNRW"],
    "identifier": "herne-rad-dienst",
    "issued": "2023-02-01",
    "modified": "2024-05-02",
    "url": "https://www.herne.de/rad/dienst",
}

FORMER: dict[str, Any] = {
    **MINIMAL,
    "id": "0b0e7c1e-0000-4000-8000-000000000005",
    "name": "radverkehr-2022",
    "title": "Radverkehr 2022",
    "hvd_category": ["http://data.europa.eu/bna/c_b79e35eb"],
}

# The other packages of the portal that MAXIMAL and SERVICE refer to, by their URIs.
RELATED = {SERIES["uri"]: SERIES, f"{SITE}/dataset/{FORMER['id']}": FORMER}


def minimal(**changes: Any) -> dict[str, Any]:
    """The minimal dataset with some fields replaced."""
    return {**copy.deepcopy(MINIMAL), **changes}


def maximal(**changes: Any) -> dict[str, Any]:
    """The maximal dataset with some fields replaced."""
    return {**copy.deepcopy(MAXIMAL), **changes}


def resource(**changes: Any) -> dict[str, Any]:
    """The minimal dataset's resource with some fields replaced."""
    return {**copy.deepcopy(MINIMAL["resources"][0]), **changes}
