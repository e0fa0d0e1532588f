"""The SensorThings client against the demo, recorded answers of FROST, and servers that misbehave."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from ckanext.herne.harvesters.operations.errors import SourceError
from ckanext.herne.harvesters.sensors.client import SensorThings
from ckanext.herne.harvesters.sensors.collect import collect
from ckanext.herne.harvesters.sensors.domain import domain
from herne_demo.world import observations, world
from werkzeug.wrappers import Request, Response

SHARED = Path(__file__).parents[3] / "shared" / "fixtures" / "sensorthings"


@pytest.fixture
def client(demo: Any, http: Any) -> SensorThings:
    return SensorThings(http, f"{demo.url}/sensorthings/v1.1/")


def test_every_datastream_comes_with_its_thing(client: SensorThings) -> None:
    streams = client.datastreams()
    assert [stream.id for stream in streams] == [stream.id for stream in world().streams]
    assert [stream.thing.name for stream in streams] == [stream.thing.name for stream in world().streams]
    assert streams[0].unit
    assert streams[0].unit.symbol == "1"


@pytest.mark.parametrize("data_array", [True, False])
def test_observations_over_several_pages_are_all_there(
    client: SensorThings, demo: Any, data_array: bool
) -> None:
    if not data_array:
        demo.tamper = lambda request, response: (
            Response("unsupported", status=501) if "resultFormat" in request.full_path else response
        )
    stream = world().streams[5]
    expected = list(observations(stream, demo.time))
    found = client.observations(stream.id, demo.time - timedelta(days=15), demo.time)
    assert len(found) > 1000
    assert [result for _, result in found] == [entry.result for entry in expected]
    assert found[0][0] == expected[0].phenomenon_time.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_window_is_half_open(client: SensorThings, demo: Any) -> None:
    stream = world().streams[5]
    times = [entry.phenomenon_time for entry in observations(stream, demo.time)]
    found = client.observations(stream.id, times[3], times[9])
    assert len(found) == 6


def answering(bodies: dict[str, Any]) -> Any:
    """A server that answers each path with a fixed body."""

    def app(environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        body = bodies[request.path]
        body = json.dumps(body).replace("HERE", request.host_url.rstrip("/"))
        return Response(body, mimetype="application/json")(environ, start_response)

    return app


ROW = {"phenomenonTime": "2025-03-29T23:03:07Z", "result": 1}
PATH = "/Datastreams(1)/Observations"


@pytest.mark.parametrize(
    ("bodies", "words"),
    [
        ({PATH: {"value": [ROW], "@iot.nextLink": f"HERE{PATH}?a=1", "@iot.count": 99}}, "in circles"),
        ({PATH: {"value": [], "@iot.nextLink": f"HERE{PATH}?a=1"}}, "in circles"),
        ({PATH: {"value": [ROW], "@iot.count": 2}}, "1 of 2 entries"),
        ({PATH: {"value": [ROW] * 1000}}, "neither counts nor continues"),
        (
            {
                PATH: {"value": [ROW], "@iot.nextLink": "HERE/next", "@iot.count": 2},
                "/next": {"value": [ROW], "@iot.count": 3},
            },
            "changed from 2 to 3",
        ),
        ({PATH: {"values": []}}, "not a SensorThings answer"),
        ({PATH: []}, "not a SensorThings answer"),
    ],
)
def test_an_incomplete_answer_is_an_error(serve: Any, http: Any, demo: Any, bodies: Any, words: str) -> None:
    client = SensorThings(http, serve(answering(bodies)))
    with pytest.raises(SourceError, match=words) as caught:
        client.observations(1, demo.time - timedelta(days=1), demo.time)
    assert "127.0.0.1" in str(caught.value)


def test_a_window_that_came_incomplete_is_split(client: SensorThings, demo: Any) -> None:
    """A server that loses an entry at the border of two pages, as some do where two entries have one time."""

    def lossy(request: Request, response: Response) -> Response:
        body = response.json
        if "Observations" in request.path and "@iot.nextLink" in body:
            body["value"][0]["dataArray"].pop()
        return Response(json.dumps(body), mimetype="application/json")

    demo.tamper = lossy
    stream = world().streams[5]
    found = client.observations(stream.id, demo.time - timedelta(days=15), demo.time)
    assert [result for _, result in found] == [entry.result for entry in observations(stream, demo.time)]


@pytest.mark.needs("shared")
@pytest.mark.parametrize(("name", "rows"), [("obs_window", None), ("obs_dataarray", 10)])
def test_recorded_answers_of_frost_are_understood(
    serve: Any, http: Any, demo: Any, name: str, rows: Any
) -> None:
    body = json.loads((SHARED / f"{name}.json").read_bytes())
    body.pop("@iot.nextLink", None)
    body["@iot.count"] = rows or len(body["value"])
    client = SensorThings(http, serve(answering({PATH: body})))
    found = client.observations(1, demo.time - timedelta(days=1), demo.time)
    assert len(found) == body["@iot.count"]
    assert found[0] == ("2025-03-29T23:03:07Z", 12.64)


def test_an_unknown_unit_stops_the_run(client: SensorThings, demo: Any) -> None:
    def other_unit(request: Request, response: Response) -> Response:
        if request.path.endswith("/Datastreams"):
            return Response(response.get_data().replace(b'"ug/m3"', b'"ppb"'), mimetype="application/json")
        return response

    demo.tamper = other_unit
    with pytest.raises(SourceError, match=r"Datastreams\(6\).*'ppb' is not known for pm10"):
        collect(client, domain("air_quality"), {}, demo.time, timedelta(days=1))


def test_a_run_with_nothing_new_asks_once_per_stream(client: SensorThings, demo: Any) -> None:
    end = demo.time.replace(tzinfo=None, minute=0)
    newest = {str(stream.id): end - timedelta(hours=1) for stream in world().streams}
    demo.requests.clear()
    harvested = collect(client, domain("air_quality"), newest, demo.time, timedelta(days=31))
    assert len(demo.requests) == 13 + 1
    assert harvested.rows.get_column("hour").min() == end - timedelta(hours=72)
    assert harvested.rows.get_column("hour").max() == end - timedelta(hours=1)


def test_a_source_without_streams_of_the_domain_is_an_error(serve: Any, http: Any, demo: Any) -> None:
    client = SensorThings(http, serve(answering({"/Datastreams": {"value": [], "@iot.count": 0}})))
    with pytest.raises(SourceError, match="no datastream belongs to the domain"):
        collect(client, domain("parking"), {}, demo.time, timedelta(days=1))
