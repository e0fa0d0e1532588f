"""The demo's world: its things and streams, and what a stream says at a given time.

Every observation is a pure function of (stream, ten-minute slot); nothing is stored. How the observations are
asked for belongs to `herne_demo.sensorthings`.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

CADENCE = timedelta(minutes=10)
HISTORY = timedelta(days=14)
LABEL = "Demo, erfundene Daten"
LOCAL = ZoneInfo("Europe/Berlin")
SLOTS_PER_STREAM = 10_000_000
"""Room for the slots of one stream in the numbering of observations (enough until the year 2160)."""

Result = float | int | str | None


@dataclass(frozen=True)
class Thing:
    id: int
    key: str
    name: str
    kind: str
    capacity: int | None
    lon: float
    lat: float


@dataclass(frozen=True)
class Stream:
    id: int
    thing: Thing
    property_id: int
    sensor_id: int
    quantity: str
    unit: str
    unit_name: str

    @property
    def name(self) -> str:
        return f"{self.thing.key}:{self.quantity}"


@dataclass(frozen=True)
class Observation:
    id: int
    stream: Stream
    phenomenon_time: datetime
    result_time: datetime
    result: Result


@dataclass(frozen=True)
class World:
    things: tuple[Thing, ...]
    streams: tuple[Stream, ...]
    properties: tuple[dict[str, Any], ...]
    sensors: tuple[dict[str, Any], ...]


@cache
def world() -> World:
    """The things of `world.yaml`, numbered in the order of the file."""
    data = yaml.safe_load(files("herne_demo").joinpath("world.yaml").read_text("utf-8"))
    properties = {
        entry["key"]: {"id": number, **entry} for number, entry in enumerate(data["observed_properties"], 1)
    }
    sensors = {entry["key"]: {"id": number, **entry} for number, entry in enumerate(data["sensors"], 1)}
    things: list[Thing] = []
    streams: list[Stream] = []
    for number, entry in enumerate(data["things"], 1):
        facts = {name: entry.get(name) for name in ("key", "name", "kind", "capacity", "lon", "lat")}
        thing = Thing(id=number, **facts)
        things.append(thing)
        for key in entry["streams"]:
            observed = properties[key]
            streams.append(
                Stream(
                    id=len(streams) + 1,
                    thing=thing,
                    property_id=observed["id"],
                    sensor_id=sensors[entry["sensor"]]["id"],
                    quantity=key,
                    unit=observed["unit"],
                    unit_name=observed["unit_name"],
                )
            )
    return World(tuple(things), tuple(streams), tuple(properties.values()), tuple(sensors.values()))


def observations(stream: Stream, now: datetime) -> Iterator[Observation]:
    """What the server knows of a stream at `now` (aware): the last 14 days, in the order of time."""
    first = math.ceil((now - HISTORY).timestamp() / CADENCE.total_seconds())
    last = int(now.timestamp() // CADENCE.total_seconds())
    for slot in range(first, last + 1):
        observation = _observe(stream, slot)
        if observation is not None and observation.result_time <= now:
            yield observation


def _observe(stream: Stream, slot: int) -> Observation | None:
    chance = _noise(stream.id, slot, "gap")
    if chance < 0.03 or _outage(stream, slot):
        return None
    start = datetime.fromtimestamp(slot * CADENCE.total_seconds(), UTC)
    phenomenon = start + timedelta(seconds=int(40 * _noise(stream.id, slot, "jitter")))
    return Observation(
        id=stream.id * SLOTS_PER_STREAM + slot,
        stream=stream,
        phenomenon_time=phenomenon,
        result_time=phenomenon + _delay(stream, slot),
        result=_result(stream, slot, start),
    )


def _outage(stream: Stream, slot: int) -> bool:
    """A sensor that is silent for three hours of some nights: buckets with too little coverage."""
    day, part = divmod(slot, 144)
    return _noise(stream.id, day, "outage") < 0.15 and 14 <= part < 32


def _delay(stream: Stream, slot: int) -> timedelta:
    """Most values arrive within a minute; those of one hour in fifty arrive five hours late."""
    return timedelta(hours=5) if _noise(stream.id, slot // 6, "late") < 0.02 else timedelta(seconds=30)


def _result(stream: Stream, slot: int, time: datetime) -> Result:
    fault = _noise(stream.id, slot, "fault")
    if fault < 0.002:
        return None
    if fault < 0.004:
        return "ERROR"
    if fault < 0.006:
        return 9999
    hour = time.astimezone(LOCAL).hour + time.minute / 60
    wave = math.sin((hour - 8) / 24 * 2 * math.pi)
    drift = math.sin(slot / 700 + stream.id)
    noise = _noise(stream.id, slot, "value") - 0.5
    if stream.thing.capacity is not None:
        return _occupied(
            stream.thing.capacity, time.astimezone(LOCAL), noise, bays=stream.quantity == "occupied_bays"
        )
    middle, swing, weather = _CLIMATE[stream.quantity]
    return round(middle + swing * wave + weather * drift + noise * weather / 2, 2)


_CLIMATE = {
    "pm10": (18.0, 5.0, 4.0),
    "pm25": (10.0, 3.0, 2.5),
    "no2": (22.0, 7.0, 4.0),
    "temperature": (10.0, 5.0, 3.0),
    "humidity": (72.0, -12.0, 8.0),
}
"""Middle, swing over the day and influence of the weather, in the unit of the quantity."""


def _occupied(capacity: int, local: datetime, noise: float, *, bays: bool) -> int:
    weekday = local.weekday() < 5
    hour = local.hour + local.minute / 60
    commuters = (
        math.exp(-(((hour - 12.5) / 4.5) ** 4)) if weekday else 0.25 * math.exp(-(((hour - 14) / 5) ** 2))
    )
    share = 0.08 + 0.82 * commuters + noise * 0.08 if bays else 0.4 + 0.3 * commuters + noise * 0.1
    return max(0, min(capacity, round(capacity * share)))


def _noise(*parts: int | str) -> float:
    """A number in [0, 1) that depends on `parts` only, on every machine the same."""
    text = "/".join(map(str, parts)).encode()
    return zlib.crc32(text[::-1] + text) / 2**32
