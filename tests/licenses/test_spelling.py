"""What licences and vocabularies share: one form of a spelling, one owner of a form, what comes closest."""

import time

import pytest
from ckanext.herne.licenses.spelling import LONGEST, Spellings, key
from hypothesis import given, settings
from hypothesis import strategies as st


def spellings(**texts: str) -> Spellings[str]:
    known: Spellings[str] = Spellings("test.yaml", ["http://old.example/list/"])
    for owner, text in texts.items():
        known.add(owner, text)
    return known


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("  Jährlich ", "jaehrlich"),
        ("JAEHRLICH", "jaehrlich"),
        ("Ja\u0308hrlich", "jaehrlich"),
        ("Straße", "strasse"),
        ("https://www.Example.org/a_b/", "example-org-a-b"),
        ("//example.org/a b", "example-org-a-b"),
        ("www.example.org", "example-org"),
        (".csv", "csv"),
        ("Open Licence", "open-license"),
        ("///", ""),
    ],
)
def test_a_spelling_has_one_form(text: str, form: str) -> None:
    assert key(text) == form


@settings(deadline=None)
@given(st.text())
def test_the_form_of_a_form_is_itself(text: str) -> None:
    assert key(key(text)) == key(text)


def test_a_second_claim_is_an_error_that_names_file_spelling_and_both_owners() -> None:
    known = spellings(first="daily")
    known.add("first", "Daily")
    with pytest.raises(ValueError, match=r"test\.yaml.*'DAILY'.*first.*second"):
        known.add("second", "DAILY")


def test_a_weak_claim_never_takes_a_spelling_away() -> None:
    known = spellings(first="tab")
    known.add_unless_taken("second", "TAB")
    assert known.find("tab") == "first"


@pytest.mark.parametrize(
    "text", ["http://old.example/list/Daily", "https://www.old.example/list/daily/", "a/b; c=d"]
)
def test_prefixes_and_parameters_do_not_count(text: str) -> None:
    assert spellings(daily="daily", media="a/b").find(text) is not None


def test_nearest_prefers_the_same_then_a_word_of_it_then_the_like() -> None:
    known = spellings(like="verkehre", within="verkehr und umwelt", same="verkehr", other="bildung")
    assert known.nearest("Verkehr") == ("same", "within", "like")
    assert known.nearest("Verkehr", count=1) == ("same",)


def test_an_address_is_compared_by_its_last_part() -> None:
    known = spellings(annual="ANNUAL", address="http://example.org/list/ANNUAL_2")
    assert known.nearest("http://example.org/other/ANUAL") == ("annual",)


@settings(deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_answered(text: str) -> None:
    known = spellings(daily="täglich", weekly="wöchentlich")
    assert known.find(text) in (None, "daily", "weekly")
    assert set(known.nearest(text)) <= {"daily", "weekly"}


@pytest.mark.parametrize("letter", ["a", " ", "/", "ä", "\u0000"])
def test_five_million_letters_cost_nothing(letter: str) -> None:
    known = spellings(daily="täglich")
    begun = time.perf_counter()
    assert known.find(letter * 5_000_000) is None
    assert known.nearest(letter * 5_000_000) == ()
    assert time.perf_counter() - begun < 1
    assert LONGEST < 5_000_000
