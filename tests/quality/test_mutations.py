"""A good record is spoilt in one place at a time: each mutation names the rule that has to notice.

What the official shapes call a violation, ours must call one at the same node and property.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import pyshacl
import pytest
from ckanext.herne.dcat_ap_de import describe
from ckanext.herne.quality import validate
from ckanext.herne.quality.rules import rules
from herne_testing.datasets import DE, EU, MAXIMAL, SETTINGS, minimal
from herne_testing.needs import SHARED
from rdflib import DCAT, DCTERMS, FOAF, RDF, SH, XSD, BNode, Graph, Literal, Namespace, Node, URIRef

DCATAP = Namespace("http://data.europa.eu/r5r/")
DCATDE = Namespace(f"{DE}/dcatde/")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
LOCN = Namespace("http://www.w3.org/ns/locn#")
ADMS = Namespace("http://www.w3.org/ns/adms#")
WKT = URIRef("http://www.opengis.net/ont/geosparql#wktLiteral")
ME = URIRef(MAXIMAL["uri"])
FILE = URIRef(MAXIMAL["resources"][0]["uri"])
SERVICE = URIRef(MAXIMAL["resources"][1]["uri"])
CATALOGUE = URIRef("https://opendata.example.org")
PUBLISHER = URIRef("https://www.herne.de")
CONTACT = URIRef(f"{ME}#contact-1")
PERIOD = URIRef(f"{ME}#period-1")
PLACE = URIRef(f"{ME}#place-3")
CHECKSUM = URIRef(f"{FILE}#checksum-1")
THING = URIRef("https://example.org/x")
SERIES = URIRef(f"{DCAT}DatasetSeries")
VIOLATION, WARNING = "Violation", "Warning"
FORMAT, TITLE = DCTERMS["format"], DCTERMS.title

Spoil = Callable[[Graph], object]


@dataclass(frozen=True)
class Mutation:
    """`spoil` breaks `rule` (its name in the shapes) with `severity`."""

    rule: str
    severity: str
    spoil: Spoil


def without(subject: Node, predicate: URIRef) -> Spoil:
    return lambda graph: graph.remove((subject, predicate, None))


def plus(subject: Node, predicate: URIRef, *values: Node) -> Spoil:
    return lambda graph: [graph.add((subject, predicate, value)) for value in values]


def instead(subject: Node, predicate: URIRef, value: Node) -> Spoil:
    return lambda graph: graph.set((subject, predicate, value))


def untyped(node: Node, kind: URIRef) -> Spoil:
    return lambda graph: graph.remove((node, RDF.type, kind))


def both(*spoils: Spoil) -> Spoil:
    return lambda graph: [spoil(graph) for spoil in spoils]


def date(text: str, datatype: URIRef = XSD.date) -> Literal:
    return Literal(text, datatype=datatype, normalize=False)


MUTATIONS = {
    "dataset without title": Mutation("Dataset-title", VIOLATION, without(ME, TITLE)),
    "title of blanks": Mutation("Dataset-title", VIOLATION, instead(ME, TITLE, Literal("  "))),
    "title is a URI": Mutation("Dataset-title", VIOLATION, instead(ME, TITLE, THING)),
    "dataset without description": Mutation(
        "Dataset-description", VIOLATION, without(ME, DCTERMS.description)
    ),
    "dataset without publisher": Mutation("Dataset-publisher", VIOLATION, without(ME, DCTERMS.publisher)),
    "publisher is a text": Mutation(
        "Dataset-publisher", VIOLATION, instead(ME, DCTERMS.publisher, Literal("Stadt Herne"))
    ),
    "two publishers": Mutation(
        "Dataset-publisher",
        VIOLATION,
        both(
            plus(ME, DCTERMS.publisher, THING),
            plus(THING, RDF.type, FOAF.Agent),
            plus(THING, FOAF.name, Literal("B")),
        ),
    ),
    "publisher is no agent": Mutation(
        "Dataset-publisher",
        VIOLATION,
        both(untyped(PUBLISHER, FOAF.Agent), untyped(PUBLISHER, FOAF.Organization)),
    ),
    "agent without name": Mutation("Agent-name", VIOLATION, without(PUBLISHER, FOAF.name)),
    "agent of an unknown type": Mutation("Agent-type", VIOLATION, instead(PUBLISHER, DCTERMS.type, THING)),
    "agent of two types": Mutation(
        "Agent-type-once",
        VIOLATION,
        plus(PUBLISHER, DCTERMS.type, URIRef("http://purl.org/adms/publishertype/Company")),
    ),
    "no contributorID": Mutation("Dataset-contributorID", VIOLATION, without(ME, DCATDE.contributorID)),
    "foreign contributorID only": Mutation(
        "Dataset-contributorID", VIOLATION, instead(ME, DCATDE.contributorID, THING)
    ),
    "contributorID not in the list": Mutation(
        "Dataset-contributorID",
        VIOLATION,
        instead(ME, DCATDE.contributorID, URIRef(f"{DE}/contributors/stadtHerne")),
    ),
    "two contributorIDs": Mutation(
        "Dataset-contributorID-once",
        VIOLATION,
        plus(ME, DCATDE.contributorID, URIRef(f"{DE}/contributors/govData")),
    ),
    "contributorID as text": Mutation(
        "Dataset-contributorID-iri", VIOLATION, plus(ME, DCATDE.contributorID, Literal("openNRW"))
    ),
    "no resource": Mutation("Dataset-has-data", VIOLATION, without(ME, DCAT.distribution)),
    "resource is elsewhere": Mutation("Dataset-distribution", VIOLATION, plus(ME, DCAT.distribution, THING)),
    "no keyword": Mutation("Dataset-keyword-recommended", WARNING, without(ME, DCAT.keyword)),
    "keyword is a URI": Mutation("Dataset-keyword", VIOLATION, plus(ME, DCAT.keyword, THING)),
    "no theme": Mutation("Dataset-theme-recommended", WARNING, without(ME, DCAT.theme)),
    "unknown theme": Mutation(
        "Dataset-theme", VIOLATION, plus(ME, DCAT.theme, URIRef(f"{EU}/data-theme/FUN"))
    ),
    "theme with https": Mutation(
        "Dataset-theme",
        VIOLATION,
        instead(ME, DCAT.theme, URIRef("https://publications.europa.eu/resource/authority/data-theme/TRAN")),
    ),
    "availability of the old list": Mutation(
        "Dataset-availability",
        VIOLATION,
        instead(ME, DCATAP.availability, URIRef(f"{DE}/plannedAvailability/stable")),
    ),
    "two availabilities": Mutation(
        "Dataset-availability-once",
        VIOLATION,
        plus(ME, DCATAP.availability, URIRef(f"{EU}/planned-availability/TEMPORARY")),
    ),
    "unknown level": Mutation(
        "Dataset-geocoding-level", WARNING, instead(ME, DCATDE.politicalGeocodingLevelURI, THING)
    ),
    "level as text": Mutation(
        "Dataset-geocoding-level-iri",
        VIOLATION,
        instead(ME, DCATDE.politicalGeocodingLevelURI, Literal("Kommune")),
    ),
    "place as text": Mutation("Dataset-spatial-node", VIOLATION, plus(ME, DCTERMS.spatial, Literal("Herne"))),
    "place without type": Mutation("Dataset-spatial", WARNING, plus(ME, DCTERMS.spatial, THING)),
    "two boxes": Mutation(
        "Location-bbox",
        VIOLATION,
        both(
            plus(
                PLACE, DCAT.bbox, Literal("POINT (7 51)", datatype=WKT), Literal("POINT (8 51)", datatype=WKT)
            )
        ),
    ),
    "centroid as URI": Mutation("Location-centroid", VIOLATION, instead(PLACE, DCAT.centroid, THING)),
    "geometry as literal": Mutation(
        "Location-geometry", VIOLATION, instead(PLACE, LOCN.geometry, Literal("POINT (7 51)", datatype=WKT))
    ),
    "period without type": Mutation("Dataset-temporal", VIOLATION, untyped(PERIOD, DCTERMS.PeriodOfTime)),
    "period without bounds": Mutation(
        "Period-bounded", VIOLATION, both(without(PERIOD, DCAT.startDate), without(PERIOD, DCAT.endDate))
    ),
    "start is a text": Mutation(
        "Period-start", VIOLATION, instead(PERIOD, DCAT.startDate, Literal("Anfang 2023"))
    ),
    "start is 31 February": Mutation(
        "Period-start", VIOLATION, instead(PERIOD, DCAT.startDate, date("2023-02-31"))
    ),
    "two starts": Mutation("Period-start-once", VIOLATION, plus(PERIOD, DCAT.startDate, date("2022-01-01"))),
    "end is a URI": Mutation("Period-end", VIOLATION, instead(PERIOD, DCAT.endDate, THING)),
    "modified without datatype": Mutation(
        "Dataset-modified", VIOLATION, instead(ME, DCTERMS.modified, Literal("2024-01-01"))
    ),
    "modified yesterday": Mutation(
        "Dataset-modified", VIOLATION, instead(ME, DCTERMS.modified, date("gestern"))
    ),
    "modified twice": Mutation(
        "Dataset-modified-once", VIOLATION, plus(ME, DCTERMS.modified, date("2020-01-01"))
    ),
    "never modified": Mutation("Dataset-modified-recommended", WARNING, without(ME, DCTERMS.modified)),
    "issued twice": Mutation("Dataset-issued-once", VIOLATION, plus(ME, DCTERMS.issued, date("2020-01-01"))),
    "no identifier": Mutation("Dataset-identifier-recommended", WARNING, without(ME, DCTERMS.identifier)),
    "identifier is a URI": Mutation("Dataset-identifier", VIOLATION, instead(ME, DCTERMS.identifier, THING)),
    "language as text": Mutation("Dataset-language", VIOLATION, instead(ME, DCTERMS.language, Literal("de"))),
    "language of another list": Mutation(
        "Dataset-language", VIOLATION, plus(ME, DCTERMS.language, URIRef("http://lexvo.org/id/iso639-3/deu"))
    ),
    "unknown frequency": Mutation(
        "Dataset-frequency",
        VIOLATION,
        instead(ME, DCTERMS.accrualPeriodicity, URIRef(f"{EU}/frequency/SOMETIMES")),
    ),
    "frequency as text": Mutation(
        "Dataset-frequency", VIOLATION, instead(ME, DCTERMS.accrualPeriodicity, Literal("täglich"))
    ),
    "two frequencies": Mutation(
        "Dataset-frequency-once",
        VIOLATION,
        plus(ME, DCTERMS.accrualPeriodicity, URIRef(f"{EU}/frequency/DAILY")),
    ),
    "access rights as text": Mutation(
        "Dataset-access-rights", VIOLATION, instead(ME, DCTERMS.accessRights, Literal("frei"))
    ),
    "landing page as text": Mutation(
        "Dataset-landing-page", VIOLATION, instead(ME, DCAT.landingPage, Literal("www.herne.de"))
    ),
    "contact without type": Mutation("Dataset-contact", VIOLATION, untyped(CONTACT, VCARD.Kind)),
    "contact with a telephone only": Mutation(
        "Contact-reachable", VIOLATION, both(without(CONTACT, VCARD.hasEmail), without(CONTACT, VCARD.hasURL))
    ),
    "contact with a name only": Mutation(
        "Contact-reachable",
        VIOLATION,
        both(
            without(CONTACT, VCARD.hasEmail),
            without(CONTACT, VCARD.hasURL),
            without(CONTACT, VCARD.hasTelephone),
        ),
    ),
    "contact's e-mail as text": Mutation(
        "Contact-email", VIOLATION, instead(CONTACT, VCARD.hasEmail, Literal("a@b.de"))
    ),
    "contact's e-mail without mailto": Mutation(
        "Contact-email", VIOLATION, instead(CONTACT, VCARD.hasEmail, URIRef("https://herne.de/a@b.de"))
    ),
    "contact with two names": Mutation("Contact-name", VIOLATION, plus(CONTACT, VCARD.fn, Literal("B"))),
    "no contact": Mutation("Dataset-contact-recommended", WARNING, without(ME, DCAT.contactPoint)),
    "resource without address": Mutation("Distribution-access-url", VIOLATION, without(FILE, DCAT.accessURL)),
    "address as text": Mutation(
        "Distribution-access-url", VIOLATION, instead(FILE, DCAT.accessURL, Literal("https://x.org"))
    ),
    "address without scheme": Mutation(
        "Distribution-access-url", VIOLATION, instead(FILE, DCAT.accessURL, URIRef("www.herne.de"))
    ),
    "download as text": Mutation(
        "Distribution-download-url", VIOLATION, instead(FILE, DCAT.downloadURL, Literal("a.csv"))
    ),
    "no licence": Mutation("Distribution-license", VIOLATION, without(FILE, DCTERMS.license)),
    "two licences": Mutation(
        "Distribution-license", VIOLATION, plus(FILE, DCTERMS.license, URIRef(f"{DE}/licenses/cc-zero"))
    ),
    "licence as text": Mutation(
        "Distribution-license", VIOLATION, instead(FILE, DCTERMS.license, Literal("CC0"))
    ),
    "licence with a slash": Mutation(
        "Distribution-license-known",
        WARNING,
        instead(FILE, DCTERMS.license, URIRef(f"{DE}/licenses/cc-zero/")),
    ),
    "attribution text missing": Mutation(
        "Distribution-attributed", VIOLATION, without(FILE, DCATDE.licenseAttributionByText)
    ),
    "unknown format": Mutation(
        "Distribution-format", VIOLATION, instead(FILE, FORMAT, URIRef(f"{EU}/file-type/TABELLE"))
    ),
    "format as text": Mutation("Distribution-format", VIOLATION, instead(FILE, FORMAT, Literal("CSV"))),
    "two formats": Mutation(
        "Distribution-format-once", VIOLATION, plus(FILE, FORMAT, URIRef(f"{EU}/file-type/XML"))
    ),
    "no format": Mutation("Distribution-format-recommended", WARNING, without(FILE, FORMAT)),
    "media type as text": Mutation(
        "Distribution-media-type", VIOLATION, instead(FILE, DCAT.mediaType, Literal("text/csv"))
    ),
    "size with decimals": Mutation(
        "Distribution-size", VIOLATION, instead(FILE, DCAT.byteSize, Literal("1.5", datatype=XSD.decimal))
    ),
    "checksum as text": Mutation(
        "Distribution-checksum", VIOLATION, instead(FILE, SPDX.checksum, Literal("abc"))
    ),
    "checksum without value": Mutation("Checksum-value", VIOLATION, without(CHECKSUM, SPDX.checksumValue)),
    "checksum not hexadecimal": Mutation(
        "Checksum-value", VIOLATION, instead(CHECKSUM, SPDX.checksumValue, Literal("xyz"))
    ),
    "checksum without algorithm": Mutation(
        "Checksum-algorithm", VIOLATION, without(CHECKSUM, SPDX.algorithm)
    ),
    "resource modified yesterday": Mutation(
        "Distribution-modified", VIOLATION, instead(FILE, DCTERMS.modified, Literal("gestern"))
    ),
    "resource without title": Mutation("Distribution-title-recommended", WARNING, without(FILE, TITLE)),
    "status of the old list": Mutation(
        "Distribution-status",
        VIOLATION,
        plus(FILE, ADMS.status, URIRef("http://purl.org/adms/status/Completed")),
    ),
    "HVD without regulation": Mutation(
        "Dataset-hvd-needs-regulation", VIOLATION, without(ME, DCATAP.applicableLegislation)
    ),
    "HVD without category": Mutation(
        "Dataset-hvd-needs-category", VIOLATION, without(ME, DCATAP.hvdCategory)
    ),
    "deprecated geocoding": Mutation(
        "Dataset-deprecated-geocodingURI", WARNING, plus(ME, DCATDE.politicalGeocodingURI, THING)
    ),
    "deprecated originator": Mutation(
        "Dataset-deprecated-originator", WARNING, plus(ME, DCATDE.originator, PUBLISHER)
    ),
    "catalogue without title": Mutation("Catalog-title", VIOLATION, without(CATALOGUE, TITLE)),
    "catalogue without description": Mutation(
        "Catalog-description", VIOLATION, without(CATALOGUE, DCTERMS.description)
    ),
    "catalogue without publisher": Mutation(
        "Catalog-publisher", VIOLATION, without(CATALOGUE, DCTERMS.publisher)
    ),
    "catalogue of a foreign dataset": Mutation(
        "Catalog-dataset", VIOLATION, plus(CATALOGUE, DCAT.dataset, THING)
    ),
    "catalogue with two home pages": Mutation(
        "Catalog-homepage", VIOLATION, plus(CATALOGUE, FOAF.homepage, THING)
    ),
    "catalogue's language as text": Mutation(
        "Catalog-language", VIOLATION, instead(CATALOGUE, DCTERMS.language, Literal("de"))
    ),
    "series without publisher": Mutation("DatasetSeries-publisher", VIOLATION, plus(THING, RDF.type, SERIES)),
    "service without address": Mutation(
        "DataService-endpoint", VIOLATION, plus(THING, RDF.type, DCAT.DataService)
    ),
    "record without topic": Mutation(
        "Record-topic", VIOLATION, plus(BNode("r"), RDF.type, DCAT.CatalogRecord)
    ),
    "series without title": Mutation("DatasetSeries-title", VIOLATION, plus(THING, RDF.type, SERIES)),
    "series without description": Mutation(
        "DatasetSeries-description", VIOLATION, plus(THING, RDF.type, SERIES)
    ),
    "service without title": Mutation(
        "DataService-title", VIOLATION, plus(THING, RDF.type, DCAT.DataService)
    ),
    "service without publisher": Mutation(
        "DataService-publisher", VIOLATION, plus(THING, RDF.type, DCAT.DataService)
    ),
    "record without date": Mutation(
        "Record-modified", VIOLATION, plus(BNode("r"), RDF.type, DCAT.CatalogRecord)
    ),
    "unknown HVD category": Mutation("Dataset-hvd-category", VIOLATION, plus(ME, DCATAP.hvdCategory, THING)),
    "two access rights": Mutation(
        "Dataset-access-rights-once",
        VIOLATION,
        plus(ME, DCTERMS.accessRights, URIRef(f"{EU}/access-right/RESTRICTED")),
    ),
    "issued is a text": Mutation("Dataset-issued", VIOLATION, instead(ME, DCTERMS.issued, Literal("2024"))),
    "legislation as text": Mutation(
        "Dataset-legislation", VIOLATION, plus(ME, DCATAP.applicableLegislation, Literal("EU 2023/138"))
    ),
    "two ends": Mutation("Period-end-once", VIOLATION, plus(PERIOD, DCAT.endDate, date("2026-01-01"))),
    "contact's link as text": Mutation(
        "Contact-url", VIOLATION, instead(CONTACT, VCARD.hasURL, Literal("herne.de"))
    ),
    "telephone as text": Mutation(
        "Contact-telephone", VIOLATION, instead(CONTACT, VCARD.hasTelephone, Literal("02323"))
    ),
    "resource's old availability": Mutation(
        "Distribution-availability",
        VIOLATION,
        instead(FILE, DCATAP.availability, URIRef(f"{DE}/plannedAvailability/stable")),
    ),
    "resource's two availabilities": Mutation(
        "Distribution-availability-once",
        VIOLATION,
        plus(FILE, DCATAP.availability, URIRef(f"{EU}/planned-availability/TEMPORARY")),
    ),
    "resource's language as text": Mutation(
        "Distribution-language", VIOLATION, instead(FILE, DCTERMS.language, Literal("de"))
    ),
    "resource of two states": Mutation(
        "Distribution-status-once",
        VIOLATION,
        plus(
            FILE,
            ADMS.status,
            URIRef(f"{EU}/distribution-status/DEVELOP"),
            URIRef(f"{EU}/distribution-status/COMPLETED"),
        ),
    ),
    "resource issued yesterday": Mutation(
        "Distribution-issued", VIOLATION, instead(FILE, DCTERMS.issued, date("gestern"))
    ),
    "resource issued twice": Mutation(
        "Distribution-issued-once", VIOLATION, plus(FILE, DCTERMS.issued, date("2020-01-01"))
    ),
    "resource modified twice": Mutation(
        "Distribution-modified-once", VIOLATION, plus(FILE, DCTERMS.modified, date("2020-01-01"))
    ),
    "resource's legislation as text": Mutation(
        "Distribution-legislation", VIOLATION, plus(FILE, DCATAP.applicableLegislation, Literal("HVD"))
    ),
    "attribution is a URI": Mutation(
        "Distribution-attribution", VIOLATION, instead(FILE, DCATDE.licenseAttributionByText, THING)
    ),
    "resource's title is a URI": Mutation("Distribution-title", VIOLATION, instead(FILE, TITLE, THING)),
    "resource's description is a URI": Mutation(
        "Distribution-description", VIOLATION, instead(FILE, DCTERMS.description, THING)
    ),
    "compression as text": Mutation(
        "Distribution-compress-format", VIOLATION, plus(FILE, DCAT.compressFormat, Literal("gzip"))
    ),
    "package format of another list": Mutation(
        "Distribution-package-format", VIOLATION, plus(FILE, DCAT.packageFormat, THING)
    ),
    "catalogue with two licences": Mutation(
        "Catalog-license", VIOLATION, plus(CATALOGUE, DCTERMS.license, URIRef(f"{DE}/licenses/cc-zero"))
    ),
    "catalogue's old availability": Mutation(
        "Catalog-availability", VIOLATION, instead(CATALOGUE, DCATAP.availability, THING)
    ),
    "catalogue's two availabilities": Mutation(
        "Catalog-availability-once",
        VIOLATION,
        plus(CATALOGUE, DCATAP.availability, URIRef(f"{EU}/planned-availability/TEMPORARY")),
    ),
    "catalogue's place as text": Mutation(
        "Catalog-spatial", VIOLATION, plus(CATALOGUE, DCTERMS.spatial, Literal("Herne"))
    ),
    "catalogue issued yesterday": Mutation(
        "Catalog-issued", VIOLATION, instead(CATALOGUE, DCTERMS.issued, date("gestern"))
    ),
    "catalogue issued twice": Mutation(
        "Catalog-issued-once", VIOLATION, plus(CATALOGUE, DCTERMS.issued, date("2020-01-01"))
    ),
    "catalogue modified yesterday": Mutation(
        "Catalog-modified", VIOLATION, instead(CATALOGUE, DCTERMS.modified, Literal("gestern"))
    ),
    "catalogue modified twice": Mutation(
        "Catalog-modified-once", VIOLATION, plus(CATALOGUE, DCTERMS.modified, date("2020-01-01"))
    ),
}


def test_the_good_record_is_good(good: Graph) -> None:
    report = validate(good)
    assert report.results == ()
    assert report.conforms
    assert report.datasets == 1


def test_a_fresh_description_can_be_validated_as_it_is() -> None:
    assert validate(describe(minimal(), SETTINGS)).conforms


@pytest.mark.parametrize("name", MUTATIONS)
def test_the_rule_notices(good: Graph, name: str) -> None:
    mutation = MUTATIONS[name]
    mutation.spoil(good)
    report = validate(good)
    assert mutation.rule in {result.rule for result in report.results if result.severity == mutation.severity}
    assert report.conforms == (mutation.severity == WARNING)


@cache
def official() -> tuple[Graph, Graph]:
    folder = SHARED / "conformance"
    shapes = Graph().parse(folder / "shapes" / "bundle-v30_de_spec.STRICT-fixed.ttl")
    return shapes, Graph().parse(folder / "vocab" / "vocab-offline.ttl")


def official_violations(graph: Graph) -> set[tuple[str, str]]:
    """Node and property of every violation the official shapes find, "" for a path of several."""
    shapes, vocabulary = official()
    _, report, _ = pyshacl.validate(graph + vocabulary, shacl_graph=shapes, allow_warnings=True)
    found = set()
    for result in report.subjects(SH.resultSeverity, SH.Violation):
        focus, path = report.value(result, SH.focusNode), report.value(result, SH.resultPath)
        if (focus, None, None) in graph:
            found.add(
                (
                    "_" if isinstance(focus, BNode) else str(focus),
                    str(path) if isinstance(path, URIRef) else "",
                )
            )
    return found


@pytest.mark.needs("shared")
@pytest.mark.parametrize("name", MUTATIONS)
def test_what_the_official_shapes_find_ours_find(good: Graph, name: str) -> None:
    MUTATIONS[name].spoil(good)
    results = validate(good).results
    ours = {(result.focus, result.path) for result in results if result.severity == VIOLATION}
    # A violated term is reported by the official shapes at the term's own node (skos:inScheme).
    ours |= {(result.value, "http://www.w3.org/2004/02/skos/core#inScheme") for result in results}
    assert official_violations(good) <= ours


def test_every_rule_speaks_both_languages_and_names_a_remedy() -> None:
    assert len(rules()) > 100
    for rule in rules().values():
        assert rule.severity in (VIOLATION, WARNING)
        assert all((rule.message_de, rule.message_en, rule.remedy_de, rule.remedy_en)), rule.name


def test_every_violation_rule_has_a_mutation() -> None:
    violations = {rule.name for rule in rules().values() if rule.severity == VIOLATION}
    assert violations == {mutation.rule for mutation in MUTATIONS.values() if mutation.severity == VIOLATION}
