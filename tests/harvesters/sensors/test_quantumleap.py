"""NGSI v2 and QuantumLeap: what the specification's examples look like, and what servers do beside it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from ckanext.herne.harvesters.operations.errors import SourceError
from ckanext.herne.harvesters.sensors.protocols import QuantumLeap, Station, Stream
from herne_testing.needs import SHARED
from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from collections.abc import Callable

START = datetime(2025, 3, 30, tzinfo=UTC)
END = START + timedelta(days=1)
STREAM = Stream("urn:pole#pm10", Station("urn:pole", "Pole"), "pm10", None)
PATH = "/v2/entities/urn:pole/attrs/pm10"
NOTHING = Response('{"error": "Not Found", "description": "No records were found for such query."}', 404)


def history(*entries: tuple[Any, Any], cap: int = 10_000) -> Callable[[Any], Any]:
    """QuantumLeap with these values: both ends of the window belong to it, an empty page is a 404."""

    def answer(request: Any) -> Any:
        first, last = (request.args[name].removesuffix("Z") for name in ("fromDate", "toDate"))
        rows = [entry for entry in entries if not isinstance(entry[0], str) or first <= entry[0] <= last]
        offset = int(request.args["offset"])
        rows = rows[offset : offset + min(cap, int(request.args["limit"]))]
        return {"index": [row[0] for row in rows], "values": [row[1] for row in rows]} if rows else NOTHING

    return answer


def read(scripted: Any, http: Any, answer: Any) -> list[Any]:
    scripted.answers[PATH] = answer
    return QuantumLeap(http, scripted.url, ["AirQualityObserved"]).observations(STREAM, START, END)


def test_times_without_a_zone_are_utc_and_milliseconds_are_understood(scripted: Any, http: Any) -> None:
    found = read(scripted, http, history(("2025-03-30T15:44:34", 24.1)))
    assert found == [("2025-03-30T15:44:34Z", 24.1)]
    millis = int((START + timedelta(hours=1)).timestamp() * 1000)
    assert read(scripted, http, history((millis, 25))) == [("2025-03-30T01:00:00+00:00", 25)]


def test_the_inclusive_end_belongs_to_the_next_window(scripted: Any, http: Any) -> None:
    entries = [("2025-03-30T00:00:00", 1), ("2025-03-31T00:00:00", 2)]
    assert [value for _, value in read(scripted, http, history(*entries))] == [1]


def test_a_page_shorter_than_asked_for_is_not_the_end(scripted: Any, http: Any) -> None:
    """A server with a cap of its own, which it does not tell."""
    entries = [(f"2025-03-30T{minute // 60:02}:{minute % 60:02}:00", minute) for minute in range(0, 1440, 10)]
    found = read(scripted, http, history(*entries, cap=50))
    assert [value for _, value in found] == list(range(0, 1440, 10))
    assert len(scripted.asked) == 4


def test_no_records_are_an_empty_window_but_another_404_is_an_error(scripted: Any, http: Any) -> None:
    assert read(scripted, http, NOTHING) == []
    with pytest.raises(SourceError, match="404"):
        read(scripted, http, Response("no such page", 404))


def test_pages_that_overlap_are_split_and_then_refused(scripted: Any, http: Any) -> None:
    def shifting(request: Any) -> Any:
        """An older value arrived between the pages: what came last comes again."""
        pages = {0: ["10:00", "11:00"], 2: ["11:00", "12:00"], 4: ["11:30"]}
        hours = pages.get(int(request.args["offset"]), [])
        index = [f"2025-03-30T{hour}:00" for hour in hours]
        return {"index": index, "values": [1] * len(index)} if index else NOTHING

    with pytest.raises(SourceError, match="overlap"):
        read(scripted, http, shifting)
    assert len(scripted.asked) > 3


def test_a_server_that_ignores_the_offset_is_refused(scripted: Any, http: Any) -> None:
    same = {"index": ["2025-03-30T10:00:00"], "values": [1]}
    with pytest.raises(SourceError, match="same page comes again"):
        read(scripted, http, same)


@pytest.mark.parametrize("document", [{"index": ["2025-03-30T10:00:00"], "values": []}, {"values": [1]}, []])
def test_other_answers_are_refused(scripted: Any, http: Any, document: Any) -> None:
    with pytest.raises(SourceError, match="not an answer of QuantumLeap"):
        read(scripted, http, document)


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
