"""Defaults, names, dates and forms as pure functions."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

import pytest
from ckanext.herne.dcat_ap_de import Settings
from ckanext.herne.portal.dates import is_before, iso_date
from ckanext.herne.portal.defaults import (
    NAME_LENGTH,
    default_values,
    effective_licence_id,
    is_empty,
    name_from,
    slugified,
    with_defaults,
    without_prefilled,
)
from ckanext.herne.portal.forms import complete, complete_resource
from ckanext.herne.portal.texts import faults, strings, with_plain_values
from ckanext.herne.portal.unknown_fields import adopted
from hypothesis import given
from hypothesis import strategies as st

SETTINGS = Settings(
    site_url="https://opendata.example.org",
    licence="dl-de/zero-2.0",
    publisher_name="Stadt Herne",
    publisher_uri="https://www.herne.de",
    publisher_homepage="https://www.herne.de",
    publisher_email="opendata@herne.de",
    contributor_id="http://dcat-ap.de/def/contributors/openNRW",
)
FIELD_NAMES = sorted(default_values(SETTINGS))
FIELDS = st.sampled_from(FIELD_NAMES)
EMPTY = st.sampled_from([None, "", "  ", [], [""], {}, [{}], [{"name": ""}], [{"name": " ", "url": None}]])


@given(st.dictionaries(FIELDS, EMPTY))
def test_every_empty_field_gets_its_default(dataset: dict[str, Any]) -> None:
    defaults = default_values(SETTINGS)
    assert with_defaults(dataset, defaults, defaults) == defaults


@given(st.dictionaries(FIELDS, st.sampled_from(["cc-by/4.0", ["x"], [{"name": "Amt"}]])))
def test_a_value_that_is_given_wins(dataset: dict[str, Any]) -> None:
    result = with_defaults(dataset, default_values(SETTINGS), FIELD_NAMES)
    assert {field: result[field] for field in dataset} == dataset


def test_defaults_leave_the_given_dict_alone() -> None:
    dataset = {"title": "x", "license_id": ""}
    with_defaults(dataset, default_values(SETTINGS), FIELD_NAMES)
    assert dataset == {"title": "x", "license_id": ""}


@pytest.mark.parametrize("value", [0, False, "0", [0], {"a": [False]}])
def test_zero_and_false_are_values(value: Any) -> None:
    assert not is_empty(value)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Zählstellen für den Radverkehr", "zaehlstellen-fuer-den-radverkehr"),
        ("ÖPNV & Straßen: 2025/26", "oepnv-strassen-2025-26"),
        ("Café Œuvre", "cafe-uvre"),
        ("", "datensatz"),
        ("漢字", "datensatz"),
        ("A", "datensatz-a"),
    ],
)
def test_names_are_made_from_titles(title: str, name: str) -> None:
    assert name_from(title, lambda _name: False) == name


@given(st.text(max_size=200), st.integers(min_value=0, max_value=120))
def test_names_are_valid_and_free(title: str, others: int) -> None:
    taken: set[str] = set()
    for _ in range(others % 13):
        taken.add(name_from(title, taken.__contains__))
    name = name_from(title, taken.__contains__)
    assert re.fullmatch(r"[a-z0-9-]{2,100}", name)
    assert name not in taken
    assert len(name) <= NAME_LENGTH


@given(st.text())
def test_slugs_are_stable(text: str) -> None:
    assert slugified(slugified(text)) == slugified(text)


def test_a_resource_inherits_the_licence_unless_it_has_its_own() -> None:
    dataset = {"license_id": "dl-de/by-2.0"}
    assert effective_licence_id({"license_id": ""}, dataset) == "dl-de/by-2.0"
    assert effective_licence_id({"license_id": "CC0"}, dataset) == "cc-zero"
    assert effective_licence_id({"license_id": "house rules"}, dataset) == "house rules"


@given(st.dates(min_value=date(1, 1, 1)))
def test_days_are_taken_in_iso_and_german(day: date) -> None:
    assert iso_date(day.isoformat()) == day.isoformat()
    assert iso_date(f"{day.day}.{day.month}.{day.year:04}") == day.isoformat()


@given(st.datetimes(timezones=st.none() | st.timezones()))
def test_times_keep_their_zone(time: datetime) -> None:
    if time.utcoffset() is not None and time.utcoffset().total_seconds() % 60:  # type: ignore[union-attr]
        return  # ISO 8601 has no seconds in an offset
    found = iso_date(time.isoformat())
    assert found is not None
    assert datetime.fromisoformat(found) == datetime.fromisoformat(time.isoformat())


@pytest.mark.parametrize(
    "text",
    [
        "gestern",
        "31.02.2025",
        "2025-13",
        "2025-02-30",
        "0000",
        "2025-01-01T25:00",
        "01/02/2025",
        "12345",
        "٢٠٢٥",
    ],
)
def test_what_is_no_date_is_refused(text: str) -> None:
    assert iso_date(text) is None


@given(st.text(max_size=30))
def test_any_text_is_a_date_or_refused(text: str) -> None:
    found = iso_date(text)
    assert found is None or iso_date(found) == found


def test_periods_compare_to_their_common_precision() -> None:
    assert is_before("2024-12-31", "2025")
    assert not is_before("2025", "2025-12-31")
    assert not is_before("2025-03", "2025-03-01")


CONTACT = {
    "field_name": "contact",
    "repeating_subfields": [
        {"field_name": "name"},
        {"field_name": "email"},
        {"field_name": "uri", "form_snippet": None},
    ],
}
SHOWN = {"field_name": "title"}
HIDDEN = {"field_name": "hash", "form_snippet": None}
STORED = {
    "title": "Alt",
    "hash": "abc",
    "author": "Ada",
    "extras": [{"key": "k", "value": "v"}],
    "metadata_modified": "2025-01-01",
    "contact": [
        {"name": "A", "email": "a@herne.de", "uri": "urn:a", "fax": "1"},
        {"name": "B", "email": "b@herne.de", "uri": "urn:b"},
        {"uri": "urn:only-hidden", "name": ""},
    ],
}


def sent_panels(*indexes: int) -> dict[str, str]:
    """What the form sends for the panels of the stored contacts with these numbers."""
    return {
        f"contact-{index}-{part}": STORED["contact"][index].get(part, "")  # type: ignore[attr-defined]
        for index in indexes
        for part in ("name", "email")
    }


def test_a_form_keeps_what_it_does_not_show() -> None:
    result = complete(STORED, {"title": "Neu", **sent_panels(0, 1, 2)}, [SHOWN, HIDDEN, CONTACT])
    expected = {**STORED, "title": "Neu"}
    del expected["metadata_modified"]
    assert result == expected


def test_a_removed_panel_removes_its_entry_and_no_other() -> None:
    result = complete(STORED, {"title": "Neu", **sent_panels(1)}, [SHOWN, CONTACT])
    assert result["contact"] == [{"name": "B", "email": "b@herne.de", "uri": "urn:b"}]


def test_an_added_panel_becomes_a_new_entry() -> None:
    sent = {**sent_panels(0), "contact-7-name": "Neu", "contact-7-email": "", "contact-9-name": " "}
    result = complete(STORED, sent, [CONTACT])
    assert [entry["name"] for entry in result["contact"]] == ["A", "Neu"]


def test_a_shown_field_that_is_not_sent_was_emptied() -> None:
    assert complete(STORED, {}, [SHOWN])["title"] == ""


STORED_FILE = {
    "url": "http://h/download/a.csv",
    "url_type": "upload",
    "mimetype": "text/csv",
    "size": 3,
    "odd": "x",
}
RESOURCE_FIELDS = [
    {"field_name": "url"},
    {"field_name": "name"},
    {"field_name": "mimetype", "form_snippet": None},
]


def test_a_file_stays_when_the_form_sends_neither_file_nor_link() -> None:
    result = complete_resource(STORED_FILE, {"url": "", "name": "N"}, RESOURCE_FIELDS)
    assert result == {**STORED_FILE, "name": "N"}


def test_a_new_file_forgets_what_was_known_of_the_old_one() -> None:
    result = complete_resource(STORED_FILE, {"url": "", "upload": object()}, RESOURCE_FIELDS)
    assert "mimetype" not in result
    assert result["size"] is None
    assert result["odd"] == "x"


def test_a_link_takes_the_place_of_a_file() -> None:
    result = complete_resource(STORED_FILE, {"url": "https://herne.de/b.csv"}, RESOURCE_FIELDS)
    assert (result["url"], result["url_type"]) == ("https://herne.de/b.csv", "")
    assert result["size"] is None


def test_unknown_fields_become_extras_and_known_ones_do_not() -> None:
    dataset = {
        "title": "t",
        "num_tags": 1,
        "foo": "bar",
        "deep": {"ä": [1]},
        "none": None,
        "extras": [{"key": "foo", "value": "old"}],
    }
    assert adopted(dataset, {"title"}) == {
        "title": "t",
        "num_tags": 1,
        "extras": [{"key": "foo", "value": "bar"}, {"key": "deep", "value": '{"ä": [1]}'}],
    }


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
TEXT_FIELDS = [{"field_name": "a"}, {"field_name": "b", "validators": "herne_terms"}]


@given(st.dictionaries(st.sampled_from(["a", "b", "c", "notes"]), JSON))
def test_values_without_faults_can_be_stored(values: dict[str, Any]) -> None:
    plain = with_plain_values(values, TEXT_FIELDS)
    wrong = faults(plain, TEXT_FIELDS)
    for name in plain.keys() - wrong.keys():
        assert all(text.encode("utf-8") is not None and "\x00" not in text for text in strings(plain[name]))
    if "a" not in wrong:
        assert not plain.get("a") or isinstance(plain["a"], str)


@given(st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs", "Cn", "Co"]), max_size=200))
def test_ordinary_text_is_never_faulty(text: str) -> None:
    assert faults({"a": f"{text}\n\t"}, TEXT_FIELDS) == {}


def test_descriptions_may_be_long() -> None:
    assert faults({"notes": "ä" * 400_000}, TEXT_FIELDS) == {}
    assert faults({"notes": "ä" * 600_000, "a": "ä" * 17_000}, TEXT_FIELDS) == {
        "notes": "length",
        "a": "length",
    }


COMPANY = {
    "title": "Stadtwerke",
    "uri": "https://www.stadtwerke.example.org",
    "publisher_type": "http://purl.org/adms/publishertype/Company",
    "url": "https://www.stadtwerke.example.org/daten",
    "email": "daten@stadtwerke.example.org",
    "telephone": "",
    "contact_url": "",
}


def test_a_company_of_the_city_publishes_what_it_owns() -> None:
    values = default_values(SETTINGS, COMPANY)
    assert values["publisher"] == [
        {
            "name": "Stadtwerke",
            "type": COMPANY["publisher_type"],
            "email": COMPANY["email"],
            "url": COMPANY["url"],
            "uri": COMPANY["uri"],
        }
    ]
    assert values["contact"] == [{"name": "Stadtwerke", "email": COMPANY["email"]}]


def test_an_office_has_the_city_as_publisher_and_itself_as_contact() -> None:
    office = {**COMPANY, "title": "Statistik", "uri": "", "contact_url": "https://www.herne.de/statistik"}
    values = default_values(SETTINGS, office)
    assert values["publisher"] == [SETTINGS.publisher]
    assert values["contact"] == [
        {"name": "Statistik", "email": COMPANY["email"], "url": "https://www.herne.de/statistik"}
    ]
    silent = dict.fromkeys(COMPANY, "") | {"title": "Amt"}
    assert default_values(SETTINGS, silent) == default_values(SETTINGS)


def test_what_the_form_filled_in_follows_the_organization() -> None:
    offered = [default_values(SETTINGS), default_values(SETTINGS, COMPANY)]
    shown = {key: value for key, value in SETTINGS.publisher.items() if key != "uri"}
    sent = {"title": "T", "publisher": [shown], "contact": [{**SETTINGS.contact, "telephone": ""}]}
    assert without_prefilled(sent, offered) == {"title": "T"}
    changed = {**sent, "publisher": [{**shown, "name": "Stadt Herne, Amt 1"}]}
    assert without_prefilled(changed, offered) == {"title": "T", "publisher": changed["publisher"]}
