"""Vocabularies: every file is whole, and a term is found by whatever people call it."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
import rdflib
from ckanext.herne.dcat_ap_de.vocabulary import About, Term, Vocabulary, names, vocabulary
from ckanext.herne.licenses.spelling import key
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib.namespace import DC, SKOS

TERMS = [(name, term) for name in names() for term in vocabulary(name).terms]
NAMED = [(name, term, text) for name, term in TERMS for text in term.names()]
REPLACED = [
    (name, f"{prefix}{term.code}", term)
    for name in names()
    for prefix in vocabulary(name).about.prefixes
    for term in vocabulary(name).terms
]
HTTPS = {"media_types", "musterdatensaetze"}  # these two registries give their addresses with https
WAYS: list[Callable[[str], str]] = [str, str.upper, str.lower, str.title]


SHARED = Path(__file__).parents[3] / "shared"
AUTHORITY = "http://publications.europa.eu/resource/authority/"


def umlauts_spelled(text: str) -> str:
    for umlaut, letters in {
        "ä": "ae",
        "ö": "oe",
        "ü": "ue",
        "ß": "ss",
        "Ä": "Ae",
        "Ö": "Oe",
        "Ü": "Ue",
    }.items():
        text = text.replace(umlaut, letters)
    return text


@pytest.mark.parametrize("name", names())
def test_a_list_has_what_its_head_says(name: str) -> None:
    terms, about = vocabulary(name).terms, vocabulary(name).about
    assert len(terms) == about.count
    assert about.use
    assert about.source
    assert about.date


@pytest.mark.parametrize("name", names())
def test_codes_and_uris_are_unique_and_both_labels_are_there(name: str) -> None:
    terms = vocabulary(name).terms
    assert len({term.uri for term in terms}) == len({key(term.code) for term in terms}) == len(terms)
    assert all(term.uri.startswith("https://" if name in HTTPS else "http://") for term in terms)
    assert all(term.de.strip() and term.en.strip() for term in terms)
    assert all(isinstance(text, str) for term in terms for text in term.spellings())


@pytest.mark.parametrize("name", names())
def test_no_two_terms_claim_a_spelling(name: str) -> None:
    owners: dict[str, Term] = {}
    for term in vocabulary(name).terms:
        for text in term.names():
            assert owners.setdefault(key(text), term) is term, f"{text!r}: {owners[key(text)]} and {term}"


def test_two_claims_of_one_spelling_are_an_error_that_names_both() -> None:
    terms = (Term("A", "http://x/a", "eins", "one"), Term("B", "http://x/b", "zwei", "two", also=("Eins",)))
    with pytest.raises(ValueError, match=r"x\.yaml.*'Eins'.*A.*B"):
        Vocabulary("x", terms).find("eins")


def test_a_shared_media_type_must_be_settled() -> None:
    terms = (
        Term("A", "http://x/a", "a", "a", "text/x", extensions=("x",)),
        Term("B", "http://x/b", "b", "b", "text/x"),
    )
    with pytest.raises(ValueError, match=r"x\.yaml.*text-x.*A, B.*in_doubt"):
        Vocabulary("x", terms).find("text/x")
    assert Vocabulary("x", terms, About(in_doubt={"text/x": "B"})).find("text/x") is terms[1]


@settings(deadline=None)
@given(st.sampled_from(NAMED), st.sampled_from(WAYS), st.text(" \t\n", max_size=3))
def test_a_term_is_found_by_every_spelling_in_any_case(
    entry: tuple[str, Term, str], way: Callable[[str], str], blanks: str
) -> None:
    name, term, text = entry
    asked = blanks + way(text.lower() if way is str.title else text) + blanks
    assert vocabulary(name).find(asked) is term, asked
    assert vocabulary(name).find(umlauts_spelled(asked)) is term, asked


@settings(deadline=None)
@given(st.sampled_from(TERMS), st.sampled_from(["http://", "https://", "HTTP://", "https://www.", "//"]))
def test_a_uri_is_found_whatever_its_scheme_and_its_end(entry: tuple[str, Term], scheme: str) -> None:
    name, term = entry
    bare = term.uri.partition("://")[2].removeprefix("www.")
    for asked in (scheme + bare, scheme + bare + "/", f" {scheme}{bare}\n"):
        assert vocabulary(name).find(asked) is term, asked


@settings(deadline=None)
@given(st.sampled_from(REPLACED))
def test_the_uris_of_a_list_that_was_replaced_lead_to_its_successor(entry: tuple[str, str, Term]) -> None:
    name, uri, term = entry
    assert vocabulary(name).find(uri) is term


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("name", names())
def test_a_term_is_found_by_its_label(name: str, language: str) -> None:
    for term in vocabulary(name).terms:
        assert vocabulary(name).by_label(term.label(language).upper()) is term


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("availability", "http://dcat-ap.de/def/plannedAvailability/stable", "STABLE"),
        ("availability", "https://www.dcat-ap.de/def/plannedAvailability/1_0#experimental", "EXPERIMENTAL"),
        ("checksum_algorithms", "http://dcat-ap.de/def/hashAlgorithms/sha/256", "SHA256"),
        ("checksum_algorithms", "https://www.dcat-ap.de/def/hashAlgorithms/1_0#md/5", "MD5"),
        ("checksum_algorithms", "sha-512", "SHA512"),
        ("checksum_algorithms", "checksumAlgorithm_sha1", "SHA1"),
        ("distribution_status", "http://purl.org/adms/status/Completed", "COMPLETED"),
        ("distribution_status", "http://purl.org/adms/status/UnderDevelopment", "DEVELOP"),
        ("publisher_types", "http://purl.org/adms/publishertype#LocalAuthority", "LocalAuthority"),
        ("publisher_types", "http://purl.org/adms/publishertype/1.0/LocalAuthority/", "LocalAuthority"),
        ("themes", "http://publications.europa.eu/mdr/authority/data-theme/TRAN", "TRAN"),
        ("themes", "transport_verkehr", "TRAN"),
        ("themes", "bevoelkerung", "SOCI"),
        ("themes", "gesetze_justiz", "JUST"),
        ("languages", "de-DE", "DEU"),
        ("languages", "http://id.loc.gov/vocabulary/iso639-1/de", "DEU"),
        ("languages", "http://lexvo.org/id/iso639-3/eng", "ENG"),
        ("languages", "ger", "DEU"),
        ("languages", "http://publications.europa.eu/resource/authority/language/de", "DEU"),
        ("languages", "no", "NOR"),
        ("frequencies", "http://purl.org/cld/freq/threeTimesAYear", "ANNUAL_3"),
        ("frequencies", "continual", "UPDATE_CONT"),
        ("frequencies", "asNeeded", "AS_NEEDED"),
        ("frequencies", "fortnightly", "BIWEEKLY"),
        ("frequencies", "jaehrlich", "ANNUAL"),
        ("frequencies", "R/P1Y", "ANNUAL"),
        ("frequencies", "R/PT1M", "1MIN"),
        ("frequencies", "R/P1M", "MONTHLY"),
        ("access_rights", "http://purl.org/coar/access_right/c_abf2", "PUBLIC"),
        (
            "attribution_roles",
            "http://registry.it.csiro.au/def/isotc211/CI_RoleCode/distributor",
            "distributor",
        ),
        (
            "attribution_roles",
            "http://inspire.ec.europa.eu/metadata-codelist/ResponsiblePartyRole/funder",
            "funder",
        ),
        ("relation_roles", "prev", "prev"),
        ("contributors", "Open.NRW", "openNRW"),
        ("contributors", "Statistisches Bundesamt", "destatis"),
        ("geocoding_levels", "Gemeinde", "municipality"),
        ("musterdatensaetze", "Baumbestand - Baumkataster", "floraUndFauna/baumbestand/baumkataster"),
        ("media_types", "TEXT/CSV; charset=utf-8", "text/csv"),
        ("media_types", "application/x-zip-compressed", "application/zip"),
        ("media_types", "https://www.iana.org/assignments/media-types/application/gzip", "application/gzip"),
        ("media_types", ".geojson", "application/geo+json"),
        ("dataset_types", "Code list", "CODE_LIST"),
    ],
)
def test_legacy_and_foreign_spellings(name: str, text: str, code: str) -> None:
    found = vocabulary(name).find(text)
    assert found is not None
    assert found.code == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("text/csv", "CSV"),
        ("text/csv; charset=utf-8", "CSV"),
        ("text/csv;header=present", "CSV"),
        ("https://www.iana.org/assignments/media-types/text/csv", "CSV"),
        (".CSV", "CSV"),
        ("csv", "CSV"),
        ("Excel", "XLSX"),
        ("application/json", "JSON"),
        ("geojson", "GEOJSON"),
        ("application/vnd.geo+json", "GEOJSON"),
        ("Shapefile", "SHP"),
        ("WMS", "WMS_SRVC"),
        ("OGC:WFS", "WFS_SRVC"),
        ("text/xml; subtype=gml/3.1.1", "GML"),
        ("turtle", "RDF_TURTLE"),
        ("application/zip", "ZIP"),
        ("application/pdf", "PDF"),
        ("TAB", "TAB"),
        ("text/xml", "XML"),
        ("jpg", "JPEG"),
        ("FMX3", "FMX4"),
        ("http://publications.europa.eu/resource/authority/file-type/WMS", "WMS_SRVC"),
        ("http://publications.europa.eu/resource/authority/file-type/csv", "CSV"),
    ],
)
def test_a_file_type_is_found_by_what_portals_write(text: str, code: str) -> None:
    found = vocabulary("file_types").find(text)
    assert found is not None
    assert found.code == code


@pytest.mark.parametrize(
    "text", ["", "  ", "API", "gestern", "http://publications.europa.eu/", ";", "https://"]
)
def test_what_is_unknown_is_none(text: str) -> None:
    assert vocabulary("file_types").find(text) is None


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("frequencies", "jaehrlih", "ANNUAL"),
        ("frequencies", "http://publications.europa.eu/resource/authority/frequency/ANUAL", "ANNUAL"),
        ("frequencies", "monatl.", "MONTHLY"),
        ("themes", "Verker", "TRAN"),
        ("themes", "Wirtschaft & Finanzen", "ECON"),
        ("themes", "Forst", "AGRI"),
        ("file_types", "cvs", "CSV"),
        ("file_types", "Geo JSN", "GEOJSON"),
        ("file_types", "Shape (ESRI)", "SHP"),
        ("languages", "Deutch", "DEU"),
        ("media_types", "text/cvs", "text/csv"),
        ("musterdatensaetze", "Baumkatster", "floraUndFauna/baumbestand/baumkataster"),
        ("musterdatensaetze", "Radweg", "verkehr/radverkehr/radwegUndRadroute"),
        ("publisher_types", "Local Autority", "LocalAuthority"),
    ],
)
def test_a_typing_error_proposes_what_was_meant(name: str, text: str, code: str) -> None:
    assert vocabulary(name).find(text) is None
    near = vocabulary(name).nearest(text)
    assert near[0].code == code
    assert len(near) <= 3


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("text", ["", "?", "qwxyzqw", "http://example.org/", "🦆🦆🦆", "1234567890"])
def test_nonsense_proposes_nothing(name: str, text: str) -> None:
    assert vocabulary(name).nearest(text) == ()


@settings(deadline=None)
@given(st.sampled_from(names()), st.text(max_size=200))
def test_any_text_gets_a_term_or_none_and_few_proposals(name: str, text: str) -> None:
    found = vocabulary(name).find(text)
    assert found is None or found in vocabulary(name).terms
    assert set(vocabulary(name).nearest(text, count=2)) <= set(vocabulary(name).terms)


def test_proposals_for_a_very_long_text_come_at_once() -> None:
    begun = time.perf_counter()
    for name in names():
        vocabulary(name).nearest("Baumkataster " * 400_000)
    assert time.perf_counter() - begun < 3


def test_every_registered_media_type_of_a_file_type_is_in_the_list_of_media_types() -> None:
    unregistered = set()
    for term in vocabulary("file_types").terms:
        found = vocabulary("media_types").find(term.media_type)
        if term.media_type and not found:
            unregistered.add(term.media_type)
        if found and vocabulary("file_types").find(term.media_type) is term:
            assert vocabulary("file_types").find(found.uri) is term
    assert all("/x-" in name or name in NEVER_REGISTERED for name in unregistered), unregistered


NEVER_REGISTERED = {
    "application/gnutar", "application/java+zip", "application/netcdf", "application/ovf",
    "application/owl+xml", "application/rdf+thrift", "application/rdfa", "application/rss+xml",
    "application/vnd.amazon.ebook",
    "application/vnd.android.package-archive", "application/vnd.ms-access",
    "application/vnd.oasis.opendocument.database", "application/vnd.ogc.wms_xml", "application/warc",
    "audio/vnd.wave", "message/html",
}  # fmt: skip


def test_a_name_goes_before_a_file_ending_only_where_we_know_of_it() -> None:
    known = vocabulary("file_types")
    endings = {ending for term in known.terms for ending in term.extensions}
    elsewhere = {ending for ending in endings if known.find(ending) is not known.by_extension(ending)}
    assert elsewhere == {"tab", "rdf"}


def test_an_unknown_vocabulary_names_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"themen.*themes"):
        vocabulary("themen")


@pytest.mark.needs("shared")
@pytest.mark.parametrize(
    ("name", "table", "more", "fewer"),
    [
        ("themes", "data-theme", set(), set()),
        ("frequencies", "frequencies", set(), set()),
        ("availability", "planned-availability", set(), set()),
        ("access_rights", "access-right", set(), set()),
        ("distribution_status", "distribution-status", set(), set()),
        ("dataset_types", "dataset-types", {"DICTIONARY"}, set()),
        ("file_types", "filetypes", {"PARQUET"}, {"FMX2", "FMX3"}),
    ],
)
def test_a_list_agrees_with_its_authority_table(name: str, table: str, more: set, fewer: set) -> None:
    graph = rdflib.Graph().parse(SHARED / f"conformance/vocab/{table}.ttl")
    listed = {str(uri): str(code) for uri, code in graph.subject_objects(DC.identifier)}
    ours = {term.uri: term.code for term in vocabulary(name).terms}
    assert set(ours.values()) - set(listed.values()) == more
    assert set(listed.values()) - set(ours.values()) == fewer
    for uri, code in listed.items():
        assert code in fewer or ours[uri] == code
        for label in graph.objects(rdflib.URIRef(uri), SKOS.prefLabel):
            if isinstance(label, rdflib.Literal) and label.language == "en":
                assert vocabulary(name).find(str(label)) == vocabulary(name).by_uri(uri), label


@pytest.mark.needs("shared")
@pytest.mark.parametrize(
    ("name", "scheme"),
    [
        ("contributors", "http://dcat-ap.de/def/contributors"),
        ("geocoding_levels", "http://dcat-ap.de/def/politicalGeocoding/Level"),
        ("publisher_types", "http://purl.org/adms/publishertype/1.0"),
    ],
)
def test_a_list_agrees_with_what_the_official_shapes_load(name: str, scheme: str) -> None:
    graph = rdflib.Graph().parse(SHARED / "conformance/vocab/vocab-offline.ttl")
    listed = {str(uri) for uri in graph.subjects(SKOS.inScheme, rdflib.URIRef(scheme))}
    assert {term.uri for term in vocabulary(name).terms} == listed - {scheme}


@pytest.mark.needs("shared")
def test_languages_and_high_value_categories_are_of_the_official_lists() -> None:
    graph = rdflib.Graph().parse(SHARED / "conformance/vocab/vocab-offline.ttl")
    scheme = rdflib.URIRef(f"{AUTHORITY}language")
    assert {str(uri) for uri in graph.subjects(SKOS.inScheme, scheme)} - {str(scheme)} <= {
        term.uri for term in vocabulary("languages").terms
    }
    categories = rdflib.Graph().parse(SHARED / "conformance/vocab/hvd.ttl")
    for term in vocabulary("hvd_categories").terms:
        assert rdflib.Literal(term.en, lang="en") in set(
            categories.objects(rdflib.URIRef(term.uri), SKOS.prefLabel)
        )


@pytest.mark.needs("shared")
def test_the_model_datasets_are_those_of_the_catalogue() -> None:
    graph = rdflib.Graph().parse(SHARED / "fixtures/real/dcat/musterdatenkatalog_v4.rdf")
    listed = {str(uri) for uri in graph.subjects(SKOS.broader)}
    known = vocabulary("musterdatensaetze")
    assert {term.uri for term in known.terms} == listed
    for uri, label in graph.subject_objects(SKOS.prefLabel):
        if str(uri) in listed and isinstance(label, rdflib.Literal) and label.language == "de":
            assert known.find(str(label)) == known.by_uri(str(uri)), label
