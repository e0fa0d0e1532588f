"""Reading an OGC SensorThings 1.1 server (OGC 18-088): datastreams, and the raw observations of a window.

Follows `@iot.nextLink` verbatim and believes no page: the count the server promised must be what came.
Turning results into numbers is left to `parse`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urljoin

import msgspec
from ckanext.herne.harvesters.operations.errors import SourceError
from ckanext.herne.harvesters.operations.http import StatusError, answers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ckanext.herne.harvesters.operations.http import Http

PAGE = 1000
"""Observations asked for at once; servers cap silently at about this number."""
MOST_PAGES = 10_000
SHORTEST_WINDOW = timedelta(hours=2)
"""A window that came incomplete is split down to this length before the run gives up."""

Id = int | str
RawObservation = tuple[str | None, Any]
"""Phenomenon time and result as the server wrote them."""


class IncompleteError(SourceError):
    """The server promised more, or other, entries than it delivered."""


class Named(msgspec.Struct, frozen=True):
    """An observed property."""

    name: str = ""
    definition: str | None = None


class Unit(msgspec.Struct, frozen=True):
    """The unit of a datastream; real servers leave any of its parts empty."""

    name: str | None = None
    symbol: str | None = None
    definition: str | None = None


class Thing(msgspec.Struct, frozen=True):
    """A station or site."""

    id: Id = msgspec.field(name="@iot.id")
    name: str = ""
    properties: dict[str, Any] | None = None


class Datastream(msgspec.Struct, frozen=True):
    """A series of observations of one property at one thing."""

    id: Id = msgspec.field(name="@iot.id")
    thing: Thing = msgspec.field(name="Thing")
    observed_property: Named = msgspec.field(name="ObservedProperty")
    name: str = ""
    unit: Unit | None = msgspec.field(name="unitOfMeasurement", default=None)


class _Page(msgspec.Struct):
    value: list[dict[str, Any]]
    count: int | None = msgspec.field(name="@iot.count", default=None)
    next_link: str | None = msgspec.field(name="@iot.nextLink", default=None)


@dataclass
class SensorThings:
    """A server by the address of its service root, e.g. `https://example.org/FROST-Server/v1.1`."""

    http: Http
    root: str
    _data_array: bool = field(default=True, init=False)

    def datastreams(self) -> list[Datastream]:
        """Every datastream with its thing and observed property, in the order of their ids."""
        query = "$expand=Thing,ObservedProperty&$orderby=id%20asc&$top=1000&$count=true"
        rows = [row for page in self._pages(f"{self._root()}/Datastreams?{query}") for row in page]
        try:
            return msgspec.convert(rows, list[Datastream])
        except msgspec.ValidationError as error:
            raise SourceError(self.root, "Datastreams", str(error), _NOT_SENSORTHINGS) from error

    def observations(self, stream: Id, start: datetime, end: datetime) -> list[RawObservation]:
        """The observations with `start <= phenomenonTime < end` (aware), ordered by time, then id.

        The later of two observations of one time is the correction. Raises SourceError unless every
        observation the server counted was received.
        """
        try:
            return self._in_best_form(stream, start, end)
        except IncompleteError:
            # equal times at the border of two pages, or a value that just arrived: shorter windows avoid it
            if end - start < SHORTEST_WINDOW:
                raise
            middle = (start + (end - start) / 2).replace(microsecond=0)
            return self.observations(stream, start, middle) + self.observations(stream, middle, end)

    def _in_best_form(self, stream: Id, start: datetime, end: datetime) -> list[RawObservation]:
        """As data arrays, an eighth of the size, unless the server cannot."""
        if self._data_array:
            try:
                return self._in_form(stream, start, end, "&$resultFormat=dataArray")
            except StatusError as error:
                if error.status not in (400, 404, 406, 501):
                    raise
                self._data_array = False
        return self._in_form(stream, start, end, "")

    def _in_form(self, stream: Id, start: datetime, end: datetime, form: str) -> list[RawObservation]:
        within = quote(f"phenomenonTime ge {_instant(start)} and phenomenonTime lt {_instant(end)}")
        url = (
            f"{self._root()}/Datastreams({_key(stream)})/Observations?$select=phenomenonTime,result"
            f"&$filter={within}&$orderby=phenomenonTime%20asc,id%20asc&$top={PAGE}&$count=true{form}"
        )
        return [(row.get("phenomenonTime"), row.get("result")) for page in self._pages(url) for row in page]

    def _root(self) -> str:
        return self.root.rstrip("/")

    def _pages(self, url: str) -> Iterator[list[dict[str, Any]]]:
        """The rows page by page; raises SourceError as soon as the pages cannot be complete."""
        first, seen, promised, received = url, {url}, None, 0
        while True:
            page = self._page(url)
            rows = _rows(page)
            promised = page.count if promised is None else promised
            received += len(rows)
            yield rows
            if page.count is not None and page.count != promised:
                raise _incomplete(first, f"the total changed from {promised} to {page.count} while reading")
            if page.next_link is None:
                break
            url = urljoin(url, page.next_link)
            if not rows or url in seen or len(seen) >= MOST_PAGES:
                raise _incomplete(first, f"the pages go in circles at page {len(seen)}: {url}")
            seen.add(url)
        if promised is not None and received != promised:
            raise _incomplete(first, f"{received} of {promised} entries came, and no further page")
        if promised is None and rows and len(rows) % PAGE == 0:
            raise _incomplete(first, "the last page is full and the server neither counts nor continues")

    def _page(self, url: str) -> _Page:
        document = self.http.read(url, answers.json)
        try:
            return msgspec.convert(document, _Page)
        except msgspec.ValidationError as error:
            raise SourceError(url, "", f"not a SensorThings answer: {error}", _NOT_SENSORTHINGS) from error


_NOT_SENSORTHINGS = "Check that the source's address is the root of a SensorThings 1.1 service"


def _rows(page: _Page) -> list[dict[str, Any]]:
    """The rows of a page, whether it came as objects or as data arrays (OGC 18-088, 12)."""
    rows: list[dict[str, Any]] = []
    for entry in page.value:
        if "dataArray" in entry:
            names = entry["components"]
            rows.extend(dict(zip(names, values, strict=True)) for values in entry["dataArray"])
        else:
            rows.append(entry)
    return rows


def _incomplete(url: str, problem: str) -> IncompleteError:
    return IncompleteError(
        url, "", problem, "Nothing was stored; if it happens again, tell the server's operator"
    )


def _instant(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _key(key: Id) -> str:
    return str(key) if isinstance(key, int) else quote("'" + key.replace("'", "''") + "'")
