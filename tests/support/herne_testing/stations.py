"""Stations with observations, as the brokers of `brokers` keep them; also those of the demo's world."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from herne_demo.world import Stream, observations, world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

Value = tuple["datetime", Any]

KINDS = {
    "smart_pole": ("AirQualityObserved", {"humidity": "relativeHumidity"}),
    "park_and_ride": ("OffStreetParking", {"occupied_bays": "occupiedSpotNumber"}),
    "bike_boxes": ("BikeHireDockingStation", {"occupied_boxes": "occupiedSlotNumber"}),
}
"""The Smart Data Model of each kind of thing of the demo, and attributes that are called otherwise there."""
UNITS = {"ug/m3": "GQ", "Cel": "CEL", "%": "P1", "1": "C62"}


@dataclass
class Attribute:
    """What is measured: its unit (UN/CEFACT) and its values in order of time."""

    unit: str
    values: list[Value]


@dataclass
class Station:
    """An entity: what is measured there, and what else is said of it."""

    id: str
    kind: str
    attributes: dict[str, Attribute]
    said: dict[str, Any] = field(default_factory=dict)
    position: tuple[float, float] | None = None

    def measured(self, attribute: str) -> list[Value]:
        """The values of an attribute; none where the station does not measure it."""
        found = self.attributes.get(attribute)
        return found.values if found else []


def attribute_of(stream: Stream) -> str:
    """How a stream of the demo is called at a broker."""
    return KINDS[stream.thing.kind][1].get(stream.quantity, stream.quantity)


def stream_id(stream: Stream) -> str:
    """What the portal calls a stream of the demo that it reads from a broker."""
    return f"urn:ngsi-ld:{stream.thing.key}#{attribute_of(stream)}"


def demo_stations(kind: str, now: datetime) -> list[Station]:
    """The demo's things of a kind with what they have observed until `now`."""
    return list(_stations(kind, now))


def _stations(kind: str, now: datetime) -> Iterator[Station]:
    for thing in world().things:
        if thing.kind != kind:
            continue
        streams = [stream for stream in world().streams if stream.thing is thing]
        attributes = {
            attribute_of(stream): Attribute(
                UNITS[stream.unit],
                [(entry.phenomenon_time, entry.result) for entry in observations(stream, now)],
            )
            for stream in streams
        }
        said: dict[str, Any] = {"name": thing.name}
        if thing.capacity is not None:
            said["totalSpotNumber"] = said["totalSlotNumber"] = thing.capacity
        key, place = f"urn:ngsi-ld:{thing.key}", (thing.lon, thing.lat)
        yield Station(key, KINDS[kind][0], attributes, said, place)
