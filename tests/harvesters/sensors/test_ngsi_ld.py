"""NGSI-LD: one case for each trap that brokers were seen to set."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from ckanext.herne.harvesters.operations.errors import SourceError
from ckanext.herne.harvesters.sensors.protocols import NgsiLd, Station, Stream
from ckanext.herne.harvesters.sensors.protocols.instances import instances, plain
from herne_testing.brokers import MOST_ENTITIES, NgsiLdBroker
from herne_testing.needs import SHARED
from herne_testing.stations import Attribute
from herne_testing.stations import Station as Kept

if TYPE_CHECKING:
    from collections.abc import Sequence

START = datetime(2025, 3, 30, tzinfo=UTC)
END = START + timedelta(days=1)
KIND = "AirQualityObserved"
STREAM = Stream("urn:pole#pm10", Station("urn:pole", "Pole"), "pm10", None, kind=KIND)
PATH = "/ngsi-ld/v1/temporal/entities/urn:pole"
RECORDED = SHARED / "fixtures" / "real" / "sensors"


def broker(values: Sequence[tuple[datetime, Any]], **habits: Any) -> NgsiLdBroker:
    """A broker with one pole that measures one thing."""
    return NgsiLdBroker([Kept("urn:pole", KIND, {"pm10": Attribute("GQ", list(values))})], **habits)


def series(count: int, first: datetime = START, step: int = 10) -> list[tuple[datetime, Any]]:
    return [(first + timedelta(minutes=step * number), float(number)) for number in range(count)]


@pytest.fixture
def read(serve: Callable[[Any], str], http: Any) -> Callable[[NgsiLdBroker], list[Any]]:
    """The values of the pole within a day."""

    def values(asked: NgsiLdBroker) -> list[Any]:
        platform = NgsiLd(http, serve(asked), [KIND])
        return [value for _, value in platform.observations(STREAM, START, END)]

    return values


Read = Callable[[NgsiLdBroker], list[Any]]


def test_all_values_come_in_order_of_time_though_brokers_send_the_newest_first(read: Read) -> None:
    asked = broker(series(144))
    assert read(asked) == [float(number) for number in range(144)]
    assert all("lastN" in request.args or "aggrMethods" in request.args for request in asked.asked)


@pytest.mark.parametrize("closed", [True, False])
def test_a_border_belongs_to_one_window_whatever_the_broker_thinks(read: Read, closed: bool) -> None:
    entries = [(START, 1), (END - timedelta(seconds=1), 2), (END, 3)]
    assert read(broker(entries, closed=closed)) == [1, 2]


@pytest.mark.parametrize("counts", [True, False])
@pytest.mark.parametrize("cap", [50, 100])
def test_a_silent_cut_to_the_newest_is_noticed_and_the_window_split(
    read: Read, counts: bool, cap: int
) -> None:
    found = read(broker(series(144), cap=cap, counts=counts))
    assert found == [float(number) for number in range(144)]


def test_a_cut_that_no_shorter_window_avoids_stops_the_stream(read: Read) -> None:
    with pytest.raises(SourceError, match=r"2 of \d+ values came"):
        read(broker(series(1440, step=1), cap=2))


def test_a_window_at_the_number_asked_for_is_split(read: Read) -> None:
    assert read(broker(series(1440, step=1))) == [float(number) for number in range(1440)]


def test_a_partial_answer_is_split(read: Read) -> None:
    """206 with a Content-Range that names no total."""
    assert len(read(broker(series(144), cap=40, counts=False, partial=True))) == 144


def test_an_empty_window_costs_one_request(read: Read) -> None:
    asked = broker([])
    assert read(asked) == []
    assert len(asked.asked) == 1


def test_all_poles_are_counted_at_once(serve: Callable[[Any], str], http: Any) -> None:
    """One question for each pole, and one for all of them: also where they fill more than a page."""
    poles = [
        Kept(f"urn:{number}", KIND, {"pm10": Attribute("GQ", series(number % 3))}) for number in range(130)
    ]
    asked = NgsiLdBroker(poles)
    platform = NgsiLd(http, serve(asked), [KIND])
    for stream in [stream for stream in platform.streams() if stream.says == "pm10"]:
        found = platform.observations(stream, START, END)
        assert len(found) == int(stream.station.id.removeprefix("urn:")) % 3
    pages = 2
    assert len(asked.asked) == pages + 130 + pages
    assert all(int(request.args.get("limit", 0)) <= MOST_ENTITIES for request in asked.asked)


def test_a_single_value_may_come_as_an_object(read: Read) -> None:
    assert read(broker(series(1))) == [0.0]


def test_values_that_are_no_numbers_come_through_to_be_counted(read: Read) -> None:
    entries = [(START, None), (START + timedelta(minutes=10), "104.0"), (START + timedelta(hours=1), 69.1)]
    assert read(broker(entries)) == [None, "104.0", 69.1]


@pytest.mark.parametrize("counts", [True, False])
def test_the_brokers_own_aggregates_are_never_asked_for(read: Read, counts: bool) -> None:
    """They compare as text, know no clock change, count borders twice and divide by zero."""
    clock_change = datetime(2025, 3, 30, 0, 50, tzinfo=UTC)
    asked = broker([(START, 104.0), (clock_change, 69.1)], counts=counts)
    assert read(asked) == [104.0, 69.1]
    aggregated = [request.args for request in asked.asked if "aggrMethods" in request.args]
    assert {one["aggrMethods"] for one in aggregated} == {"totalCount"}
    # one bucket for the whole window, so that no border lies within it
    assert {one["aggrPeriodDuration"] for one in aggregated} == {"PT25H"}


@pytest.mark.parametrize(
    "document", [[], {"id": "urn:pole", "pm10": [{"value": 3}]}, {"id": "urn:pole", "pm10": {"values": [[]]}}]
)
def test_other_answers_are_refused(scripted: Any, http: Any, document: Any) -> None:
    scripted.answers[PATH] = lambda _request: document
    platform = NgsiLd(http, scripted.url, [KIND])
    with pytest.raises(SourceError, match="not an answer of the temporal API"):
        platform.observations(STREAM, START, END)


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
