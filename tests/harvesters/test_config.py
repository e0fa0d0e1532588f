"""Configurations and data files: what is wrong is named with its line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from ckan.common import config
from ckanext.harvest.logic.schema import harvest_source_schema
from ckanext.herne.harvesters.hits.source import HitsSource
from ckanext.herne.harvesters.hits.theme import THEMES, theme, themes
from ckanext.herne.harvesters.operations.errors import ConfigError
from ckanext.herne.harvesters.sensors.domain import DOMAINS, domain, domains
from ckanext.herne.harvesters.sensors.source import SensorSource
from ckanext.herne.harvesters.sensors.tables import daily_table, hourly_table, station_table

if TYPE_CHECKING:
    from pathlib import Path


def test_yaml_and_json_give_the_same_configuration() -> None:
    yaml = SensorSource.configured("domain: parking\nhistory_days: 7\n").canonical()
    assert json.loads(yaml) == {"domain": "parking", "history_days": 7}
    assert SensorSource.configured(yaml).canonical() == yaml


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "domain: parking\nhistory_days: many",
            "line 2: history_days must be a whole number, e.g. 30; a text stands there",
        ),
        (
            '{\n"domain": "parking",\n"demo": 3\n}',
            "line 3: demo must be one of true and false; a whole number stands there",
        ),
        ("domain: parking\nhistory: 10", "line 2: there is no key history. Do you mean history_days"),
        ("domain: parking\nprotocol: mqtt", "line 2: protocol cannot be 'mqtt'. Write one of: ngsi-ld, "),
        ("domain: parking\nauth: {kind: secret}", "auth.kind cannot be 'secret'. .*bearer, basic"),
        ("domain: parking\nauth: {secret: t}", "line 2: auth.kind is missing. Write one of: none, bearer"),
        ("domain: parking\nauth: {kind: basic, secret: t}", "line 2: auth.user is missing. Add a line user"),
        ("domain: parking\nauth: {kind: bearer, secrets: t}", "no key auth.secrets. Do you mean secret"),
        ("domain: parking\nheaders: {Tenant: 3}", "line 2: headers.* must be a text"),
        ("domain: parking\ntypes:\n- A\n- 2", r"line 4: types\[1\] must be a text"),
        ("domain: parking\nauth: token", "line 2: auth must be keys with their values"),
        ("- domain", "the configuration must be keys with their values.*; a list stands there"),
        ("domain: [", "line 1: this is neither YAML nor JSON"),
        ("domain: tides", "no sensor domain 'tides'; known are air_quality, bike_boxes"),
        ("", "domain is missing. Add a line domain: …"),
    ],
)
def test_an_error_names_line_and_remedy(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        SensorSource.configured(text)


def test_an_unknown_theme_is_refused() -> None:
    with pytest.raises(ConfigError, match="no theme 'x'; known are bevoelkerung"):
        HitsSource.configured("theme: x")


def test_no_key_of_a_configuration_hides_a_field_of_the_source() -> None:
    fields = {*harvest_source_schema(), "tags", "groups", "resources", "state", "author"}
    for source in (SensorSource, HitsSource):
        keys = set(
            source.configured(
                "domain: parking" if source is SensorSource else "theme: bevoelkerung"
            ).config.__struct_fields__
        )
        assert keys.isdisjoint(fields)


@pytest.mark.parametrize("name", domains())
def test_every_domain_file_makes_a_table(name: str) -> None:
    declared = [make(domain(name)) for make in (hourly_table, daily_table, station_table)]
    assert [entry.key for entry in declared] == [("stream_id", "hour"), ("stream_id", "day"), ("station_id",)]
    columns = [column for entry in declared for column in entry.columns]
    assert all(column.label_de and column.description_en for column in columns)


@pytest.mark.parametrize("name", themes())
def test_every_theme_file_is_valid(name: str) -> None:
    assert theme(name).id == name


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A city's folder with a theme and a domain of its own."""
    monkeypatch.setitem(config, "ckanext.herne.harvest.descriptions", str(tmp_path))
    for shelf, name, own in ((THEMES, "bevoelkerung", "hunde"), (DOMAINS, "parking", "taxis")):
        text = (shelf.folder / f"{name}.yaml").read_text("utf-8")
        folder = tmp_path / shelf.folder.name
        folder.mkdir()
        (folder / f"{own}.yaml").write_text(text.replace(f"id: {name}", f"id: {own}", 1), "utf-8")
    return tmp_path


def test_a_city_adds_themes_and_domains_without_touching_the_suite(city: Path) -> None:
    assert {"bevoelkerung", "hunde"} <= set(themes())
    assert {"parking", "taxis"} <= set(domains())
    assert HitsSource.configured("theme: hunde").theme.id == "hunde"
    assert SensorSource.configured("domain: taxis").domain.id == "taxis"


def test_a_file_of_the_city_stands_in_place_of_the_suites(city: Path) -> None:
    own = city / "domains" / "parking.yaml"
    text = (DOMAINS.folder / "parking.yaml").read_text("utf-8")
    for minutes in (5, 2):  # also once it was read
        own.write_text(text.replace("cadence_minutes: 10", f"cadence_minutes: {minutes}"), "utf-8")
        assert domain("parking").cadence_minutes == minutes


def test_a_file_that_was_only_copied_is_refused_for_its_ids_would_be_those_of_another(city: Path) -> None:
    (city / "themes" / "katzen.yaml").write_text((city / "themes" / "hunde.yaml").read_text("utf-8"), "utf-8")
    with pytest.raises(ConfigError, match=r"katzen\.yaml: its id is 'hunde'"):
        theme("katzen")
