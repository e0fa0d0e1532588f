"""The licence register: every entry is exact, and every usual spelling finds the one it means."""

import json
import re
from collections.abc import Callable
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
from hypothesis import given, settings
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


@settings(deadline=None)
@given(disguises())
def test_a_licence_is_found_under_every_disguise(disguise: tuple[str, Licence]) -> None:
    text, entry = disguise
    assert licence(text) == entry


@settings(deadline=None)
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
        ("https://spdx.org/licenses/DL-DE-BY-2.0.html", "dl-de/by-2.0"),
        ("https://spdx.org/licenses/DL-DE-BY-2.0", "dl-de/by-2.0"),
        ("http://dcat-ap.de/def/licenses/dl-by-de/2_0", "dl-de/by-2.0"),
        ("http://www.dcat-ap.de/def/licenses/1_0#dl-zero-de/2_0", "dl-de/zero-2.0"),
        ("http://dcat-ap.de/def/licenses/od-bl", "odbl"),
        ("http://dcat-ap.de/def/licenses/cc-by-nc-de/4_0", "cc-by-nc/4.0"),
        ("http://dcat-ap.de/def/licenses/gpl/30", "gpl/3.0"),
        ("app_commercial", "other-commercial"),
        ("geonutz-be-2013-10-01", "geoNutz/20131001"),
        ("cc_by_40_de", "cc-by/4.0"),
        ("https://opendatacommons.org/licenses/odbl/summary/", "odbl"),
        ("http://publications.europa.eu/resource/authority/licence/CC_BYSA_3_0", "cc-by-sa"),
        ("CC BY-NC-SA 4.0", None),
        ("Open Government Licence", None),
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


SPELLINGS = [
    (text, licence_id)
    for licence_id, texts in yaml.safe_load(SPELLINGS_FILE.read_text("utf-8"))["spellings"].items()
    for text in texts
]


@settings(deadline=None)
@given(
    st.sampled_from(SPELLINGS), st.sampled_from([str, str.upper, str.lower]), st.sampled_from(["", " ", "\n"])
)
def test_every_spelling_leads_to_its_licence_and_to_no_other(
    spelling: tuple[str, str], cased: Callable[[str], str], blank: str
) -> None:
    text, licence_id = spelling
    for asked in (text, f"{blank}{cased(text)}{blank}", text.replace("-", "\u2013"), text.replace(" ", "  ")):
        found = licence(asked)
        assert found is not None, asked
        assert found.id == licence_id, asked


def test_uris_have_the_form_that_govdata_accepts() -> None:
    for entry in licences():
        assert re.fullmatch(r"http://dcat-ap\.de/def/licenses/[\w.-]+(/[\w.-]+)?", entry.uri), entry.uri


def test_the_register_says_to_ckan_what_it_says_to_us() -> None:
    for entry in json.loads(REGISTER_FILE.read_text("ascii")):
        assert (entry["od_conformance"] == "approved") is entry["open"], entry["id"]
    assert len({entry.id for entry in licences()}) == len(licences())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dl-de/zreo-2.0", "dl-de/zero-2.0"),
        ("dl-de/zero2.0", "dl-de/zero-2.0"),
        ("Creative Comons Namensnennung 4.0", "cc-by/4.0"),
        ("CC-BY 4", "cc-by/4.0"),
        ("https://www.govdata.de/dl-de/by-3-0", "dl-de/by-2.0"),
    ],
)
def test_a_typing_error_proposes_the_licence_that_was_meant(text: str, expected: str) -> None:
    assert licence(text) is None
    assert nearest(text)[0].id == expected


@pytest.mark.parametrize("text", ["", "?", "qwxyz", "http://example.org/", "🦆🦆🦆"])
def test_nonsense_proposes_nothing(text: str) -> None:
    assert nearest(text) == ()


def test_closed_licences_are_marked_and_attribution_is_what_the_licence_says() -> None:
    for entry in licences():
        freely = not re.search(r"by-n[cd]|by-nc|other-(freeware|commercial|closed)", entry.id)
        assert entry.open is freely, entry.id
        if re.match(r"cc-by|dl-de/by|od(by|bl)|geo", entry.id):
            assert entry.attribution, entry.id
        if re.match(r"cc-zero|ccpdm|odcpddl|officialWork|dl-de/zero|other", entry.id):
            assert not entry.attribution, entry.id


def test_every_licence_has_both_titles_and_a_text_unless_it_stands_for_many() -> None:
    for entry in licences():
        assert entry.title
        assert entry.title_de
        assert entry.url.startswith("https://") or entry.id.startswith("other-"), entry.id


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
