"""Real feeds of car parks as a broker would hand them on: what is unknown is never nought free places."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from ckanext.herne.harvesters.sensors.collect import collect
from ckanext.herne.harvesters.sensors.domain import domain
from ckanext.herne.harvesters.sensors.protocols import NgsiLd, QuantumLeap
from ckanext.herne.harvesters.sensors.window import Stored
from herne_testing.brokers import Broker, NgsiLdBroker, QuantumLeapBroker
from herne_testing.needs import SHARED
from herne_testing.stations import Attribute, Station

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.needs("shared")

FEEDS = SHARED / "fixtures" / "real" / "sensors"
LOCAL = ZoneInfo("Europe/Berlin")
LARGE = 20
"""Smaller sites are not published."""
Site = tuple[str, Any, Any, datetime]
"""Name, places, free places and the time of that, as the feed has them."""


def freiburg() -> Iterator[Site]:
    """Its times are local and say no zone; its per cent are text, and mean the free ones."""
    for feature in json.loads((FEEDS / "freiburg_p_r_sensors.json").read_bytes())["features"]:
        said = feature["properties"]
        time = datetime.fromisoformat(said["obs_ts"]).replace(tzinfo=LOCAL)
        yield said["park_name"], said["obs_max"], said["obs_free"], time


def karlsruhe() -> Iterator[Site]:
    """Most have no live data; some have no known places either."""
    for feature in json.loads((FEEDS / "karlsruhe.json").read_bytes())["features"]:
        said = feature["properties"]
        told = said["stand_freieparkplaetze"] or "2024-11-27T18:39:00Z"
        free = said["freie_parkplaetze"]
        yield f"{said['parkhaus_name']} {said['id']}", said["gesamte_parkplaetze"], free, _utc(told)


def konstanz() -> Iterator[Site]:
    """Its numbers of places have a decimal point, its times are milliseconds, its blanks mean nothing."""
    for feature in json.loads((FEEDS / "konstanz.json").read_bytes())["features"]:
        said = feature["attributes"]
        yield (
            said["name"],
            said["max_cap"],
            said["real_fcap"],
            datetime.fromtimestamp(said["updated"] / 1000, UTC),
        )


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize("protocol", ["ngsi-ld", "quantumleap"])
@pytest.mark.parametrize(("feed", "published"), [(freiburg, 4), (karlsruhe, 39), (konstanz, 11)])
def test_occupied_places_are_those_that_are_known(
    serve: Callable[[Any], str],
    http: Any,
    protocol: str,
    feed: Callable[[], Iterator[Site]],
    published: int,
) -> None:
    sites = list(feed())
    stations = [
        Station(
            f"urn:{number}",
            "OffStreetParking",
            {"availableSpotNumber": Attribute("C62", [(time, free)])},
            {"name": name, "totalSpotNumber": places},
        )
        for number, (name, places, free, time) in enumerate(sites)
    ]
    broker: Broker = NgsiLdBroker(stations) if protocol == "ngsi-ld" else QuantumLeapBroker(stations)
    kind = NgsiLd if protocol == "ngsi-ld" else QuantumLeap
    platform = kind(http, serve(broker), ["OffStreetParking"])
    now = max(time for *_, time in sites) + timedelta(hours=2)
    found = collect(platform, domain("parking"), Stored(), now, timedelta(days=2)).hours.rows
    recent = now - timedelta(days=2)
    expected = {
        name: places - free
        for name, places, free, time in sites
        if isinstance(free, int) and places is not None and places >= LARGE and time > recent
    }
    assert dict(found.filter(n=1).select("station", "maximum").iter_rows()) == expected
    assert len(expected) == published
