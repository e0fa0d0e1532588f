"""Every bad value in every field of every type, through the API, generated from the schemas.

A call gives each field of a type the same bad value. What is refused has to be an error at that very field
and leaves nothing behind; without the refused fields the rest is saved, and what is saved is a graph that
every RDF syntax can carry.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from ckanext.herne.dcat_ap_de import describe
from rdflib import Graph

if TYPE_CHECKING:
    from herne_testing.browser import Browser

Fields = list[dict[str, Any]]

SYNTAXES = ("turtle", "xml", "json-ld", "nt")
TYPES = ("dataset", "dataset_series", "data_service")
GOOD = {"title": "Gut", "notes": "Gut", "endpoint_url": ["https://geo.herne.de/wfs"]}
ROUNDS = 6  # values are checked in steps: what a field can hold at all, then what it may say

ADDRESSES = {
    "broken address": "http://[broken",
    "address without a host": "https://",
    "script as address": "javascript:alert(document.cookie)",
    "blank in the host": "https://exa mple.org/x",
}
WORDS = {
    "unknown code": "XYZ-unbekannt-999",
    "yesterday": "gestern",
    "day that does not exist": "31.02.2025",
    "ISO day that does not exist": "2025-02-30T25:61",
    "right-to-left mark": "\u200fabc\u200e",
    "SQL": "x'; DROP TABLE package; --",
    "HTML": '<script>alert("1")</script><img src=x onerror=alert(1)>',
    "template": "{{ 7 * 7 }}{% raw %} ${7*7} %s %n",
    "line breaks": "a\n\nb\r\nc\rd\u2028e\u0085f",
    "broken JSON": '["a", ',
    "deep JSON": "[" * 5_000,
    "other scripts": "漢字 ŵ עברית 😀 e\u0301",
}
UNSTORABLE = {
    "NUL": "a\x00b",
    "escape sequence": "\x1b[31mrot",
    "lone surrogate": "a\udcffb",
    "turned writing direction": "abc\u202egnp.exe",
}
ODD = {
    "quotes in an address": 'https://example.org/"><x>{y}|z\\',
    "JSON object": '{"en": "x", "xx-yy": {"a": 1}}',
    "JSON list": '[{"a": [1, null]}, "x", ["y"]]',
    "long": "ä" * 20_000,
    "blank": " \t ",
}
TEXTS = {**ADDRESSES, **WORDS, **UNSTORABLE, **ODD}
DEEP: list[Any] = []
for _level in range(300):
    DEEP = [DEEP]
SHAPES = {
    "deep list": DEEP,
    "list": ["x"],
    "nested list": [["x"], [[]]],
    "object": {"a": "b"},
    "object in an object": {"en": {"a": ["b"]}, "\x00": "x"},
    "list of objects": [{"a": {"b": ["c"]}}, "x", None],
    "objects with bad parts": [{"name": ["x"], "uri": {"a": 1}, "email": 7, "\udc00": 1}],
    "number": 7,
    "negative number": -1.5,
    "huge number": 10**40,
    "yes": True,
    "nothing in a list": [None, "", {}],
}

# What a field's validators stand for: these take nothing but what they know.
STRICT = (
    "term",
    "date",
    "duration",
    "decimal",
    "media_type",
    "telephone",
    "email",
    "geometry",
    "tick",
    "size",
)
ADDRESSED = ("address", "packages", "uri")


def is_a(field: dict[str, Any], kinds: tuple[str, ...]) -> bool:
    """Whether one of the field's own validators is for one of these kinds of values."""
    return any(f"herne_{kind}" in field.get("validators", "").replace("web_", "") for kind in kinds)


def must_refuse(field: dict[str, Any], what: str) -> bool:
    """Whether a field has to refuse a value: nobody can mean this there."""
    if what in UNSTORABLE:
        return field.get("validators") != "ignore"
    if what in ADDRESSES and "statement" in field.get("validators", ""):
        return what != "script as address"  # there it is a text like any other
    if "telephone" in field.get("validators", "") and "day" in what:
        return False  # digits and dots
    if what in ADDRESSES or what in WORDS:
        return is_a(field, STRICT) or is_a(field, ADDRESSED)
    return False


