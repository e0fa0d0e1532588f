"""NGSI-LD and QuantumLeap on the real portal, across both clock changes, against an oracle in plain Python.

The brokers cut off in silence, refuse large pages and give wrong aggregates; see `herne_testing.brokers`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from ckanext.datastore.backend.postgres import get_write_engine
from ckanext.harvest.model import HarvestObject, HarvestSource
from ckanext.herne.harvesters.operations import lifecycle
from herne_testing import oracle, runs
from herne_testing.brokers import Broker, NgsiLdBroker, QuantumLeapBroker
from herne_testing.clock import Clock
from herne_testing.stations import demo_stations, stream_id

if TYPE_CHECKING:
    from herne_testing.stations import Station

pytestmark = pytest.mark.usefixtures("site")

SPRING, AUTUMN = datetime(2025, 4, 2, 9, tzinfo=UTC), datetime(2025, 10, 29, 9, tzinfo=UTC)
KINDS = {"air_quality": "smart_pole", "parking": "park_and_ride", "bike_boxes": "bike_boxes"}
Row = dict[str, Any]
Harvest = tuple[HarvestSource, Broker]
Make = Callable[..., Harvest]


@pytest.fixture
def harvest(
    site: dict[str, Any],
    serve: Callable[[Any], str],
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Make:
    """Makes a source at a broker with the demo's stations, at a time; or at a broker there is."""
    names = iter("abc")
    monkeypatch.setattr(lifecycle, "datetime", Clock)

    def make(protocol: str, domain: str, at: datetime, broker: Broker | None = None) -> Harvest:
        monkeypatch.setattr(Clock, "at", at)
        stations = demo_stations(KINDS[domain], at)
        if broker is None and protocol == "quantumleap":
            broker = QuantumLeapBroker(stations, tenant="herne")
        broker = broker or NgsiLdBroker(stations)
        name = f"b-{next(names)}-{abs(hash(request.node.name)):x}"[:40]
        config = {"domain": domain, "protocol": protocol, "dataset": f"{name}-data", "history_days": 15}
        data = {
            "name": name,
            "title": name,
            "url": serve(broker),
            "source_type": "herne_sensorthings",
            "frequency": "WEEKLY",
            "owner_org": "stadt-herne",
            "config": json.dumps(config | {"headers": {"Fiware-Service": "herne"}}),
        }
        made = tk.get_action("harvest_source_create")(dict(site), data)
        return HarvestSource.get(made["id"]), broker

    return make


def rows(dataset: dict[str, Any], name: str) -> list[Row]:
    """The stored rows of the hours, the days or the stations."""
    names = {"Stundenwerte (Tabelle)": "hours", "Tageswerte (Tabelle)": "days"}
    (table,) = [one for one in dataset["resources"] if names.get(one["name"], "stations") == name]
    data = {"resource_id": table["id"], "limit": 32000}
    found: list[Row] = tk.get_action("datastore_search")({"ignore_auth": True}, data)["records"]
    return found


def soiled(stations: list[Station]) -> list[Station]:
    """The same with values that are none, and one that comes twice: nothing of it may show."""
    for station in stations:
        for attribute in station.attributes.values():
            time, value = attribute.values[40]
            bad = (True, math.nan, {"a": 1}, None, "ERROR")
            dirt = [(time + timedelta(seconds=number), one) for number, one in enumerate(bad, 1)]
            attribute.values[41:41] = [(time, value), *dirt]
    return stations


@pytest.mark.parametrize(
    ("protocol", "domain", "at"),
    [
        ("ngsi-ld", "air_quality", SPRING),
        ("ngsi-ld", "parking", AUTUMN),
        ("quantumleap", "air_quality", AUTUMN),
        ("quantumleap", "parking", SPRING),
    ],
)
def test_all_rows_equal_the_oracle_and_a_second_run_asks_little_and_writes_nothing(
    harvest: Make, protocol: str, domain: str, at: datetime
) -> None:
    source, broker = harvest(protocol, domain, at)
    soiled(broker.stations)
    broker.cap = 400
    done = runs.run(source)
    assert done["errors"] == []
    assert {"truth value", "not a number", "duplicate", "text", "no value"} <= left_out(done)
    dataset = runs.dataset_of(done)
    streams = oracle.streams(KINDS[domain])
    is_as_computed(rows(dataset, "hours"), "hour", {stream_id(one): oracle.hours(one, at) for one in streams})
    days = {stream_id(one): oracle.days(one, at) for one in streams}
    is_as_computed(rows(dataset, "days"), "day", days)
    changed = at.astimezone(oracle.LOCAL).date() - timedelta(days=3)
    assert {one[changed].n_expected for one in days.values()} == {138 if at == SPRING else 150}
    places = {one.thing.name: (one.thing.lon, one.thing.lat, one.thing.capacity) for one in streams}
    assert places == {
        row["station"]: (row["longitude"], row["latitude"], row["capacity"])
        for row in rows(dataset, "stations")
    }

    before = written(dataset)
    broker.asked.clear()
    broker.cap = 10_000
    assert list(runs.run(source)["status"].values()) == ["not modified"]
    assert written(dataset) == before
    # a listing for each type of entity, a count for each attribute, and each stream once
    types, attributes = {"air_quality": (1, 5), "parking": (2, 1)}[domain]
    assert len(broker.asked) == types + attributes + len(streams)


