"""The interface of a sensor platform. An answer is believed only if a count, or a probe, agrees."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.operations.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ckanext.herne.harvesters.operations.http import Http

SHORTEST_WINDOW = timedelta(hours=2)
"""A window that came incomplete is split down to this length before the run gives up."""

RawObservation = tuple[str | None, Any]
"""Phenomenon time and result as the server wrote them."""


class IncompleteError(SourceError):
    """The server has more, or other, entries than it delivered."""

    def __init__(self, source: str, problem: str) -> None:
        remedy = _("Of this window nothing was stored; if it happens again, tell the server's operator")
        super().__init__(source, "", problem, remedy)


@dataclass(frozen=True)
class Station:
    """A station or site; `position` is longitude and latitude (EPSG:4326)."""

    id: str
    name: str
    position: tuple[float, float] | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Stream:
    """A series of observations of one property at one station.

    `id` stays the same when things are renamed; `says` is the definition of the observed property, or the
    NGSI attribute; `units` is all that the source says of its unit, most telling first; `key` is how its
    protocol asks for it, `kind` the NGSI type of its entity.
    """

    id: str
    station: Station
    says: str | None
    key: Any
    name: str = ""
    units: tuple[str, ...] = ()
    kind: str = ""


class Platform(ABC):
    """A platform by the address of its service root."""

    def __init__(self, http: Http, root: str) -> None:
        self.http = http
        self.root = root.rstrip("/")

    @abstractmethod
    def streams(self) -> list[Stream]:
        """Every stream, in a stable order. Raises SourceError unless all of them came."""

    @abstractmethod
    def window(self, stream: Stream, start: datetime, end: datetime) -> list[RawObservation]:
        """The observations of a window (aware), all of them or IncompleteError."""

    def observations(self, stream: Stream, start: datetime, end: datetime) -> list[RawObservation]:
        """The observations with `start <= time < end` (aware), in the order of the server.

        The later of two observations of one time is the correction. Raises SourceError unless it is certain
        that all came.
        """
        try:
            return self.window(stream, start, end)
        except IncompleteError:
            # equal times at the border of two pages, a value that just arrived, a cap: shorter windows help
            if end - start < SHORTEST_WINDOW:
                raise
        middle = (start + (end - start) / 2).replace(microsecond=0)
        return self.observations(stream, start, middle) + self.observations(stream, middle, end)


def instant(time: datetime) -> str:
    """An aware time as every protocol takes it."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def within(observations: list[RawObservation], start: datetime, end: datetime) -> list[RawObservation]:
    """Those of the window, of an answer that may hold neighbours; what has no time stays to be counted."""
    return [entry for entry in observations if _lies(entry[0], start, end)]


def _lies(text: str | None, start: datetime, end: datetime) -> bool:
    try:
        time = datetime.fromisoformat((text or "").partition("/")[0])
    except ValueError:
        return True
    return start <= time < end if time.tzinfo else True


def position(geometry: Any) -> tuple[float, float] | None:
    """Longitude and latitude of a GeoJSON geometry's first point, also wrapped in a feature."""
    inner = geometry.get("geometry", geometry) if isinstance(geometry, dict) else {}
    place = inner.get("coordinates") if isinstance(inner, dict) else None
    while isinstance(place, list) and place and isinstance(place[0], list):
        place = place[0]
    if isinstance(place, list) and len(place) > 1 and all(isinstance(entry, int | float) for entry in place):
        return float(place[0]), float(place[1])
    return None