def bad(fields: Fields, value: Any) -> dict[str, Any]:
    """The value in every field; a text also in every part of the fields that have parts."""
    return {
        field["field_name"]: [dict.fromkeys(parts(field), value)]
        if "repeating_subfields" in field and isinstance(value, str)
        else copy.deepcopy(value)
        for field in fields
    }


def parts(field: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The subfields of a field by name."""
    named = {sub["field_name"]: sub for sub in field.get("repeating_subfields", [])}
    return {name: sub for name, sub in named.items() if not name.startswith("__")}


def expected(fields: Fields, what: str) -> set[str]:
    """The fields and parts ("publisher.email") that have to refuse a text."""
    found = {
        f"{field['field_name']}.{name}"
        for field in fields
        for name, part in parts(field).items()
        if must_refuse(part, what)
    }
    plain = (field for field in fields if "repeating_subfields" not in field)
    return found | {field["field_name"] for field in plain if must_refuse(field, what)}


def removed(target: dict[str, Any], errors: dict[str, Any]) -> set[str]:
    """Take what was refused out of `target`; the names of it, parts as "publisher.email"."""
    names: set[str] = set()
    for name, error in errors.items():
        assert error, errors
        if isinstance(error[0], dict) and isinstance(target.get(name), list):
            for entry, problems in zip(target[name], error, strict=False):
                names |= {f"{name}.{part}" for part in problems}
                for part in problems:
                    del entry[part]
            continue
        names.add(name)
        target.pop(name, None)
        if name == "hvd_category":
            target.pop("hvd", None)  # the one asks for the other
        if name in GOOD:
            target[name] = GOOD[name]
    return names


def schema(kind: str, part: str) -> Fields:
    import ckan.plugins.toolkit as tk

    fields: Fields = tk.h.scheming_get_dataset_schema(kind)[part]
    return fields


def answer_of(steward: Browser, action: str, data: dict[str, Any]) -> dict[str, Any]:
    """The API's answer; anything but "saved" and "refused field by field" fails the test."""
    answer = steward.app.post(f"/api/3/action/{action}", json=data, headers=steward.headers)
    assert answer.status_code in (200, 409), (answer.status_code, answer.body[:2000])
    content: dict[str, Any] = answer.json
    return content


def rows() -> int:
    """How many packages, resources and organizations the database has."""
    import ckan.model as model

    tables = (model.Package, model.Resource, model.Group)
    return sum(int(model.Session.query(table).count()) for table in tables)


def saved_in_the_end(
    steward: Browser, data: dict[str, Any], action: str = "package_create"
) -> tuple[dict[str, Any], set[str]]:
    """Save what is not refused; what was saved, and the names of what was not."""
    refused: set[str] = set()
    before = rows()
    for _round in range(ROUNDS):
        answer = answer_of(steward, action, data)
        if answer["success"]:
            return answer["result"], refused
        assert rows() == before, "something was saved although the answer was an error"
        errors = {name: error for name, error in answer["error"].items() if name != "__type"}
        assert errors.keys() <= {*data, "hvd_category", "extras"}, errors
        if "resources" in errors and isinstance(errors["resources"][0], dict):
            of_files = errors.pop("resources")[0]
            refused |= {f"resources.{name}" for name in removed(data["resources"][0], of_files)}
            data["resources"][0].setdefault("url", "https://herne.de/a.csv")
        refused |= removed(data, errors)
    raise AssertionError(f"still refused after {ROUNDS} rounds: {errors}")


def assert_sound(dataset: dict[str, Any]) -> None:
    """The graph is written and read again: a dataset's in every syntax, others' in the most delicate one."""
    from ckanext.herne.dcat_ap_de.profile import portal_settings

    graph = describe(dataset, portal_settings())
    assert len(graph) > 0
    for syntax in SYNTAXES if dataset["type"] == "dataset" else ("xml",):
        again = Graph().parse(data=graph.serialize(format=syntax), format=syntax)
        assert len(again) == len(graph), syntax


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("what", [*TEXTS, *SHAPES])
def test_a_bad_value_in_every_field(steward: Browser, kind: str, what: str) -> None:
    value = {**TEXTS, **SHAPES}[what]
    fields, of_files = schema(kind, "dataset_fields"), schema(kind, "resource_fields")
    data = {**bad(fields, value), "type": kind}
    if of_files:
        data["resources"] = [bad(of_files, value)]
    saved, refused = saved_in_the_end(steward, data)
    assert_sound(steward.call("package_show", id=saved["id"]))
    steward.call("package_delete", id=saved["id"])  # so that nobody finds it as "gestern"
    if what in TEXTS:
        demanded = expected(fields, what) | {f"resources.{name}" for name in expected(of_files, what)}
        assert demanded - refused == set()


@pytest.mark.parametrize("what", [*TEXTS, *SHAPES])
def test_a_bad_value_in_every_field_of_an_organization(steward: Browser, what: str) -> None:
    import ckan.plugins.toolkit as tk

    fields: Fields = tk.h.scheming_get_organization_schema("organization")["fields"]
    data = {**bad(fields, {**TEXTS, **SHAPES}[what]), "name": "amt-" + str(rows())}
    saved, refused = saved_in_the_end(steward, data, "organization_create")
    if what in TEXTS:
        assert expected(fields, what) - refused - {"name", "image_url"} == set()
    before = steward.call("organization_show", id=saved["id"])
    if refused:
        change = {"id": saved["id"], **bad(fields, {**TEXTS, **SHAPES}[what])}
        assert not answer_of(steward, "organization_patch", change)["success"]
        assert steward.call("organization_show", id=saved["id"]) == before


@pytest.mark.parametrize(
    "what", ["NUL", "broken JSON", "list of objects", "deep list", "object in an object"]
)
def test_a_refused_change_changes_nothing(steward: Browser, what: str) -> None:
    resources = [{"url": "https://herne.de/a.csv", "name": "a"}]
    created = steward.call("package_create", title="Vorher", notes="n", resources=resources)
    before = steward.call("package_show", id=created["id"])
    value = {**TEXTS, **SHAPES}[what]
    of_dataset = {"id": created["id"], **bad(schema("dataset", "dataset_fields"), value), "title": "Neu"}
    of_file = {**bad(schema("dataset", "resource_fields"), value), "package_id": created["id"]}
    changes = {
        "package_patch": of_dataset,
        "package_update": of_dataset,
        "resource_create": of_file,
        "resource_patch": {**of_file, "id": before["resources"][0]["id"]},
        "resource_update": {**of_file, "id": before["resources"][0]["id"]},
    }
    for action, change in changes.items():
        assert not answer_of(steward, action, change)["success"], action
        assert steward.call("package_show", id=created["id"]) == before, action


@pytest.mark.parametrize("name", ["tags", "groups", "extras", "plugin_data", "private", "state", "id"])
def test_what_only_ckan_knows_takes_no_bad_values_either(steward: Browser, name: str) -> None:
    before = rows()
    shapes = [*SHAPES.values(), [{"name": ["x"]}], [{"name": "\x00"}], [{"key": 7}]]
    for value in ["x", TEXTS["NUL"], *shapes]:
        answer = steward.app.post(
            "/api/3/action/package_create",
            json={"title": "t", "notes": "n", name: value},
            headers=steward.headers,
        )
        assert answer.status_code in (200, 400, 409), (value, answer.body[:500])
        if answer.status_code == 200:
            steward.call("dataset_purge", id=answer.json["result"]["id"])
    assert rows() == before


def test_texts_of_five_megabytes_are_errors_by_field(steward: Browser) -> None:
    text = "Langer Text. " * 400_000
    data = {"title": "t", "notes": text, "provenance": [text], "notes_translated": {"en": text}}
    error = steward.call("package_create", ok=False, **data, resources=[{"url": text, "description": text}])
    assert error.keys() - {"__type"} == {"notes", "provenance", "notes_translated", "resources"}
    assert error["resources"][0].keys() == {"url", "description"}


def test_odd_texts_leave_the_feed_readable(steward: Browser) -> None:
    titles = [TEXTS[what] for what in ("HTML", "SQL", "template", "other scripts", "right-to-left mark")]
    for title in titles:
        file = {"url": "https://herne.de/a?b={c}&d=<e>", "name": title, "description": title}
        translated = {"title_translated": {"en": title}, "tags_translated": {"en": [title]}}
        steward.call("package_create", title=title, notes=title, resources=[file], **translated)
    for ending, syntax in (("ttl", "turtle"), ("xml", "xml"), ("jsonld", "json-ld"), ("n3", "n3")):
        graph = Graph().parse(data=steward.get(f"/catalog.{ending}", status=200).body, format=syntax)
        assert {str(text) for text in graph.objects()} >= {title.strip() for title in titles}, syntax