@pytest.mark.parametrize("protocol", ["ngsi-ld", "quantumleap"])
def test_what_was_corrected_removed_and_late_is_as_if_it_had_always_been_so(
    harvest: Make, protocol: str
) -> None:
    source, broker = harvest(protocol, "air_quality", SPRING)
    values = broker.stations[0].attributes["pm10"].values
    late = [values.pop(-30) for _ in range(3)]
    dataset = runs.dataset_of(runs.run(source))
    before = rows(dataset, "hours")
    values[-70] = (values[-70][0], 1234.5)
    del values[-120:-100]
    values[:] = sorted([*values, *late], key=lambda entry: entry[0])
    assert list(runs.run(source)["status"].values()) == ["updated"]
    fresh = runs.dataset_of(runs.run(harvest(protocol, "air_quality", SPRING, broker)[0]))
    for name in ("hours", "days", "stations"):
        assert plain(rows(dataset, name)) == plain(rows(fresh, name))
    assert any(row["maximum"] == 1234.5 for row in rows(dataset, "hours"))
    assert len(rows(dataset, "hours")) < len(before)


@pytest.mark.parametrize("protocol", ["ngsi-ld", "quantumleap"])
def test_a_site_that_vanishes_moves_and_is_renamed_comes_back_as_itself(
    harvest: Make, protocol: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, broker = harvest(protocol, "bike_boxes", SPRING)
    dataset = runs.dataset_of(runs.run(source))
    ids = [entry["id"] for entry in dataset["resources"]]
    castle = broker.stations.pop()
    before = [row for row in rows(dataset, "days") if row["station_id"] == castle.id]

    monkeypatch.setattr(Clock, "at", SPRING + timedelta(days=2))
    broker.stations[:] = demo_stations("bike_boxes", Clock.at)[:-1]
    assert runs.run(source)["errors"] == []
    assert [row for row in rows(dataset, "days") if row["station_id"] == castle.id] == before

    (back,) = demo_stations("bike_boxes", Clock.at)[-1:]
    back.said["name"], back.position = "Schloss", (7.219, 51.55)
    broker.stations.append(back)
    assert runs.run(source)["errors"] == []
    shown = tk.get_action("package_show")({"ignore_auth": True}, {"id": dataset["id"]})
    assert [entry["id"] for entry in shown["resources"]] == ids
    (station,) = [row for row in rows(dataset, "stations") if row["station_id"] == castle.id]
    assert (station["station"], station["longitude"]) == ("Schloss", 7.219)
    stream = next(one for one in oracle.streams("bike_boxes") if stream_id(one).startswith(castle.id))
    days = {row["day"][:10] for row in rows(dataset, "days") if row["stream_id"] == stream_id(stream)}
    assert {str(day) for day in oracle.days(stream, Clock.at)} <= days


def left_out(done: dict[str, Any]) -> set[str]:
    """Why values were not used, as the run's record has it."""
    (kept,) = model.Session.query(HarvestObject.content).filter_by(harvest_job_id=done["job_id"]).one()
    return {reason for part in json.loads(kept)["left_out"] for reason in part}


def is_as_computed(found: list[Row], time: str, wanted: dict[str, Any]) -> None:
    by_key = {(row["stream_id"], row[time][:19].removesuffix("T00:00:00")): row for row in found}
    if time == "hour":
        by_key = {(row["stream_id"], row["hour"][:19]): row for row in found}
    buckets = {
        (stream, at.strftime("%Y-%m-%dT%H:%M:%S") if isinstance(at, datetime) else str(at)): bucket
        for stream, computed in wanted.items()
        for at, bucket in computed.items()
    }
    assert by_key.keys() == buckets.keys()
    for key, row in by_key.items():
        is_bucket(row, buckets[key])


def is_bucket(row: Row, wanted: oracle.Bucket) -> None:
    key = (row["stream_id"], row.get("hour") or row["day"])
    assert (row["n"], row["n_expected"]) == (wanted.n, wanted.n_expected), key
    assert row["coverage"] == pytest.approx(wanted.coverage, abs=2e-6), key
    assert (row["minimum"], row["maximum"]) == (wanted.minimum, wanted.maximum), key
    is_sound = wanted.coverage >= 0.75
    assert row["quality"] == ("ok" if is_sound else "low_coverage"), key
    assert row["value"] == (pytest.approx(wanted.value, abs=1e-6) if is_sound else None), key


def plain(found: list[Row]) -> list[Row]:
    """Rows without the number that the DataStore gives them, in an order that follows from them."""
    kept = [{name: value for name, value in row.items() if name != "_id"} for row in found]
    return sorted(kept, key=lambda row: json.dumps(row, sort_keys=True))


def written(dataset: dict[str, Any]) -> list[Any]:
    """What changes with any write to any row of the dataset's tables."""
    with get_write_engine().connect() as connection:
        return [
            connection.exec_driver_sql(f'SELECT xmin::text, ctid::text FROM "{one["id"]}" ORDER BY _id').all()
            for one in dataset["resources"]
        ]
