"""SensorThings against the demo, recorded answers of FROST, and servers that misbehave."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ckanext.herne.harvesters.operations.errors import SourceError
from ckanext.herne.harvesters.sensors.protocols import SensorThings, Station, Stream
from herne_demo.world import observations, world
from herne_testing.needs import SHARED
from werkzeug.wrappers import Request, Response

RECORDED = SHARED / "fixtures" / "sensorthings"
NOW = datetime(2026, 11, 20, 10, 7, tzinfo=UTC)
STREAM = Stream("1", Station("1", "Pole"), None, 1)
ROW = {"phenomenonTime": "2025-03-29T23:03:07Z", "result": 1}
PATH = "/Datastreams(1)/Observations"


@pytest.fixture
def client(demo: Any, http: Any) -> SensorThings:
    return SensorThings(http, f"{demo.url}/sensorthings/v1.1/")


def test_every_stream_comes_with_station_place_and_unit(client: SensorThings) -> None:
    streams = client.streams()
    assert [stream.id for stream in streams] == [str(stream.id) for stream in world().streams]
    assert [stream.station.name for stream in streams] == [stream.thing.name for stream in world().streams]
    places = [(stream.thing.lon, stream.thing.lat) for stream in world().streams]
    assert [stream.station.position for stream in streams] == places
    assert streams[0].units[0] == "1"
    assert streams[0].station.properties["capacity"] == 209


@pytest.mark.parametrize("data_array", [True, False])
def test_observations_over_several_pages_are_all_there(
    client: SensorThings, demo: Any, data_array: bool
) -> None:
    if not data_array:
        demo.tamper = lambda request, response: (
            Response("unsupported", status=501) if "resultFormat" in request.full_path else response
        )
    made = world().streams[5]
    expected = list(observations(made, demo.time))
    stream = client.streams()[5]
    found = client.observations(stream, demo.time - timedelta(days=15), demo.time)
    assert len(found) > 1000
    assert [result for _, result in found] == [entry.result for entry in expected]
    assert found[0][0] == expected[0].phenomenon_time.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_window_is_half_open(client: SensorThings, demo: Any) -> None:
    times = [entry.phenomenon_time for entry in observations(world().streams[5], demo.time)]
    assert len(client.observations(client.streams()[5], times[3], times[9])) == 6


def test_a_text_key_is_quoted(scripted: Any, http: Any) -> None:
    scripted.answers["/Datastreams('it''s')/Observations"] = {"value": [], "@iot.count": 0}
    client = SensorThings(http, scripted.url)
    assert (
        client.observations(Stream("it's", STREAM.station, None, "it's"), NOW - timedelta(days=1), NOW) == []
    )


def test_a_unit_without_symbol_is_told_by_its_name(scripted: Any, http: Any) -> None:
    """As in Hamburg's counts of bicycles."""
    unit = {"name": "Anzahl", "symbol": None, "definition": None}
    entry = {"@iot.id": 16183, "name": "Fahrräder", "unitOfMeasurement": unit, "ObservedProperty": {}}
    entry["Thing"] = {"@iot.id": 7648, "name": "Zählfeld", "properties": None}
    scripted.answers["/Datastreams"] = {"value": [entry], "@iot.count": 1}
    [stream] = SensorThings(http, scripted.url).streams()
    assert stream.units == ("Anzahl",)
    assert (stream.id, stream.station.id, stream.station.position) == ("16183", "7648", None)


@pytest.mark.parametrize(
    ("bodies", "words"),
    [
        ({PATH: {"value": [ROW], "@iot.nextLink": f"HERE{PATH}?a=1", "@iot.count": 99}}, "in circles"),
        ({PATH: {"value": [], "@iot.nextLink": f"HERE{PATH}?a=1"}}, "in circles"),
        ({PATH: {"value": [ROW], "@iot.count": 2}}, "1 of 2 entries"),
        ({PATH: {"value": [ROW] * 1000}}, "does not count"),
        ({PATH: {"value": [ROW] * 100}}, "does not count"),
        (
            {
                PATH: {"value": [ROW], "@iot.nextLink": "HERE/next", "@iot.count": 2},
                "/next": {"value": [ROW], "@iot.count": 3},
            },
            "changed from 2 to 3",
        ),
        ({PATH: {"values": []}}, "not a SensorThings answer"),
        ({PATH: []}, "not a SensorThings answer"),
        ({PATH: {"value": [{"dataArray": [[1, 2]]}], "@iot.count": 1}}, "without its components"),
        ({PATH: {"value": [{"components": ["result"], "dataArray": [[1, 2]]}]}}, "without its components"),
    ],
)
def test_an_incomplete_answer_is_an_error(scripted: Any, http: Any, bodies: Any, words: str) -> None:
    scripted.answers = bodies
    with pytest.raises(SourceError, match=words) as caught:
        SensorThings(http, scripted.url).observations(STREAM, NOW - timedelta(days=1), NOW)
    assert "127.0.0.1" in str(caught.value)


def test_a_list_of_streams_that_is_cut_off_is_an_error(scripted: Any, http: Any) -> None:
    scripted.answers["/Datastreams"] = {"value": [], "@iot.count": 3}
    with pytest.raises(SourceError, match="0 of 3 entries"):
        SensorThings(http, scripted.url).streams()


def test_a_window_that_came_incomplete_is_split(client: SensorThings, demo: Any) -> None:
    """A server that loses an entry at the border of two pages, as some do where two entries have one time."""

    def lossy(request: Request, response: Response) -> Response:
        body = response.json
        if "Observations" in request.path and "@iot.nextLink" in body:
            body["value"][0]["dataArray"].pop()
        return Response(json.dumps(body), mimetype="application/json")

    demo.tamper = lossy
    found = client.observations(client.streams()[5], demo.time - timedelta(days=15), demo.time)
    made = observations(world().streams[5], demo.time)
    assert [result for _, result in found] == [entry.result for entry in made]


@pytest.mark.needs("shared")
@pytest.mark.parametrize(("name", "rows"), [("obs_window", None), ("obs_dataarray", 10)])
def test_recorded_answers_of_frost_are_understood(scripted: Any, http: Any, name: str, rows: Any) -> None:
    body = json.loads((RECORDED / f"{name}.json").read_bytes())
    body.pop("@iot.nextLink", None)
    body["@iot.count"] = rows or len(body["value"])
    scripted.answers[PATH] = body
    found = SensorThings(http, scripted.url).observations(STREAM, NOW - timedelta(days=1), NOW)
    assert len(found) == body["@iot.count"]
    assert found[0] == ("2025-03-29T23:03:07Z", 12.64)
