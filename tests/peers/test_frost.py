"""The sensor harvester against FROST, a server nobody here wrote, across a clock change."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from ckanext.herne.harvesters.operations.http import Http
from ckanext.herne.harvesters.sensors.collect import Collected, collect
from ckanext.herne.harvesters.sensors.domain import Domain, Quantity, domain
from ckanext.herne.harvesters.sensors.protocols import SensorThings
from ckanext.herne.harvesters.sensors.window import Stored
from herne_testing.needs import SHARED

pytestmark = [pytest.mark.needs("frost"), pytest.mark.needs("shared")]

EXPECTED = SHARED / "fixtures" / "sensorthings"
NOW = datetime(2025, 4, 2, 0, 30, tzinfo=UTC)
WEEK = timedelta(days=7)


def expected(name: str, time: str) -> dict[tuple[str, str], dict[str, Any]]:
    with (EXPECTED / name).open(encoding="utf-8") as file:
        return {(row["datastream"], row[time]): row for row in csv.DictReader(file)}


def plain_means() -> Domain:
    """Every quantity the server has, as a plain mean of all there is: what its own database computed."""
    known = [
        entry for name in ("air_quality", "parking", "soil_moisture") for entry in domain(name).quantities
    ]
    known += [entry for entry in domain("weather").quantities if entry.id == "wind_direction"]
    lenient = [plain_mean(entry) for entry in known]
    return msgspec.structs.replace(
        domain("air_quality"), quantities=tuple(lenient), minimum_coverage=0.0, privacy="open"
    )


def plain_mean(quantity: Quantity) -> Quantity:
    bounds = {"minimum": -1000.0, "maximum": 1000.0}
    return msgspec.structs.replace(quantity, aggregate="mean", minimum_coverage=0.0, **bounds)


@pytest.fixture(scope="module")
def client(frost_url: str) -> SensorThings:
    return SensorThings(Http(allow_private=True), frost_url)


@pytest.fixture(scope="module")
def means(client: SensorThings) -> Collected:
    return collect(client, plain_means(), Stored(), NOW, WEEK)


@pytest.fixture(scope="module")
def names(client: SensorThings) -> dict[str, str]:
    return {stream.id: stream.name for stream in client.streams()}


def test_hours_equal_those_of_the_servers_own_database(means: Collected, names: dict[str, str]) -> None:
    found = {
        (names[row["stream_id"]], row["hour"].strftime("%Y-%m-%dT%H:%M:%SZ")): row
        for row in means.hours.rows.iter_rows(named=True)
    }
    wanted = expected("expected_hourly_utc.csv", "stunde_utc")
    assert found.keys() == wanted.keys()
    assert len(found) == 14 * 72
    for key, row in found.items():
        assert row["n"] == int(wanted[key]["n"]), key
        assert row["value"] == pytest.approx(float(wanted[key]["mean"]), abs=1e-6), key


def test_days_equal_those_of_the_servers_own_database(means: Collected, names: dict[str, str]) -> None:
    found = {
        (names[row["stream_id"]], row["day"].isoformat()): row
        for row in means.days.rows.iter_rows(named=True)
    }
    wanted = expected("expected_daily_local.csv", "tag_lokal")
    assert found.keys() == wanted.keys()
    for key, row in found.items():
        assert row["n"] == int(wanted[key]["n"]), key
        assert row["value"] == pytest.approx(float(wanted[key]["mean"]), abs=1e-6), key
        assert (row["minimum"], row["maximum"]) == (float(wanted[key]["min"]), float(wanted[key]["max"]))
        assert row["n_expected"] == (23 if row["day"] == date(2025, 3, 30) else 24) * 6


def test_stations_have_the_places_of_the_server(means: Collected) -> None:
    places = {
        row["station"]: (row["longitude"], row["latitude"])
        for row in means.stations.rows.iter_rows(named=True)
    }
    assert places["pole-1"] == (7.2205, 51.5385)
    assert len(places) == 6


def test_every_page_form_gives_the_same_observations(client: SensorThings, frost_url: str) -> None:
    by_object = SensorThings(Http(allow_private=True), frost_url, data_array=False)
    stream = client.streams()[0]
    start = NOW - WEEK
    whole = client.observations(stream, start, NOW)
    assert len(whole) > 400
    assert by_object.observations(stream, start, NOW) == whole
    half = datetime(2025, 3, 30, 12, tzinfo=UTC)
    assert client.observations(stream, start, half) + client.observations(stream, half, NOW) == whole


def test_occupancy_of_a_site_without_known_capacity_is_not_published(client: SensorThings) -> None:
    with pytest.raises(Exception, match="no site may be published"):
        collect(client, domain("parking"), Stored(), NOW, WEEK)


def test_the_wind_has_a_direction_not_a_mean(client: SensorThings) -> None:
    """The invented wind blows from 350 to 15 degrees: an arithmetic mean would say south."""
    found = collect(client, domain("weather"), Stored(), NOW, WEEK).days.rows
    directions = found.filter(quantity="wind_direction").get_column("value").drop_nulls().to_list()
    assert directions
    assert all(value > 350 or value < 15 for value in directions)
