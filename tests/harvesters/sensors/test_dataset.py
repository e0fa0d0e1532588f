"""The dataset of a domain on the real portal: three tables, ids that stay, stations that come and go."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from ckanext.datastore.backend.postgres import get_write_engine
from ckanext.harvest.model import HarvestSource
from ckanext.herne.harvest.reports import report_of
from ckanext.herne.harvesters.operations import lifecycle, scheduling
from ckanext.herne.harvesters.operations import runs as operations
from ckanext.herne.harvesters.operations.work import work
from ckanext.herne.harvesters.sensors.aggregate import midnight
from ckanext.herne.harvesters.sensors.collect import collect
from ckanext.herne.harvesters.sensors.domain import domain
from ckanext.herne.harvesters.sensors.protocols import SensorThings
from ckanext.herne.harvesters.sensors.window import Stored, local_day
from herne_demo.world import observations, world
from herne_testing import runs
from herne_testing.clock import Clock
from werkzeug.wrappers import Request, Response

pytestmark = pytest.mark.usefixtures("site")

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
TODAY = local_day(NOW.replace(tzinfo=None))
BOXES = [stream for stream in world().streams if stream.thing.kind == "bike_boxes"]


@pytest.fixture
def source(site: dict[str, Any], demo: Any, request: pytest.FixtureRequest) -> Any:
    """Makes a harvest source at the demo server; its clock stands at the last full hour."""
    demo.time = NOW

    def make(**config: Any) -> HarvestSource:
        name = f"s-{abs(hash((request.node.name, str(config)))):x}"[:40]
        data = {
            "name": name,
            "title": name,
            "url": f"{demo.url}/sensorthings/v1.1",
            "source_type": "herne_sensorthings",
            "frequency": "WEEKLY",
            "owner_org": "stadt-herne",
            "config": json.dumps({"demo": True, "dataset": f"{name}-data"} | config),
        }
        return HarvestSource.get(tk.get_action("harvest_source_create")(dict(site), data)["id"])

    return make


def rows(dataset: dict[str, Any], number: int) -> list[dict[str, Any]]:
    """The stored rows of the dataset's tables: hours, days, stations."""
    data = {"resource_id": dataset["resources"][number]["id"], "limit": 32000}
    found: list[dict[str, Any]] = tk.get_action("datastore_search")({"ignore_auth": True}, data)["records"]
    return found


def written(dataset: dict[str, Any]) -> list[Any]:
    """What changes with any write to any row of the dataset's tables."""
    with get_write_engine().connect() as connection:
        return [
            connection.exec_driver_sql(
                f'SELECT xmin::text, ctid::text, _id FROM "{entry["id"]}" ORDER BY _id'
            ).all()
            for entry in dataset["resources"]
        ]


def test_days_are_those_of_the_observations_and_a_second_run_writes_nothing(source: Any) -> None:
    made = source(domain="air_quality")
    first = runs.run(made)
    assert first["errors"] == []
    dataset = runs.dataset_of(first)
    expected: dict[tuple[str, str], int] = {}
    for stream in world().streams:
        if stream.thing.kind == "smart_pole" and stream.quantity == "temperature":
            for entry in observations(stream, NOW):
                day = local_day(entry.phenomenon_time.astimezone(UTC).replace(tzinfo=None))
                if isinstance(entry.result, int | float) and -40 <= entry.result <= 60 and day < TODAY:
                    key = (str(stream.id), day.isoformat())
                    expected[key] = expected.get(key, 0) + 1
    found = [row for row in rows(dataset, 1) if row["quantity"] == "temperature"]
    assert {(row["stream_id"], row["day"][:10]): row["n"] for row in found} == expected
    lengths = {row["day"][:10]: row["n_expected"] for row in found}
    for day, length in lengths.items():
        begins = datetime.fromisoformat(day).date()
        assert length * timedelta(minutes=10) == midnight(begins + timedelta(days=1)) - midnight(begins)
    before = written(dataset)
    second = runs.run(made)
    assert second["errors"] == []
    assert list(second["status"].values()) == ["not modified"]
    assert written(dataset) == before


