"""Spans of time, numbers, media types, translations, lines and ticks as pure functions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ckanext.herne.portal import hvd
from ckanext.herne.portal.forms import complete, from_lines, lines_of
from ckanext.herne.portal.texts import DEEPEST, is_too_deep
from ckanext.herne.portal.translations import NotATranslationError, translations, with_own_language
from ckanext.herne.portal.values import address, decimal, duration, language_tag, media_type, telephone
from hypothesis import given
from hypothesis import strategies as st
from rdflib import XSD, Literal

LINE = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), min_size=1).filter(
    lambda text: text.strip() == text
)
TRANSLATED = {
    "field_name": "title_translated",
    "base_field": "title",
    "form_snippet": "herne/form/translated.html",
}
KEYWORDS = {
    "field_name": "tags_translated",
    "base_field": "tags",
    "form_snippet": "herne/form/translated.html",
}
LINES = {"field_name": "provenance", "form_snippet": "herne/form/lines.html"}
PACKAGES = {"field_name": "access_services", "form_snippet": "herne/form/packages.html"}
TICK = {"field_name": "hvd", "form_snippet": "herne/form/tick.html"}


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("PT1H", "PT1H"),
        (" p1y ", "P1Y"),
        ("P1DT2H30M0.5S", "P1DT2H30M0.5S"),
        ("P2W", "P14D"),
        ("1 Stunde", "PT1H"),
        ("15 Minuten", "PT15M"),
        ("10min", "PT10M"),
        ("1 Tag", "P1D"),
        ("2 weeks", "P14D"),
        ("3 Monate", "P3M"),
        ("1 year", "P1Y"),
        *[(text, None) for text in ("P", "PT", "P1H", "PT1D", "1", "täglich", "-P1D", "P1.5D", "1 Äon", "")],
    ],
)
def test_spans_of_time(text: str, stored: str | None) -> None:
    assert duration(text) == stored


@given(st.text(max_size=30))
def test_a_span_of_time_that_is_stored_is_one_to_rdf_and_stays(text: str) -> None:
    stored = duration(text)
    if stored is not None:
        assert duration(stored) == stored
        assert not Literal(stored, datatype=XSD.duration).ill_typed


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("10", "10"),
        ("2,5", "2.5"),
        (" 0.125 ", "0.125"),
        *[(text, None) for text in ("1.000", "1,000", "1.000,5", "-1", "1e3", "x", "", "NaN", "²", "1" * 16)],
    ],
)
def test_numbers(text: str, stored: str | None) -> None:
    assert decimal(text) == stored


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("application/gzip", "application/gzip"),
        ("https://www.iana.org/assignments/media-types/application/zip", "application/zip"),
        ("Text/CSV", "text/csv"),
        ("application/x-own", "application/x-own"),
        *[(text, None) for text in ("gepackt", "a/b/c", "", "text/xyz<")],
    ],
)
def test_media_types(text: str, stored: str | None) -> None:
    assert media_type(text) == stored


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("+49 (2323) 16-0", "+49 (2323) 16-0"),
        ("tel:+492323160", "+492323160"),
        *[(text, None) for text in ("keine", "12", "0190-RUFAN", "", "٠١٢٣٤٥")],
    ],
)
def test_telephone_numbers(text: str, stored: str | None) -> None:
    assert telephone(text) == stored


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("https://www.herne.de/ä?b=c d", True),
        ("HTTP://HERNE.DE", True),
        ("mqtt://broker.herne.de/topic", False),
        ("https://", False),
        ("https://exa mple.org", False),
        ("http://[::1", False),
        ("javascript:alert(1)", False),
        ("//herne.de", False),
        ("", False),
    ],
)
def test_web_addresses(text: str, is_one: bool) -> None:
    assert (address(text, ("http", "https")) is not None) == is_one


def test_other_schemes_need_a_host_too() -> None:
    assert address("mqtt://broker.herne.de/topic", ("mqtt",)) == "mqtt://broker.herne.de/topic"
    assert address("mqtt://bro ker/topic", ("mqtt",)) is None


@pytest.mark.parametrize(
    ("text", "tag"),
    [("en", "en"), ("EN", "en"), ("pt-BR", "pt-BR"), ("zh-Hant-TW", "zh-Hant-TW"), ("gsw", "gsw")]
    + [(text, None) for text in ("", "english", "e", "en_GB", "en-", "ën")],
)
def test_language_tags(text: str, tag: str | None) -> None:
    assert language_tag(text) == tag


@given(st.dictionaries(st.sampled_from(["en", "nl", "pt-BR"]), LINE))
def test_translations_stay_what_they_are(texts: dict[str, str]) -> None:
    found = translations(texts, "title")
    assert found == texts
    assert translations(json.dumps(found), "title") == found


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_translations_are_texts_by_language_or_refused(value: Any) -> None:
    try:
        found = translations(value, "title")
    except NotATranslationError as error:
        found = {}
        assert_known(str(error))
    assert all(language_tag(tag) == tag and isinstance(text, str) and text for tag, text in found.items())


def assert_known(fault: str) -> None:
    assert fault in ("shape", "language", "text")


def test_the_own_language_moves_to_the_plain_field_or_stays_to_be_refused() -> None:
    both = {"title_translated": {"de": "Rad", "en": "Bicycle"}, "tags_translated": {"de": ["a", "b"]}}
    moved = with_own_language(both, [TRANSLATED, KEYWORDS], "de")
    assert moved == {
        "title": "Rad",
        "title_translated": {"en": "Bicycle"},
        "tag_string": "a, b",
        "tags_translated": {},
    }
    assert (
        with_own_language({**both, "title": "Anders"}, [TRANSLATED], "de")["title_translated"]["de"] == "Rad"
    )
    assert with_own_language({"title": "Rad"}, [TRANSLATED], "de") == {"title": "Rad"}


# --- what forms send


@given(st.lists(LINE, unique=True))
def test_lines_that_were_shown_and_sent_back_are_the_stored_values(values: list[str]) -> None:
    assert from_lines(lines_of("\r\n".join(values)), values) == values
    assert from_lines(lines_of("\n".join(values)), None) == values


def test_a_text_of_several_lines_survives_a_form_that_leaves_it_alone() -> None:
    stored = {"provenance": ["Erster\nSatz.", "Zweiter"]}
    kept = complete(stored, {"provenance": "Erster\r\nSatz.\r\nZweiter\r\n"}, [LINES])
    assert kept["provenance"] == stored["provenance"]
    changed = complete(stored, {"provenance": "Dritter"}, [LINES])
    assert changed["provenance"] == ["Dritter"]
    assert complete(stored, {"provenance": ""}, [LINES])["provenance"] == []


def test_objects_that_no_line_can_say_stay_until_their_line_goes() -> None:
    named, nameless = {"uri": "https://a.example/s", "title": "A"}, {"title": "B"}
    stored = {"access_services": ["https://b.example/s", named, nameless]}
    both = complete(
        stored, {"access_services": ["https://a.example/s", "https://c.example/s", ""]}, [PACKAGES]
    )
    assert both["access_services"] == ["https://c.example/s", named, nameless]
    assert complete(stored, {"access_services": [""]}, [PACKAGES])["access_services"] == [nameless]


@pytest.mark.parametrize(
    ("sent", "stored", "saved"),
    [
        (["false", "true"], None, "true"),
        ("false", "true", ""),
        ("true", "true", "true"),
        (["false", "true"], "true", "true"),
    ],
)
def test_a_tick_is_true_or_nothing(sent: Any, stored: str | None, saved: str) -> None:
    before = {"hvd": stored} if stored else {}
    assert complete(before, {"hvd": sent}, [TICK])["hvd"] == saved


def test_a_tick_that_was_never_set_says_nothing_new() -> None:
    assert "hvd" not in complete({}, {"hvd": "false"}, [TICK])


def test_a_form_changes_the_language_it_shows_and_no_other() -> None:
    stored = {"title_translated": {"en": "Old", "nl": "Oud"}, "tags_translated": {"en": ["a"], "nl": ["b"]}}
    sent = {"title_translated-en": "New", "tags_translated-en": "c, d,"}
    saved = complete(stored, sent, [TRANSLATED, KEYWORDS])
    assert saved == {
        "title_translated": {"en": "New", "nl": "Oud"},
        "tags_translated": {"en": ["c", "d"], "nl": ["b"]},
    }
    emptied = complete(stored, {"title_translated-en": "", "tags_translated-en": ""}, [TRANSLATED, KEYWORDS])
    assert emptied["title_translated"] == {"nl": "Oud"}


# --- high-value data and depth


@given(st.sampled_from([None, "", "true", "false", True, False]), st.sampled_from([None, "", [], ["c_1"]]))
def test_tick_and_category_agree_or_a_fault_says_which_to_mend(tick: Any, category: Any) -> None:
    dataset = hvd.with_tick({"hvd": tick, "hvd_category": category})
    fault = hvd.fault(dataset)
    if fault:
        assert bool(category) == (fault == "tick")
    else:
        assert bool(hvd.tick(dataset["hvd"])) == bool(category)


@given(st.integers(min_value=0, max_value=3 * DEEPEST))
def test_depth_is_counted_in_lists_and_objects_alike(levels: int) -> None:
    value: Any = "x"
    for number in range(levels):
        value = [value, number] if number % 2 else {"a": value}
    assert is_too_deep(value) == (levels > DEEPEST)
