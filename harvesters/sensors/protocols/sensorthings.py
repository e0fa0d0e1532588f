"""OGC SensorThings 1.1 (OGC 18-088).

Follows `@iot.nextLink` verbatim and believes no page: the count the server promised must be what came.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urljoin

import msgspec
from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.operations.errors import SourceError
from ckanext.herne.harvesters.operations.http import Http, StatusError
from ckanext.herne.harvesters.sensors.protocols.documents import lenient_json
from ckanext.herne.harvesters.sensors.protocols.platform import (
    IncompleteError,
    Platform,
    RawObservation,
    Station,
    Stream,
    instant,
    position,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

PAGE = 1000
"""Entries asked for at once; servers cap silently at about this number."""
MOST_PAGES = 10_000
_STREAMS = f"$expand=Thing($expand=Locations),ObservedProperty&$orderby=id%20asc&$top={PAGE}&$count=true"
_NO_DATA_ARRAY = (400, 404, 406, 501)

Id = int | str


class Location(msgspec.Struct, frozen=True):
    """Where a thing is."""

    location: Any = None


class Thing(msgspec.Struct, frozen=True):
    """A station or site."""

    id: Id = msgspec.field(name="@iot.id")
    name: str = ""
    properties: dict[str, Any] | None = None
    locations: list[Location] = msgspec.field(name="Locations", default_factory=list)


class ObservedProperty(msgspec.Struct, frozen=True):
    """What is observed."""

    definition: str | None = None


class Unit(msgspec.Struct, frozen=True):
    """The unit of a datastream; real servers leave any of its parts empty."""

    name: str | None = None
    symbol: str | None = None
    definition: str | None = None


class Datastream(msgspec.Struct, frozen=True):
    """A series of observations of one property at one thing."""

    id: Id = msgspec.field(name="@iot.id")
    thing: Thing = msgspec.field(name="Thing")
    observed_property: ObservedProperty = msgspec.field(name="ObservedProperty")
    name: str = ""
    unit: Unit | None = msgspec.field(name="unitOfMeasurement", default=None)


class _Page(msgspec.Struct):
    value: list[dict[str, Any]]
    count: int | None = msgspec.field(name="@iot.count", default=None)
    next_link: str | None = msgspec.field(name="@iot.nextLink", default=None)


class SensorThings(Platform):
    """A server by its service root, e.g. `https://example.org/FROST-Server/v1.1`."""

    def __init__(self, http: Http, root: str, *, data_array: bool = True) -> None:
        super().__init__(http, root)
        self._data_array = data_array

    def streams(self) -> list[Stream]:
        rows = [row for page in self._pages(f"{self.root}/Datastreams?{_STREAMS}") for row in page]
        try:
            found = msgspec.convert(rows, list[Datastream])
        except msgspec.ValidationError as error:
            raise _foreign(f"{self.root}/Datastreams", str(error)) from error
        return [_stream(entry) for entry in found]

    def window(self, stream: Stream, start: datetime, end: datetime) -> list[RawObservation]:
        """In data arrays, an eighth of the size, unless the server cannot."""
        if self._data_array:
            try:
                return self._read(stream, start, end, "&$resultFormat=dataArray")
            except StatusError as error:
                if error.status not in _NO_DATA_ARRAY:
                    raise
                self._data_array = False
        return self._read(stream, start, end, "")

    def _read(self, stream: Stream, start: datetime, end: datetime, form: str) -> list[RawObservation]:
        among = quote(f"phenomenonTime ge {instant(start)} and phenomenonTime lt {instant(end)}")
        url = (
            f"{self.root}/Datastreams({_written(stream.key)})/Observations?$select=phenomenonTime,result"
            f"&$filter={among}&$orderby=phenomenonTime%20asc,id%20asc&$top={PAGE}&$count=true{form}"
        )
        return [(row.get("phenomenonTime"), row.get("result")) for page in self._pages(url) for row in page]

    def _pages(self, url: str) -> Iterator[list[dict[str, Any]]]:
        """The rows page by page; raises IncompleteError as soon as the pages cannot be complete."""
        first, seen, promised, received = url, {url}, None, 0
        while True:
            page = self._page(url)
            rows = _rows(page, url)
            promised = page.count if promised is None else promised
            received += len(rows)
            yield rows
            if page.count is not None and page.count != promised:
                problem = _("the total changed from {before} to {after} in reading")
                raise IncompleteError(first, problem.format(before=promised, after=page.count))
            if page.next_link is None:
                break
            url = urljoin(url, page.next_link)
            if not rows or url in seen or len(seen) >= MOST_PAGES:
                problem = _("the pages go in circles at page {number}: {url}")
                raise IncompleteError(first, problem.format(number=len(seen), url=url))
            seen.add(url)
        if promised is None and received:
            raise IncompleteError(first, _("the server does not count its entries: they may be cut off"))
        if promised is not None and received != promised:
            problem = _("{count} of {total} entries came, and no further page")
            raise IncompleteError(first, problem.format(count=received, total=promised))

    def _page(self, url: str) -> _Page:
        document = self.http.read(url, lenient_json)
        try:
            return msgspec.convert(document, _Page)
        except msgspec.ValidationError as error:
            raise _foreign(url, str(error)) from error


def _stream(entry: Datastream) -> Stream:
    thing, unit = entry.thing, entry.unit or Unit()
    place = next((found for spot in thing.locations if (found := position(spot.location))), None)
    said = tuple(text for text in (unit.symbol, unit.definition, unit.name) if text)
    station = Station(str(thing.id), thing.name, place, thing.properties or {})
    return Stream(str(entry.id), station, entry.observed_property.definition, entry.id, entry.name, said)


def _rows(page: _Page, url: str) -> list[dict[str, Any]]:
    """The rows of a page, whether it came as objects or as data arrays (OGC 18-088, 12)."""
    rows: list[dict[str, Any]] = []
    try:
        for entry in page.value:
            if "dataArray" in entry:
                names = entry["components"]
                rows.extend(dict(zip(names, values, strict=True)) for values in entry["dataArray"])
            else:
                rows.append(entry)
    except (KeyError, TypeError, ValueError) as error:
        raise _foreign(url, _("data array without its components: {detail}").format(detail=error)) from error
    return rows


def _foreign(url: str, detail: str) -> SourceError:
    problem = _("not a SensorThings answer: {detail}").format(detail=detail)
    remedy = _("Check that the source's address is the root of a SensorThings 1.1 service")
    return SourceError(url, "", problem, remedy)


def _written(key: Id) -> str:
    return str(key) if isinstance(key, int) else quote("'" + key.replace("'", "''") + "'")