def test_a_history_too_long_for_one_run_is_gone_on_with_by_itself(
    source: Any, demo: Any, http: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the beat and the workers do it, also for a source that is harvested on demand."""
    monkeypatch.setattr(lifecycle, "datetime", Clock)  # no hour may pass between the runs
    monkeypatch.setattr(Clock, "at", NOW)
    made = source(domain="parking")
    made.frequency = "MANUAL"
    model.Session.commit()
    platform = SensorThings(http, made.url)
    whole = collect(platform, domain("parking"), Stored(), NOW, timedelta(days=31)).hours.rows
    monkeypatch.setattr("ckanext.herne.harvesters.sensors.window.SLICE_DAYS", 5)
    monkeypatch.setattr("ckanext.herne.harvesters.sensors.collect.MOST_ROWS", 1)
    first = runs.run(made)
    assert 0 < len(rows(runs.dataset_of(first), 0)) < whole.height
    took = 1
    while made.id in operations.going_on():
        scheduling.start_due()
        (waiting,) = [one for one in operations.unfinished() if one.source_id == made.id]
        work(waiting.job_id)
        took += 1
        assert took < 20
    stored = {(row["stream_id"], row["hour"][:19]) for row in rows(runs.dataset_of(first), 0)}
    assert stored == {(key, hour.isoformat()) for key, hour in whole.select("stream_id", "hour").iter_rows()}
    assert took > 2
    scheduling.start_due()
    assert [one for one in operations.unfinished() if one.source_id == made.id] == []


def test_small_sites_are_stored_by_days_only(source: Any) -> None:
    dataset = runs.dataset_of(runs.run(source(domain="bike_boxes")))
    small = {row["station"] for row in rows(dataset, 1)} - {row["station"] for row in rows(dataset, 0)}
    assert small == {"DeinRadschloss Auf der Wenge"}
    assert {row["capacity"] for row in rows(dataset, 2)} == {10, 15}


def without_the_castle(request: Request, response: Response) -> Response:
    """The platform as if one site had been taken down."""
    if not request.path.endswith("/Datastreams"):
        return response
    body = json.loads(response.get_data())
    body["value"] = [entry for entry in body["value"] if "Schloss Strünkede" not in entry["Thing"]["name"]]
    body["@iot.count"] = len(body["value"])
    return Response(json.dumps(body), mimetype="application/json")


def test_a_station_that_disappears_moves_and_comes_back_is_one_station(source: Any, demo: Any) -> None:
    made = source(domain="bike_boxes")
    demo.time = NOW - timedelta(days=3)
    dataset = runs.dataset_of(runs.run(made))
    ids = [entry["id"] for entry in dataset["resources"]]

    demo.time, demo.tamper = NOW - timedelta(days=2), without_the_castle
    assert runs.run(made)["errors"] == []
    castle = next(row for row in rows(dataset, 2) if "Strünkede" in row["station"])
    others = [row for row in rows(dataset, 2) if row is not castle and "Strünkede" not in row["station"]]
    (last_day,) = {row["last_day"] for row in others}
    assert castle["last_day"] < last_day

    demo.tamper = lambda _request, response: Response(
        response.get_data().replace(b"7.213", b"7.219").replace("Schloss Strünkede".encode(), b"Schloss"),
        mimetype="application/json",
    )
    demo.time = NOW
    back = runs.run(made)
    assert back["errors"] == []
    shown = tk.get_action("package_show")({"ignore_auth": True}, {"id": dataset["id"]})
    assert [entry["id"] for entry in shown["resources"]] == ids
    assert len(rows(dataset, 2)) == 3
    moved = next(row for row in rows(dataset, 2) if row["station_id"] == castle["station_id"])
    assert moved["last_day"][:10] == (TODAY - timedelta(days=1)).isoformat()
    stream = next(str(entry.id) for entry in BOXES if "Strünkede" in entry.thing.name)
    days = [row["day"][:10] for row in rows(dataset, 1) if row["stream_id"] == stream]
    assert len(days) == len(set(days)) >= 12  # the days of its absence were read when it came back


def test_hours_roll_and_days_stay(source: Any, demo: Any) -> None:
    made = source(domain="parking", hourly_days=5)
    demo.time = NOW - timedelta(days=3)
    dataset = runs.dataset_of(runs.run(made))
    demo.time = NOW
    assert runs.run(made)["errors"] == []
    hours = {row["hour"] for row in rows(dataset, 0)}
    first = NOW.replace(hour=0, tzinfo=None) - timedelta(days=5)
    assert datetime.fromisoformat(min(hours)) == first
    days = {row["day"] for row in rows(dataset, 1)}
    assert len(days) >= 12


def test_a_value_corrected_or_removed_at_the_source_changes_or_clears_its_row(source: Any, demo: Any) -> None:
    made = source(domain="parking")
    dataset = runs.dataset_of(runs.run(made))
    before = {(row["stream_id"], row["hour"][:13]): row["value"] for row in rows(dataset, 0)}
    stream = str(next(entry.id for entry in world().streams if entry.thing.kind == "park_and_ride"))
    sound = sorted(hour for key, hour in before if key == stream and before[key, hour] is not None)
    gone, corrected = sound[-20], sound[-10]

    def tamper(request: Request, response: Response) -> Response:
        if f"Datastreams({stream})/" not in request.path:
            return response
        body = json.loads(response.get_data())
        for group in body["value"]:
            kept = [entry for entry in group["dataArray"] if not (gone <= entry[0] < gone + "Z")]
            body["@iot.count"] -= len(group["dataArray"]) - len(kept)
            group["dataArray"] = [
                [entry[0], 7] if entry[0].startswith(corrected) else entry for entry in kept
            ]
        return Response(json.dumps(body), mimetype="application/json")

    demo.tamper = tamper
    changed = runs.run(made)
    assert changed["errors"] == []
    after = {(row["stream_id"], row["hour"][:13]): row for row in rows(dataset, 0)}
    row = after[stream, corrected]
    assert row["minimum"] == 7
    cleared = after.get((stream, gone))
    assert cleared is None or cleared["value"] is None  # what stood before lasts for half an hour at most
    touched = {
        hour for key, hour in after if key == stream and before.get((key, hour)) != after[key, hour]["value"]
    }
    assert len(touched) <= 5


def test_a_stream_that_cannot_be_read_is_reported_and_the_others_are_stored(source: Any, demo: Any) -> None:
    made = source(domain="parking")
    streams = [stream for stream in world().streams if stream.thing.kind == "park_and_ride"]
    ill = streams[0]
    demo.tamper = lambda request, response: (
        Response("maintenance", status=500) if f"Datastreams({ill.id})/" in request.path else response
    )
    done = runs.run(made)
    assert done["outcome"] == "partial"
    report = report_of(done["job_id"])
    assert report is not None
    [errors] = [section for section in report.sections if section.kind == "errors"]
    [problem] = [entry.problem for entry in errors.entries]
    assert f"Datastreams({ill.id})" in problem
    assert "maintenance" in problem
    dataset = runs.dataset_of(done)
    assert {row["stream_id"] for row in rows(dataset, 0)} == {str(stream.id) for stream in streams[1:]}

    before = written(dataset)
    assert runs.run(made)["outcome"] == "partial"  # nothing new, but not all could be looked at
    assert written(dataset) == before
    demo.tamper = lambda _request, response: response
    assert runs.run(made)["outcome"] == "ok"
    assert {row["stream_id"] for row in rows(dataset, 0)} == {str(stream.id) for stream in streams}


def test_a_try_shows_stations_streams_and_what_is_left_aside(source: Any) -> None:
    data = {"id": source(domain="bike_boxes").id, "wait": True}
    [entry] = tk.get_action("herne_harvest_plan")({"ignore_auth": True}, data)["plan"]["create"]
    [found, others] = entry["notes"]
    assert "DeinRadschloss Auf der Wenge (occupied_boxes [1])" in found
    assert "Smart Pole 2 (Standort erfunden): " in others
