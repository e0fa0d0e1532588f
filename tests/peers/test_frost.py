"""The SensorThings harvester against FROST, a server nobody here wrote, across a clock change."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from ckanext.herne.harvesters.operations.http import Http
from ckanext.herne.harvesters.sensors.client import SensorThings
from ckanext.herne.harvesters.sensors.collect import collect
from ckanext.herne.harvesters.sensors.domain import Quantity, Text, domain
from herne_testing.needs import SHARED

pytestmark = [pytest.mark.needs("frost"), pytest.mark.needs("shared")]

EXPECTED = SHARED / "fixtures" / "sensorthings" / "expected_hourly_utc.csv"
NOW = datetime(2025, 4, 1, 0, 30, tzinfo=UTC)


def expected(kinds: set[str]) -> dict[tuple[str, str], dict[str, Any]]:
    with EXPECTED.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["datastream"].partition(":")[2] in kinds]
    return {(row["datastream"], row["stunde_utc"]): row for row in rows}


def test_hourly_values_equal_those_of_the_servers_own_database(frost_url: str) -> None:
    client = SensorThings(Http(allow_private=True), frost_url)
    names = {str(stream.id): stream.name for stream in client.datastreams()}
    lenient = msgspec.structs.replace(domain("air_quality"), minimum_coverage=0.0)
    rows = collect(client, lenient, {}, NOW, timedelta(days=7)).rows
    found = {
        (names[row["stream_id"]], row["hour"].strftime("%Y-%m-%dT%H:%M:%SZ")): row
        for row in rows.iter_rows(named=True)
    }
    wanted = expected({"pm10", "pm25", "temp", "hum"})
    assert found.keys() == wanted.keys()
    assert len(found) > 700
    for key, row in found.items():
        assert row["n"] == int(wanted[key]["n"]), key
        assert row["mean"] == pytest.approx(float(wanted[key]["mean"]), abs=1e-6), key


def test_every_page_form_gives_the_same_observations(frost_url: str) -> None:
    by_array, by_object = (SensorThings(Http(allow_private=True), frost_url) for _ in range(2))
    by_object._data_array = False
    stream = by_array.datastreams()[0].id
    window = (NOW - timedelta(days=7), NOW)
    assert by_array.observations(stream, *window) == by_object.observations(stream, *window)
    half = NOW - timedelta(days=2)
    parts = by_array.observations(stream, window[0], half) + by_array.observations(stream, half, window[1])
    assert parts == by_array.observations(stream, *window)


def test_occupancy_of_a_site_without_known_capacity_is_not_published(frost_url: str) -> None:
    client = SensorThings(Http(allow_private=True), frost_url)
    with pytest.raises(Exception, match="no datastream belongs to the domain"):
        collect(client, domain("parking"), {}, NOW, timedelta(days=7))


def test_a_new_quantity_needs_no_code(frost_url: str) -> None:
    soil = Quantity(
        id="soil_moisture",
        label=Text("Bodenfeuchte", "Soil moisture"),
        observed_properties=("https://smartdatamodels.org/soilMoistureVwc",),
        unit="%",
        units={"%": 1.0},
        minimum=0,
        maximum=100,
    )
    trees = msgspec.structs.replace(domain("air_quality"), quantities=(soil,), minimum_coverage=0.0)
    rows = collect(SensorThings(Http(allow_private=True), frost_url), trees, {}, NOW, timedelta(days=7)).rows
    assert rows.height == len(expected({"soil"}))
