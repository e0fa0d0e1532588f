"""NGSI-LD: one case for each trap that brokers were seen to set."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from ckanext.herne.harvesters.operations.errors import SourceError
from ckanext.herne.harvesters.sensors.protocols import NgsiLd, Station, Stream
from ckanext.herne.harvesters.sensors.protocols.instances import instances, plain
from herne_testing.needs import SHARED
from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from collections.abc import Sequence

START = datetime(2025, 3, 30, tzinfo=UTC)
END = START + timedelta(days=1)
STREAM = Stream("urn:pole#pm10", Station("urn:pole", "Pole"), "pm10", None)
PATH = "/ngsi-ld/v1/temporal/entities/urn:pole"
RECORDED = SHARED / "fixtures" / "real" / "sensors"


class Broker:
    """Keeps values of one attribute and answers as brokers do; each argument is one of their habits."""

    def __init__(
        self,
        values: Sequence[tuple[datetime, Any]],
        *,
        default: int = 50,
        cap: int = 10_000,
        counts: bool = True,
        closed: bool = True,
        alone: bool = False,
        partial: bool = False,
    ) -> None:
        self.values = sorted(values, key=lambda entry: entry[0])
        self.default, self.cap, self.counts, self.closed = default, cap, counts, closed
        self.alone, self.partial = alone, partial

    def __call__(self, request: Any) -> Any:
        if request.headers.get("Accept") in (None, "*/*"):
            return Response("not acceptable", status=406)
        first, last = (datetime.fromisoformat(request.args[name]) for name in ("timeAt", "endTimeAt"))
        rows = [
            row for row in self.values if first < row[0] < last or (self.closed and row[0] in (first, last))
        ]
        if request.args.get("options") == "aggregatedValues":
            return self._counted(request, rows)
        newest = min(int(request.args.get("lastN", self.default)), self.cap)
        found = [
            {"type": "Property", "value": value, "observedAt": time.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
            for time, value in reversed(rows[-newest:])
        ]
        entity = {"id": "urn:pole", "type": "AirQualityObserved"}
        attribute = found[0] if self.alone and len(found) == 1 else found
        answer = entity | ({"pm10": attribute} if found else {})
        status = 206 if self.partial and len(rows) > newest else 200
        return Response(json.dumps(answer), status=status, mimetype="application/json")

    def _counted(self, request: Any, rows: Sequence[Any]) -> Any:
        if not self.counts:
            return Response("aggrMethods is not supported", status=400)
        if request.args["aggrPeriodDuration"] == "PT0S":
            return Response("division by zero", status=500)
        count = [[str(len(rows)), request.args["timeAt"], request.args["endTimeAt"]]]
        return {"id": "urn:pole", "type": "AirQualityObserved", "pm10": {"totalCount": count}}


def series(count: int, first: datetime = START, step: int = 10) -> list[tuple[datetime, Any]]:
    return [(first + timedelta(minutes=step * number), float(number)) for number in range(count)]


def read(scripted: Any, http: Any, broker: Any, end: datetime = END) -> list[Any]:
    scripted.answers[PATH] = broker
    return NgsiLd(http, scripted.url, ["AirQualityObserved"]).observations(STREAM, START, end)


def values(found: Sequence[tuple[Any, Any]]) -> list[Any]:
    return [value for _, value in found]


def test_all_values_come_in_order_of_time_though_brokers_send_the_newest_first(
    scripted: Any, http: Any
) -> None:
    found = read(scripted, http, Broker(series(144)))
    assert values(found) == [float(number) for number in range(144)]
    assert all("lastN" in request.args or "aggrMethods" in request.args for request in scripted.asked)


@pytest.mark.parametrize("closed", [True, False])
def test_a_border_belongs_to_one_window_whatever_the_broker_thinks(
    scripted: Any, http: Any, closed: bool
) -> None:
    broker = Broker([(START, 1), (END - timedelta(seconds=1), 2), (END, 3)], closed=closed)
    assert values(read(scripted, http, broker)) == [1, 2]


@pytest.mark.parametrize("counts", [True, False])
@pytest.mark.parametrize("cap", [50, 100])
def test_a_silent_cut_to_the_newest_is_noticed_and_the_window_split(
    scripted: Any, http: Any, counts: bool, cap: int
) -> None:
    found = read(scripted, http, Broker(series(144), cap=cap, counts=counts))
    assert values(found) == [float(number) for number in range(144)]


def test_a_cut_that_no_shorter_window_avoids_stops_the_stream(scripted: Any, http: Any) -> None:
    with pytest.raises(SourceError, match=r"2 of \d+ values came"):
        read(scripted, http, Broker(series(1440, step=1), cap=2))


def test_a_window_at_the_number_asked_for_is_split(scripted: Any, http: Any) -> None:
    found = read(scripted, http, Broker(series(1440, step=1)))
    assert values(found) == [float(number) for number in range(1440)]


def test_a_partial_answer_is_split(scripted: Any, http: Any) -> None:
    found = read(scripted, http, Broker(series(144), cap=40, counts=False, partial=True))
    assert len(found) == 144


def test_an_empty_window_costs_one_request(scripted: Any, http: Any) -> None:
    assert read(scripted, http, Broker([])) == []
    assert len(scripted.asked) == 1


def test_a_window_with_values_costs_two_requests(scripted: Any, http: Any) -> None:
    read(scripted, http, Broker(series(144)))
    assert len(scripted.asked) == 2


def test_a_single_value_may_come_as_an_object(scripted: Any, http: Any) -> None:
    assert values(read(scripted, http, Broker(series(1), alone=True))) == [0.0]


def test_values_that_are_no_numbers_come_through_to_be_counted(scripted: Any, http: Any) -> None:
    broker = Broker(
        [(START, None), (START + timedelta(minutes=10), "104.0"), (START + timedelta(hours=1), 69.1)]
    )
    assert values(read(scripted, http, broker)) == [None, "104.0", 69.1]


@pytest.mark.parametrize(
    "document", [[], {"id": "urn:pole", "pm10": [{"value": 3}]}, {"id": "urn:pole", "pm10": {"values": [[]]}}]
)
def test_other_answers_are_refused(scripted: Any, http: Any, document: Any) -> None:
    with pytest.raises(SourceError, match="not an answer of the temporal API"):
        read(scripted, http, lambda _request: document)


def test_streams_come_from_the_current_state_with_place_unit_and_dataset(
    scripted: Any, http: Any, answer: Any
) -> None:
    entity = {
        "id": "urn:pole",
        "type": "AirQualityObserved",
        "name": {"type": "Property", "value": "Funkenberg"},
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [7.22, 51.53]}},
        "pm10": {"type": "Property", "value": 12, "unitCode": "GQ"},
        "no2": [
            {"type": "Property", "value": 3},
            {"type": "Property", "value": 4, "datasetId": "urn:ngsi-ld:Dataset:b"},
        ],
    }
    link = '<https://example.org/context.jsonld>; rel="http://www.w3.org/ns/json-ld#context"'
    scripted.answers["/ngsi-ld/v1/entities"] = lambda _request: answer(
        [entity], NGSILD_Results_Count="1", Link=f'{link}, <HERE/next>; rel="next"'
    )
    platform = NgsiLd(http, scripted.url, ["AirQualityObserved"], "https://example.org/context.jsonld")
    streams = {stream.id: stream for stream in platform.streams()}
    assert streams.keys() >= {"urn:pole#pm10", "urn:pole#no2", "urn:pole#no2@urn:ngsi-ld:Dataset:b"}
    assert streams["urn:pole#pm10"].units == ("GQ",)
    assert streams["urn:pole#pm10"].station.name == "Funkenberg"
    assert streams["urn:pole#pm10"].station.position == (7.22, 51.53)
    assert "https://example.org/context.jsonld" in scripted.asked[0].headers["Link"]


def test_instances_of_another_dataset_belong_to_another_stream() -> None:
    entries = [
        {"value": 550.0, "observedAt": "2020-03-25T08:29:17Z", "datasetId": "urn:a"},
        {"value": 487.0, "observedAt": "2020-03-25T08:29:17Z", "datasetId": "urn:b"},
        {"value": 1.0, "observedAt": "2020-03-25T08:29:17Z"},
    ]
    assert [instances(entries, dataset)[0][1] for dataset in ("urn:a", "urn:b", None)] == [550.0, 487.0, 1.0]


@pytest.mark.needs("shared")
def test_expanded_answers_of_stellio_are_understood() -> None:
    entity = plain(json.loads((RECORDED / "stellio_beehive_incoming_multi_instances.jsonld").read_bytes()))
    assert (entity["id"], entity["type"]) == ("urn:ngsi-ld:BeeHive:TESTC", "BeeHive")
    assert instances(entity["incoming"], "urn:ngsi-ld:Dataset:01234") == [
        ("2020-03-25T08:29:17.965206Z", 550.0),
        ("2020-03-25T08:33:17.965206Z", 650.0),
    ]
    assert instances(entity["incoming"], None) == []


@pytest.mark.needs("shared")
def test_temporal_values_of_stellio_are_understood() -> None:
    first, second = json.loads((RECORDED / "stellio_two_beehives_temporal_values.json").read_bytes())
    assert instances(plain(first)["incoming"], None) == [("2020-03-25T08:33:17.965206Z", 20)]
    assert instances(plain(second)["outgoing"], None) == [("2020-03-25T08:33:17.965206Z", 25)]


@pytest.mark.needs("shared")
def test_a_parking_entity_of_the_smart_data_models_is_understood(
    scripted: Any, http: Any, answer: Any
) -> None:
    entity = json.loads((RECORDED / "sdm_OffStreetParking_examples_example-normalized.jsonld").read_bytes())
    scripted.answers["/ngsi-ld/v1/entities"] = lambda _request: answer([entity], NGSILD_Results_Count="1")
    streams = {stream.says: stream for stream in NgsiLd(http, scripted.url, ["OffStreetParking"]).streams()}
    assert streams["availableSpotNumber"].station.properties["totalSpotNumber"] == 414
    assert streams["availableSpotNumber"].station.position == (-8.60961198807, 41.150691773)
