"""NGSI v2: a context broker (Orion) that knows the entities, and QuantumLeap that keeps their history."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import msgspec
from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.operations.errors import SourceError
from ckanext.herne.harvesters.operations.http import Http, StatusError, answers
from ckanext.herne.harvesters.sensors.protocols import ngsi
from ckanext.herne.harvesters.sensors.protocols.platform import (
    IncompleteError,
    Platform,
    RawObservation,
    Stream,
    instant,
    within,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

PAGE = 5000
"""Values asked for at once; QuantumLeap's own limit is 10,000."""
MOST_PAGES = 1000
_NOTHING = "No records were found"
"""QuantumLeap says so, with status 404, where a window or a page is empty."""


class _History(msgspec.Struct):
    """Parallel arrays of times (ISO 8601 in UTC, or milliseconds) and values."""

    index: list[str | int]
    values: list[Any]


class QuantumLeap(Platform):
    """QuantumLeap by its root, e.g. `https://example.org/quantumleap`; `broker` is the root of Orion.

    `types` are the entity types whose attributes are read.
    """

    def __init__(self, http: Http, root: str, types: Sequence[str], broker: str = "") -> None:
        super().__init__(http, root)
        self.types = types
        self.broker = (broker or root).rstrip("/")

    def streams(self) -> list[Stream]:
        found: list[Stream] = []
        for kind in self.types:
            query = urlencode({"type": kind, "options": "count", "orderBy": "!dateCreated"})
            url = f"{self.broker}/v2/entities?{query}"
            for entity in ngsi.entities(self.http, url, "Fiware-Total-Count"):
                found += ngsi.streams(entity)
        return found

    def window(self, stream: Stream, start: datetime, end: datetime) -> list[RawObservation]:
        """Page by page until one is empty: there is no count, and a short page may be a cap."""
        entity, attribute = quote(stream.station.id, safe=""), quote(stream.says or "", safe="")
        path = f"{self.root}/v2/entities/{entity}/attrs/{attribute}"
        query = {"fromDate": instant(start), "toDate": instant(end), "limit": PAGE}
        found: list[RawObservation] = []
        for _page in range(MOST_PAGES):
            rows = self._page(f"{path}?{urlencode(query | {'offset': len(found)})}")
            if rows and rows == found[-len(rows) :]:
                problem = _("the same page comes again after {count} values")
                raise IncompleteError(path, problem.format(count=len(found)))
            found += rows
            if not rows:
                break
        else:
            raise IncompleteError(path, _("no end after {number} pages").format(number=MOST_PAGES))
        times = [time for time, _ in found if time]
        if any(later < earlier for earlier, later in pairwise(times)):
            raise IncompleteError(path, _("the pages overlap or are not in order of time"))
        return within(found, start, end)

    def _page(self, url: str) -> list[RawObservation]:
        try:
            document = self.http.read(url, answers.json)
        except StatusError as error:
            if error.status == 404 and _NOTHING in error.problem:
                return []
            raise
        try:
            history = msgspec.convert(document, _History)
            return [(_time(time), value) for time, value in zip(history.index, history.values, strict=True)]
        except (msgspec.ValidationError, ValueError) as error:
            problem = _("not an answer of QuantumLeap: {detail}").format(detail=error)
            remedy = _("Check that the source's address is the root of QuantumLeap")
            raise SourceError(url, "", problem, remedy) from error


def _time(told: str | int) -> str:
    """An index entry with the zone it goes without: it is always UTC."""
    if isinstance(told, int):
        return datetime.fromtimestamp(told / 1000, UTC).isoformat()
    try:
        zone = datetime.fromisoformat(told).tzinfo
    except ValueError:
        return told
    return told if zone else f"{told}Z"
