"""NGSI v2 and QuantumLeap: what the specification's examples look like, and what servers do beside it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from ckanext.herne.harvesters.operations.errors import SourceError
from ckanext.herne.harvesters.sensors.protocols import QuantumLeap, Station, Stream
from herne_testing.brokers import QuantumLeapBroker
from herne_testing.needs import SHARED
from herne_testing.stations import Attribute
from herne_testing.stations import Station as Kept
from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from collections.abc import Sequence

START = datetime(2025, 3, 30, tzinfo=UTC)
END = START + timedelta(days=1)
KIND = "AirQualityObserved"
STREAM = Stream("urn:pole#pm10", Station("urn:pole", "Pole"), "pm10", None, kind=KIND)
PATH = "/v2/entities/urn:pole/attrs/pm10"
NOTHING = Response('{"error": "Not Found", "description": "No records were found for such query."}', 404)
Read = Callable[[QuantumLeapBroker], list[Any]]


def broker(values: Sequence[tuple[datetime, Any]], **habits: Any) -> QuantumLeapBroker:
    """QuantumLeap with one pole that measures one thing."""
    return QuantumLeapBroker([Kept("urn:pole", KIND, {"pm10": Attribute("GQ", list(values))})], **habits)


def series(count: int) -> list[tuple[datetime, Any]]:
    return [(START + timedelta(minutes=10 * number), number) for number in range(count)]


@pytest.fixture
def read(serve: Callable[[Any], str], http: Any) -> Read:
    """The values of the pole within a day."""

    def values(asked: QuantumLeapBroker) -> list[Any]:
        platform = QuantumLeap(http, serve(asked), [KIND])
        return [value for _, value in platform.observations(STREAM, START, END)]

    return values


def answered(scripted: Any, http: Any, answer: Any) -> list[Any]:
    """What is made of an answer that a test wrote down."""
    scripted.answers[PATH] = answer
    return QuantumLeap(http, scripted.url, [KIND]).observations(STREAM, START, END)


def once(document: Any) -> Callable[[Any], Any]:
    """The answer to the first page; a second one is empty."""
    return lambda request: NOTHING if int(request.args["offset"]) else document


def test_times_without_a_zone_are_utc_and_milliseconds_are_understood(scripted: Any, http: Any) -> None:
    told = once({"index": ["2025-03-30T15:44:34"], "values": [24.1]})
    assert answered(scripted, http, told) == [("2025-03-30T15:44:34Z", 24.1)]
    millis = int((START + timedelta(hours=1)).timestamp() * 1000)
    told = once({"index": [millis], "values": [25]})
    assert answered(scripted, http, told) == [("2025-03-30T01:00:00+00:00", 25)]


def test_the_inclusive_end_belongs_to_the_next_window(read: Read) -> None:
    assert read(broker([(START, 1), (END, 2)])) == [1]


@pytest.mark.parametrize(("counts", "requests"), [(True, 3 + 1), (False, 4 + 1)])
def test_a_page_shorter_than_asked_for_is_not_the_end(read: Read, counts: bool, requests: int) -> None:
    """A server with a cap of its own, which it does not tell."""
    asked = broker(series(144), cap=50, counts=counts)
    assert read(asked) == list(range(144))
    assert len(asked.asked) == requests


def test_more_values_than_the_default_limit_are_all_read(read: Read) -> None:
    assert read(broker(series(144), default=10)) == list(range(144))


def test_empty_values_that_are_not_counted_hide_no_others(read: Read) -> None:
    """Ten empty ones come first: as many values as are counted have come before the last ten."""
    values = [(time, None if value < 10 else value) for time, value in series(144)]
    assert read(broker(values, cap=134)) == [value for _, value in values]


def test_fewer_values_than_counted_are_refused(serve: Callable[[Any], str], http: Any) -> None:
    asked = broker(series(144), cap=3)
    asked.tamper = lambda request, response: (
        NOTHING if "/entities/" in request.path and int(request.args["offset"]) else response
    )
    with pytest.raises(SourceError, match=r"3 of \d+ values came"):
        QuantumLeap(http, serve(asked), [KIND]).observations(STREAM, START, END)


def test_no_records_are_an_empty_window_but_another_404_is_an_error(
    read: Read, scripted: Any, http: Any
) -> None:
    asked = broker([])
    assert read(asked) == []
    assert len(asked.asked) == 1
    with pytest.raises(SourceError, match="404"):
        answered(scripted, http, Response("no such page", 404))


def test_pages_that_overlap_are_split_and_then_refused(scripted: Any, http: Any) -> None:
    def shifting(request: Any) -> Any:
        """An older value arrived between the pages: what came last comes again."""
        pages = {0: ["10:00", "11:00"], 2: ["11:00", "12:00"], 4: ["11:30"]}
        hours = pages.get(int(request.args["offset"]), [])
        index = [f"2025-03-30T{hour}:00" for hour in hours]
        return {"index": index, "values": [1] * len(index)} if index else NOTHING

    with pytest.raises(SourceError, match="overlap"):
        answered(scripted, http, shifting)
    assert len(scripted.asked) > 3


def test_a_server_that_ignores_the_offset_is_refused(scripted: Any, http: Any) -> None:
    same = {"index": ["2025-03-30T10:00:00"], "values": [1]}
    with pytest.raises(SourceError, match="same page comes again"):
        answered(scripted, http, same)


@pytest.mark.parametrize("document", [{"index": ["2025-03-30T10:00:00"], "values": []}, {"values": [1]}, []])
def test_other_answers_are_refused(scripted: Any, http: Any, document: Any) -> None:
    with pytest.raises(SourceError, match="not an answer of QuantumLeap"):
        answered(scripted, http, document)


def entity(number: int, **attributes: Any) -> dict[str, Any]:
    return {"id": f"urn:{number}", "type": "OffStreetParking", **attributes}


def test_entities_come_from_the_broker_page_by_page(scripted: Any, http: Any, answer: Any) -> None:
    unit = {"unitCode": {"type": "Text", "value": "C62"}}
    told = {
        "occupiedSpotNumber": {"type": "Number", "value": 12, "metadata": unit},
        "totalSpotNumber": {"type": "Number", "value": 121, "metadata": {}},
        "name": {"type": "Text", "value": "P+R Herner Bahnhof"},
        "location": {"type": "geo:point", "value": "51.5393, 7.2217"},
    }
    everything = [entity(number, **told) for number in range(130)]

    def listing(request: Any) -> Any:
        offset = int(request.args["offset"])
        return answer(everything[offset : offset + 100], Fiware_Total_Count="130")

    scripted.answers["/orion/v2/entities"] = listing
    platform = QuantumLeap(http, "http://127.0.0.1:1", ["OffStreetParking"], f"{scripted.url}/orion/")
    streams = [stream for stream in platform.streams() if stream.says == "occupiedSpotNumber"]
    assert [stream.station.id for stream in streams] == [f"urn:{number}" for number in range(130)]
    assert streams[0].station.name == "P+R Herner Bahnhof"
    assert streams[0].station.position == (7.2217, 51.5393)  # geo:point has the latitude first
    assert streams[0].station.properties["totalSpotNumber"] == 121
    assert streams[0].units == ("C62",)
    assert len(scripted.asked) == 2


@pytest.mark.parametrize(
    ("pages", "words"),
    [
        ([[entity(1)], [entity(1)]], "came twice"),
        ([[entity(1)], []], "1 of 2 entities"),
        ([{"error": "x"}], "not a list of entities"),
    ],
)
def test_a_listing_that_is_not_whole_is_refused(
    scripted: Any, http: Any, answer: Any, pages: list[Any], words: str
) -> None:
    following = iter(pages)
    scripted.answers["/v2/entities"] = lambda _request: answer(next(following), Fiware_Total_Count="2")
    with pytest.raises(SourceError, match=words):
        QuantumLeap(http, scripted.url, ["OffStreetParking"]).streams()


@pytest.mark.needs("shared")
def test_the_specifications_own_example_is_understood(scripted: Any, http: Any) -> None:
    text = (SHARED / "fixtures" / "real" / "sensors" / "quantumleap.yml").read_text("utf-8")
    described = yaml.safe_load(text)["paths"]["/v2/entities/{entityId}/attrs/{attrName}"]["get"]
    example = described["responses"]["200"]["examples"] if "200" in described["responses"] else None
    example = (example or described["responses"][200]["examples"])["application/json"]
    scripted.answers[PATH] = lambda request: NOTHING if int(request.args["offset"]) else example
    start = datetime(2018, 1, 1, tzinfo=UTC)
    found = QuantumLeap(http, scripted.url, ["Room"]).observations(STREAM, start, start + timedelta(days=31))
    assert found == [
        ("2018-01-05T15:44:34Z", 24.1),
        ("2018-01-06T15:44:59Z", 25.3),
        ("2018-01-07T15:44:59Z", 26.7),
    ]
