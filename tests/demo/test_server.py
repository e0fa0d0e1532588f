"""The demo server as a client meets it: navigation, paging, refusals, determinism, labels."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any

import pytest
import yaml
from ckanext.herne.harvesters.hits.source import HitsSource
from ckanext.herne.harvesters.sensors.source import SensorSource
from herne_demo import cli
from herne_demo.server import Demo
from herne_demo.workbooks import YEARS, districts
from herne_demo.world import HISTORY, observations, world
from openpyxl import load_workbook
from werkzeug.test import Client

NOW = datetime(2026, 11, 20, 10, 7, tzinfo=UTC)
ROOT = "/sensorthings/v1.1"


@pytest.fixture
def client() -> Client:
    return Client(Demo(lambda: NOW))


def get(client: Client, path: str, **options: str) -> Any:
    query = {f"${name}": value for name, value in options.items()}
    response = client.get(f"{ROOT}{path}", query_string=query)
    assert response.status_code == 200, response.get_data(as_text=True)
    return response.json


def test_the_root_names_the_collections_and_each_can_be_read(client: Client) -> None:
    for entry in get(client, "/")["value"]:
        page = get(client, "/" + entry["name"], top="2", count="true")
        assert page["@iot.count"] >= len(page["value"]) > 0


def test_navigation_leads_there_and_back(client: Client) -> None:
    thing = get(client, "/Things(1)", expand="Locations,Datastreams($expand=ObservedProperty($select=name))")
    assert thing["name"] == "P+R Wanne-Eickel Hbf"
    assert thing["properties"]["capacity"] == 209
    assert thing["Datastreams"][0]["ObservedProperty"] == {"name": "Belegte Stellplätze"}
    stream = thing["Datastreams"][0]["@iot.id"]
    assert get(client, f"/Datastreams({stream})/Thing")["@iot.id"] == 1
    newest = get(client, f"/Datastreams({stream})/Observations", top="1", orderby="phenomenonTime desc")[
        "value"
    ][0]
    assert get(client, f"/Observations({newest['@iot.id']})/Datastream")["@iot.id"] == stream
    assert get(client, "/Things", select="name,@iot.id", filter="name eq 'P+R Herner Bahnhof'")["value"] == [
        {"name": "P+R Herner Bahnhof", "@iot.id": 2}
    ]


def test_the_two_sites_have_330_bays_and_the_three_boxes_40() -> None:
    capacity: dict[str, int] = {}
    for thing in world().things:
        capacity[thing.kind] = capacity.get(thing.kind, 0) + (thing.capacity or 0)
    assert (capacity["park_and_ride"], capacity["bike_boxes"]) == (330, 40)


@pytest.mark.parametrize("form", [{}, {"resultFormat": "dataArray"}])
def test_pages_follow_each_other_without_gap_even_if_time_goes_on(form: dict[str, str]) -> None:
    clock = [NOW]
    client = Client(Demo(lambda: clock[0]))
    expected = [entry.id for entry in observations(world().streams[0], NOW)]
    page = get(client, "/Datastreams(1)/Observations", select="id", top="5000", count="true", **form)
    assert page["@iot.count"] == len(expected)
    ids, pages = [], 0
    while True:
        rows = page["value"]
        batch = [row[0] for row in rows[0]["dataArray"]] if form else [row["@iot.id"] for row in rows]
        assert len(batch) <= 1000
        ids, pages = ids + batch, pages + 1
        if "@iot.nextLink" not in page:
            break
        clock[0] += timedelta(hours=7)
        page = client.get(page["@iot.nextLink"]).json
    assert pages == 2
    assert ids == expected


@pytest.mark.parametrize(
    "query",
    [
        "$apply=aggregate(x)",
        "$filter=nonsense eq 1",
        "$filter=hour(phenomenonTime) eq 5",
        "$top=-1",
        "$top=many",
        "$count=maybe",
        "$orderby=id sideways",
        "$select=nonsense",
        "$expand=Nonsense",
        "$resultFormat=CSV",
        "$skiptoken=forged",
        "$expand=Datastreams(",
    ],
)
def test_what_is_not_supported_is_told_and_not_ignored(client: Client, query: str) -> None:
    response = client.get(f"{ROOT}/Things?{query}")
    assert response.status_code == 400
    assert response.json["message"]


@pytest.mark.parametrize(
    "path", ["/Nothing", "/Things(99)", "/Things/Datastreams", "/Things(1)/Nothing", "/Things(x)"]
)
def test_unknown_paths_are_not_found(client: Client, path: str) -> None:
    assert client.get(f"{ROOT}{path}").status_code == 404


def test_writing_is_refused(client: Client) -> None:
    assert client.post(f"{ROOT}/Things", json={}).status_code == 405


def test_an_observation_is_the_same_whenever_it_is_asked_for() -> None:
    stream = world().streams[7]
    first = {entry.id: entry for entry in observations(stream, NOW)}
    later = {entry.id: entry for entry in observations(stream, NOW + timedelta(days=3))}
    both = first.keys() & later.keys()
    assert len(both) > 1000
    assert all(first[key] == later[key] for key in both)
    assert all(NOW - HISTORY <= entry.phenomenon_time <= NOW for entry in first.values())


def test_the_rules_of_the_harvest_are_exercised() -> None:
    everything = [entry for stream in world().streams for entry in observations(stream, NOW)]
    assert {type(entry.result) for entry in everything} == {int, float, str, type(None)}
    assert any(entry.result_time - entry.phenomenon_time > timedelta(hours=4) for entry in everything)
    per_hour: dict[tuple[int, datetime], int] = {}
    for entry in everything:
        key = (entry.stream.id, entry.phenomenon_time.replace(minute=0, second=0))
        per_hour[key] = per_hour.get(key, 0) + 1
    assert min(per_hour.values()) < 4


def test_everything_says_that_it_is_invented(client: Client) -> None:
    for thing in get(client, "/Things")["value"]:
        assert thing["properties"]["note"] == "Demo, erfundene Daten"
    assert "erfunden" in client.get("/hits/").get_data(as_text=True)
    for year in YEARS:
        content = client.get(f"/hits/bevoelkerung_{year}.xlsx").get_data()
        sheet = load_workbook(io.BytesIO(content)).worksheets[0]
        assert str(year) in sheet["A1"].value
        assert "(Demo, erfundene Daten)" in sheet["A1"].value


def test_only_known_districts_occur() -> None:
    assert len(districts()) == 24
    assert len({place.stadtbezirk for place in districts()}) == 4


def test_the_harvest_sources_fit_the_harvesters(client: Client) -> None:
    sources = yaml.safe_load(files("herne_demo").joinpath("sources.yaml").read_text("utf-8"))
    kinds = {"herne_sensorthings": SensorSource, "herne_hits": HitsSource}
    for source in sources:
        configured = kinds[source["source_type"]].configured(yaml.safe_dump(source["config"]))
        assert configured.config.demo
        assert source["title"].endswith("(Demo, erfundene Daten)")
        assert client.get("/" + source["url"]).status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.0.1", "example.org"])
def test_the_command_serves_loopback_only(host: str) -> None:
    from click.testing import CliRunner

    result = CliRunner().invoke(cli.main, ["--port", "0", "--host", host])
    assert result.exit_code == 2
    assert "loopback" in result.output
