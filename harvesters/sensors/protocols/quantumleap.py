"""NGSI v2: a context broker (Orion) that knows the entities, and QuantumLeap that keeps their history."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, urlencode

import msgspec
from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.operations.errors import SourceError
from ckanext.herne.harvesters.operations.http import Http, StatusError
from ckanext.herne.harvesters.sensors.protocols import ngsi
from ckanext.herne.harvesters.sensors.protocols.documents import lenient_json
from ckanext.herne.harvesters.sensors.protocols.platform import (
    IncompleteError,
    Platform,
    RawObservation,
    Stream,
    instant,
    within,
)
from ckanext.herne.harvesters.sensors.protocols.totals import Totals

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

T = TypeVar("T")

PAGE = 5000
"""Values asked for at once; QuantumLeap's own limit is 10,000."""
MOST_PAGES = 1000
_NOTHING = "No records were found"
"""QuantumLeap says so, with status 404, where a window or a page is empty."""


class _History(msgspec.Struct):
    """Parallel arrays of times (ISO 8601 in UTC, or milliseconds) and values."""

    index: list[str | int]
    values: list[Any]


class _Counts(msgspec.Struct):
    """The aggregate of each entity of a type; `id` is how the specification's examples write `entityId`."""

    entities: list[dict[str, Any]] = []


class QuantumLeap(Platform):
    """QuantumLeap by its root, e.g. `https://example.org/quantumleap`; `broker` is the root of Orion.

    `types` are the entity types whose attributes are read.
    """

    def __init__(self, http: Http, root: str, types: Sequence[str], broker: str = "") -> None:
        super().__init__(http, root)
        self.types = types
        self.broker = (broker or root).rstrip("/")
        self._totals = Totals(self._counted)

    def streams(self) -> list[Stream]:
        found: list[Stream] = []
        for kind in self.types:
            query = urlencode({"type": kind, "options": "count", "orderBy": "!dateCreated"})
            url = f"{self.broker}/v2/entities?{query}"
            for entity in ngsi.entities(self.http, url, "Fiware-Total-Count"):
                found += ngsi.streams(entity, kind)
        return found

    def window(self, stream: Stream, start: datetime, end: datetime) -> list[RawObservation]:
        """Both ends of a window belong to it at QuantumLeap, and an older value moves all pages after it."""
        found: list[RawObservation] = []
        for rows in self._pages(stream, start, end):
            if rows and rows == found[-len(rows) :]:
                problem = _("the same page comes again after {count} values")
                raise IncompleteError(self._path(stream), problem.format(count=len(found)))
            found += rows
        times = [time for time, _ in found if time]
        if any(later < earlier for earlier, later in pairwise(times)):
            raise IncompleteError(self._path(stream), _("the pages overlap or are not in order of time"))
        return within(found, start, end)

    def _pages(self, stream: Stream, start: datetime, end: datetime) -> Iterator[list[RawObservation]]:
        """Until as many values came as there are, or a page is empty: a short one may be a cap.

        Whether QuantumLeap counts empty values depends on its database.
        """
        path, came, values, counted = self._path(stream), 0, 0, None
        for _number in range(MOST_PAGES):
            query = {**_between(start, end), "limit": PAGE, "offset": came}
            rows = self._page(f"{path}?{urlencode(query)}")
            yield rows
            came, values = came + len(rows), values + sum(value is not None for _, value in rows)
            counted = self._totals.of(stream, start, end) if came else None
            if not rows or (counted is not None and values >= counted):
                break
        else:
            raise IncompleteError(path, _("no end after {number} pages").format(number=MOST_PAGES))
        if counted is not None and came < counted:
            problem = _("{count} of {total} values came").format(count=came, total=counted)
            raise IncompleteError(path, problem)

    def _path(self, stream: Stream) -> str:
        entity, attribute = quote(stream.station.id, safe=""), quote(stream.says or "", safe="")
        return f"{self.root}/v2/entities/{entity}/attrs/{attribute}"

    def _counted(self, stream: Stream, start: datetime, end: datetime) -> dict[str, int]:
        """How many values each entity of the stream's type has; those that have none are not named."""
        kind, attribute = quote(stream.kind, safe=""), quote(stream.says or "", safe="")
        url = f"{self.root}/v2/types/{kind}/attrs/{attribute}?{urlencode(_between(start, end))}"
        document = self._read(f"{url}&aggrMethod=count", _Counts)
        found: dict[str, int] = {}
        for entry in document.entities if document else ():
            values = entry.get("values") or []
            if all(isinstance(value, int | float) for value in values):
                key = entry.get("entityId") or entry.get("id") or ""
                found[ngsi.stream_id(key, str(stream.says))] = int(sum(values))
        return found

    def _page(self, url: str) -> list[RawObservation]:
        history = self._read(url, _History)
        if history is None:
            return []
        try:
            return [(_time(time), value) for time, value in zip(history.index, history.values, strict=True)]
        except ValueError as error:
            raise _foreign(url, error) from error

    def _read(self, url: str, form: type[T]) -> T | None:
        """An answer of that form; None where there are no records."""
        try:
            return msgspec.convert(self.http.read(url, lenient_json), form)
        except StatusError as error:
            if error.status == 404 and _NOTHING in error.problem:
                return None
            raise
        except msgspec.ValidationError as error:
            raise _foreign(url, error) from error


def _between(start: datetime, end: datetime) -> dict[str, str]:
    return {"fromDate": instant(start), "toDate": instant(end)}


def _foreign(url: str, detail: Exception) -> SourceError:
    problem = _("not an answer of QuantumLeap: {detail}").format(detail=detail)
    return SourceError(url, "", problem, _("Check that the source's address is the root of QuantumLeap"))


def _time(told: str | int) -> str:
    """An index entry with the zone it goes without: it is always UTC."""
    if isinstance(told, int):
        return datetime.fromtimestamp(told / 1000, UTC).isoformat()
    try:
        zone = datetime.fromisoformat(told).tzinfo
    except ValueError:
        return told
    return told if zone else f"{told}Z"
