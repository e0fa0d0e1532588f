"""Vocabularies: every file is whole, and a term is found by whatever people call it."""

import pytest
from ckanext.herne.dcat_ap_de.vocabulary import Vocabulary, names, vocabulary
from hypothesis import given
from hypothesis import strategies as st

SIZES = {
    "themes": 13,
    "frequencies": 38,
    "availability": 4,
    "access_rights": 6,
    "distribution_status": 4,
    "geocoding_levels": 7,
    "contributors": 69,
    "publisher_types": 11,
    "hvd_categories": 6,
}
TERMS = [(name, term) for name in names() for term in vocabulary(name).terms]


@pytest.mark.parametrize("name", names())
def test_codes_and_uris_are_unique_and_both_labels_are_there(name: str) -> None:
    terms = vocabulary(name).terms
    assert len({term.uri for term in terms}) == len({term.code for term in terms}) == len(terms)
    assert all(term.uri.startswith("http://") for term in terms)
    assert all(term.de.strip() and term.en.strip() for term in terms)


@pytest.mark.parametrize(("name", "size"), SIZES.items())
def test_closed_lists_are_complete(name: str, size: int) -> None:
    assert len(vocabulary(name).terms) == size


def test_the_open_lists_hold_what_a_city_needs() -> None:
    assert len(vocabulary("languages").terms) >= 30
    assert len(vocabulary("file_types").terms) >= 190


@given(st.sampled_from(TERMS), st.booleans(), st.text(" \t\n", max_size=3))
def test_a_term_is_found_by_uri_and_code_in_any_case(entry: tuple, upper: bool, blanks: str) -> None:
    name, term = entry
    for text in (term.uri, term.code, term.uri.replace("http://", "https://")):
        asked = blanks + (text.upper() if upper else text.lower()) + blanks
        assert vocabulary(name).find(asked) is term


@pytest.mark.parametrize("name", ["themes", "frequencies", "languages", "access_rights", "geocoding_levels"])
@pytest.mark.parametrize("language", ["de", "en"])
def test_a_term_is_found_by_its_label(name: str, language: str) -> None:
    for term in vocabulary(name).terms:
        assert vocabulary(name).by_label(term.label(language).upper()) is term


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("text/csv", "CSV"),
        (".CSV", "CSV"),
        ("csv", "CSV"),
        ("Excel", "XLSX"),
        ("application/json", "JSON"),
        ("geojson", "GEOJSON"),
        ("application/vnd.geo+json", "GEOJSON"),
        ("Shapefile", "SHP"),
        ("WMS", "WMS_SRVC"),
        ("turtle", "RDF_TURTLE"),
        ("application/zip", "ZIP"),
        ("TAB", "TAB"),
        ("text/xml", "XML"),
        ("jpg", "JPEG"),
    ],
)
def test_a_file_type_is_found_by_what_portals_write(text: str, code: str) -> None:
    found = vocabulary("file_types").find(text)
    assert found is not None
    assert found.code == code


@pytest.mark.parametrize("text", ["", "  ", "API", "gestern", "http://publications.europa.eu/"])
def test_what_is_unknown_is_none(text: str) -> None:
    assert vocabulary("file_types").find(text) is None


def test_the_first_of_two_claims_wins() -> None:
    terms = vocabulary("file_types").terms
    zips = [term for term in terms if term.media_type == "application/zip"]
    assert len(zips) > 1
    assert Vocabulary("x", reversed(terms)).find("application/zip") is not zips[0]
    assert vocabulary("file_types").find("application/zip") is zips[0]


def test_an_unknown_vocabulary_names_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"themen.*themes"):
        vocabulary("themen")
