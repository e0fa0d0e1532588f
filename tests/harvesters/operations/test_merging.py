"""What a source says anew goes into a dataset, what a steward wrote stays."""

from __future__ import annotations

from typing import Any

from ckanext.herne.harvesters.operations.merging import merged, same, with_known_ids
from hypothesis import given
from hypothesis import strategies as st

VALUES = st.one_of(st.none(), st.text(max_size=3), st.lists(st.text(max_size=2), max_size=2))
FIELDS = st.dictionaries(st.sampled_from("abcdef"), VALUES, max_size=6)


def stored(**fields: Any) -> dict[str, Any]:
    return {"id": "d", "state": "active", "resources": [], **fields}


@given(before=FIELDS, said=FIELDS, own=FIELDS)
def test_a_field_changes_only_where_the_source_says_something_new(
    before: dict[str, Any], said: dict[str, Any], own: dict[str, Any]
) -> None:
    here = stored(**{**before, **own})
    dataset, changes = merged(here, before, said)
    for field in "abcdef":
        if same(before.get(field), said.get(field)):
            assert same(dataset.get(field), here.get(field))
        else:
            assert same(dataset.get(field), said.get(field))
    assert {change.field for change in changes} == {
        field for field in "abcdef" if not same(dataset.get(field), here.get(field))
    }


@given(said=FIELDS)
def test_what_was_said_before_changes_nothing(said: dict[str, Any]) -> None:
    assert merged(stored(**said), said, said) == (stored(**said), [])


def test_files_of_a_steward_stay_and_those_the_source_dropped_go() -> None:
    kept, dropped, own = ({"id": name, "name": name, "url": f"https://x/{name}"} for name in "kdo")
    here = stored(resources=[kept, own, dropped])
    before = {"resources": [kept, dropped]}
    said = {"resources": [{**kept, "name": "K"}, {"id": "n", "name": "n", "url": "https://x/n"}]}
    dataset, changes = merged(here, before, said)
    assert [(file["id"], file["name"]) for file in dataset["resources"]] == [
        ("k", "K"),
        ("n", "n"),
        ("o", "o"),
    ]
    assert [change.field for change in changes] == ["resources / k / name", "resources / n", "resources / d"]


def test_what_a_steward_wrote_at_a_file_stays() -> None:
    file = {"id": "k", "name": "k", "url": "https://x/k"}
    here = stored(resources=[{**file, "description": "geprüft", "name": "Kurz"}])
    dataset, changes = merged(here, {"resources": [file]}, {"resources": [file]})
    assert (dataset["resources"][0]["description"], dataset["resources"][0]["name"]) == ("geprüft", "Kurz")
    assert changes == []


def test_tags_are_the_same_in_any_order_and_form() -> None:
    here = [{"name": "b", "id": "1", "vocabulary_id": None}, {"name": "a", "id": "2", "vocabulary_id": None}]
    assert same(here, [{"name": "a"}, {"name": "b"}])
    assert not same(here, [{"name": "a"}])


def test_files_are_known_by_uri_then_by_address_each_once() -> None:
    here = stored(
        resources=[
            {"id": "1", "uri": "https://x/u", "url": "https://x/1"},
            {"id": "2", "url": "https://x/2", "name": "b"},
            {"id": "3", "url": "https://x/2", "name": "a"},
        ]
    )
    said = {
        "resources": [
            {"uri": "https://x/u", "url": "https://x/moved"},
            {"url": "https://x/2", "name": "a"},
            {"url": "https://x/2", "name": "c"},
            {"url": "https://x/2", "name": "d"},
        ]
    }
    ids = [file["id"] for file in with_known_ids(said, here)["resources"]]
    assert ids[:3] == ["1", "3", "2"]
    assert ids[3] not in ("1", "2", "3")
