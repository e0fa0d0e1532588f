"""The licence register: every entry is exact, and every usual spelling finds the one it means."""

import json
import re
from pathlib import Path

import pytest
import yaml
from ckanext.herne.licenses.register import (
    REGISTER_FILE,
    SPELLINGS_FILE,
    Licence,
    licence,
    licences,
    nearest,
)
from hypothesis import given
from hypothesis import strategies as st

GOVDATA_LIST = (
    Path(__file__).parents[3] / "shared/conformance/shapes/mqa-dashboard/dcat-ap-de-licenses-open.rdf"
)
ENTRIES = st.sampled_from(licences())


@st.composite
def disguises(draw: st.DrawFn) -> tuple[str, Licence]:
    """A licence and one of the ways its id, URI or URL gets written."""
    entry = draw(ENTRIES)
    text = draw(st.sampled_from([value for value in (entry.id, entry.uri, entry.url) if value]))
    if "://" in text:
        bare = text.split("://")[1].removeprefix("www.")
        scheme = draw(st.sampled_from(["http://", "https://", "HTTP://", "//", ""]))
        text = (
            scheme + draw(st.sampled_from(["", "www."])) + bare.rstrip("/") + draw(st.sampled_from(["", "/"]))
        )
    else:
        text = "".join(draw(st.sampled_from("-/_. ")) if sign in "-/." else sign for sign in text)
    text = draw(st.sampled_from([str.upper, str.lower, str.title, str]))(text)
    return draw(st.sampled_from(["", " ", "\n"])) + text + draw(st.sampled_from(["", " ", "\t"])), entry


@given(disguises())
def test_a_licence_is_found_under_every_disguise(disguise: tuple[str, Licence]) -> None:
    text, entry = disguise
    assert licence(text) == entry


@given(st.text(max_size=60))
def test_any_text_gives_a_licence_or_nothing(text: str) -> None:
    found = licence(text)
    assert found is None or licence(found.uri) == found
    assert all(isinstance(entry, Licence) for entry in nearest(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dl-zero-de/2.0", "dl-de/zero-2.0"),
        ("dl-de-zero-2.0", "dl-de/zero-2.0"),
        ("Datenlizenz Deutschland – Zero – Version 2.0", "dl-de/zero-2.0"),
        ("Datenlizenz Deutschland Namensnennung 2.0", "dl-de/by-2.0"),
        ("https://www.dcat-ap.de/def/licenses/dl-by-de/2.0/", "dl-de/by-2.0"),
        ("https://spdx.org/licenses/DL-DE-BY-2.0.html", None),
        ("https://spdx.org/licenses/DL-DE-BY-2.0", "dl-de/by-2.0"),
        ("CC0-1.0", "cc-zero"),
        ("https://creativecommons.org/publicdomain/zero/1.0/legalcode.de", "cc-zero"),
        ("https://creativecommons.org/licenses/by/4.0/deed.de#ref", "cc-by/4.0"),
        ("https://creativecommons.org/licenses/by-sa/3.0/de/", "cc-by-sa-de/3.0"),
        ("http://publications.europa.eu/resource/authority/licence/CC_BY_4_0", "cc-by/4.0"),
        ("http://www.opendefinition.org/licenses/odc-odbl", "odbl"),
        ("cc-by-nc-nd", None),
        ("notspecified", None),
        ("", None),
        ("http://", None),
    ],
)
def test_known_spellings(text: str, expected: str | None) -> None:
    found = licence(text)
    assert (found and found.id) == expected


def test_every_spelling_of_the_data_file_leads_to_its_licence() -> None:
    for licence_id, spellings in yaml.safe_load(SPELLINGS_FILE.read_text("utf-8"))["spellings"].items():
        assert licence(licence_id) is not None, licence_id
        assert {found.id for found in map(licence, spellings) if found} == {licence_id}


def test_uris_have_the_form_that_govdata_accepts() -> None:
    for entry in licences():
        assert re.fullmatch(r"http://dcat-ap\.de/def/licenses/[\w.-]+(/[\w.-]+)?", entry.uri), entry.uri


def test_the_register_says_to_ckan_what_it_says_to_us() -> None:
    for entry in json.loads(REGISTER_FILE.read_text("ascii")):
        assert (entry["od_conformance"] == "approved") is entry["open"], entry["id"]
    assert len({entry.id for entry in licences()}) == len(licences())


def test_a_typing_error_proposes_the_licence_that_was_meant() -> None:
    assert nearest("dl-de/zreo-2.0")[0].id == "dl-de/zero-2.0"
    assert nearest("Creative Comons Namensnennung 4.0")[0].id == "cc-by/4.0"


@pytest.mark.needs("shared")
def test_the_register_agrees_with_govdatas_list() -> None:
    import rdflib
    from rdflib.namespace import FOAF, SKOS

    graph = rdflib.Graph().parse(GOVDATA_LIST)
    listed = set(graph.subjects(rdflib.RDF.type, SKOS.Concept))
    assert {rdflib.URIRef(entry.uri) for entry in licences()} == listed
    is_open = rdflib.URIRef("http://govdata.de/mqa/#isOpenLicense")
    for entry in licences():
        uri = rdflib.URIRef(entry.uri)
        assert str(graph.value(uri, is_open)) == str(entry.open).lower(), entry.id
        for predicate in (SKOS.prefLabel, SKOS.altLabel):
            assert all(licence(str(label)) == entry for label in graph.objects(uri, predicate)), entry.id
        for homepage in graph.objects(uri, FOAF.homepage):
            # the list gives cc-by-nd (no version) the address of cc-by-nd/3.0: the address wins
            assert licence(str(homepage)) == entry or entry.id == "cc-by-nd", homepage
