"""The schemas: complete against the mapping, in both languages, and every shared fact in one place."""

from __future__ import annotations

from collections import Counter
from importlib.resources import files
from typing import Any

import pytest
import yaml
from ckanext.herne import schemas
from ckanext.herne.dcat_ap_de.mapping import mapping
from ckanext.herne.dcat_ap_de.vocabulary import vocabulary

FOLDER = files(schemas)
# Where the class's properties have their fields, and what the mapping takes from elsewhere than a field.
PLACES = {
    "Dataset": ("dataset", "dataset_fields", {"resources", "tags"}),
    "DatasetSeries": ("dataset_series", "dataset_fields", {"tags"}),
    "DataService": ("data_service", "dataset_fields", {"tags"}),
    "Distribution": ("dataset", "resource_fields", set()),
}
NAMES = ("dataset", "dataset_series", "data_service", "organization")
OF_SCHEMING = ("organization_url_upload",)


def load(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(FOLDER.joinpath(f"{name}.yaml").read_text("utf-8"))
    return content


PRESETS = {preset["preset_name"]: preset["values"] for preset in load("presets")["presets"]}


def stated(name: str, part: str) -> list[dict[str, Any]]:
    """The fields of a schema as the file has them."""
    return list(load(name).get(part, []))


def whole(name: str, part: str) -> list[dict[str, Any]]:
    """The fields of a schema with what their presets say."""
    return [{**PRESETS.get(field.get("preset", ""), {}), **field} for field in stated(name, part)]


def parts_of(name: str) -> list[str]:
    return [part for part in ("fields", "dataset_fields", "resource_fields") if part in load(name)]


ALL = [(name, part) for name in NAMES for part in parts_of(name)]


@pytest.mark.parametrize("class_name", PLACES)
def test_every_property_has_a_field(class_name: str) -> None:
    name, part, elsewhere = PLACES[class_name]
    fields = {field["field_name"] for field in whole(name, part)}
    wanted = {prop.field for prop in mapping().classes[class_name].properties}
    assert wanted - fields - elsewhere == set()


@pytest.mark.parametrize(("name", "part"), ALL)
def test_every_field_speaks_both_languages(name: str, part: str) -> None:
    shown = [field for field in whole(name, part) if field.get("form_snippet", "") is not None]
    subfields = [sub for field in shown for sub in field.get("repeating_subfields", [])]
    for field in [*shown, *(sub for sub in subfields if sub["field_name"] != "__extras")]:
        for text in ("label", *(key for key in ("help_text", "form_placeholder") if key in field)):
            assert set(field[text]) == {"de", "en"}, (name, field["field_name"], text)
            assert all(said.strip() for said in field[text].values())


@pytest.mark.parametrize(("name", "part"), ALL)
def test_every_reference_leads_somewhere(name: str, part: str) -> None:
    for field in whole(name, part):
        assert field.get("preset", OF_SCHEMING[0]) in {*PRESETS, *OF_SCHEMING}
        if "vocabulary" in field:
            assert vocabulary(field["vocabulary"]).terms
        if "group" in field:
            assert field["group"] in load(name)["form_groups"]
    for group in load(name).get("form_groups", []):
        assert set(PRESETS[f"group_{group}"]) == {"label", "hint"}


def test_no_field_is_described_twice() -> None:
    """A field with a label of its own is in one schema only; shared ones get it from a preset."""
    own = Counter(
        field["field_name"]
        for name in NAMES[:3]
        for field in stated(name, "dataset_fields")
        if "label" in field
    )
    assert [name for name, count in own.items() if count > 1] == []


@pytest.mark.parametrize(("name", "part"), [pair for pair in ALL if pair[0] != "organization"])
def test_fields_are_named_once(name: str, part: str) -> None:
    names = [field["field_name"] for field in stated(name, part)]
    assert len(names) == len(set(names))
