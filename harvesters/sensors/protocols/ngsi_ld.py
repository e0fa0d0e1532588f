"""NGSI-LD (ETSI GS CIM 009): raw temporal values of an entity, in windows.

Brokers' own aggregates are not used: they compare numbers as text and count values at a border twice. Their
count says whether a window came whole; it is asked for once for all stations. Where a broker does not count,
the time before the oldest value is asked for, because what brokers cut off silently is the older part.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import msgspec
from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.operations.errors import SourceError
from ckanext.herne.harvesters.operations.http import Http, StatusError
from ckanext.herne.harvesters.sensors.protocols import ngsi
from ckanext.herne.harvesters.sensors.protocols.documents import lenient_json
from ckanext.herne.harvesters.sensors.protocols.instances import dataset_of, instances, plain
from ckanext.herne.harvesters.sensors.protocols.platform import (
    IncompleteError,
    Platform,
    RawObservation,
    Stream,
    within,
)
from ckanext.herne.harvesters.sensors.protocols.totals import Totals

if TYPE_CHECKING:
    from collections.abc import Sequence

LAST = 1000
"""Values asked for at once; without a number, brokers silently give the newest 50."""
_PARTIAL = 206
_MARGIN = timedelta(milliseconds=500)
"""Brokers differ in whether a border belongs to a window: it is put where no value stands."""
_CONTEXT = '<{}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'


class NgsiLd(Platform):
    """A broker by the root above `/ngsi-ld/v1`; `types` are the entity types that are read.

    `context` is the address of the JSON-LD context in which types and attributes have their short names.
    """

    def __init__(self, http: Http, root: str, types: Sequence[str], context: str = "") -> None:
        super().__init__(http, root)
        self.types = types
        # without it brokers answer 406
        http.session.headers["Accept"] = "application/json"
        if context:
            http.session.headers["Link"] = _CONTEXT.format(context)
        self._totals = Totals(self._counted)

    def streams(self) -> list[Stream]:
        found: list[Stream] = []
        for kind in self.types:
            url = f"{self.root}/ngsi-ld/v1/entities?{urlencode({'type': kind, 'count': 'true'})}"
            for entity in ngsi.entities(self.http, url, "NGSILD-Results-Count"):
                found += ngsi.streams(plain(entity), kind)
        return found

    def window(self, stream: Stream, start: datetime, end: datetime) -> list[RawObservation]:
        url = self._address(stream, start, end)
        found = self._values(f"{url}&lastN={LAST}", stream)
        if len(found) >= LAST:
            problem = _("{count} values came, as many as were asked for at most")
            raise IncompleteError(url, problem.format(count=len(found)))
        if found:
            self._verify(stream, start, end, found)
        return within(sorted(found, key=_moment), start, end)

    def _verify(self, stream: Stream, start: datetime, end: datetime, found: list[RawObservation]) -> None:
        """Raises IncompleteError if the broker has more values of the window than `found`."""
        counted = self._totals.of(stream, start, end)
        if counted is not None and counted > len(found):
            url = self._address(stream, start, end)
            problem = _("{count} of {total} values came").format(count=len(found), total=counted)
            raise IncompleteError(url, problem)
        if counted is None and (oldest := min(map(_moment, found))) > start:
            url = self._address(stream, start, oldest - 2 * _MARGIN)
            if self._values(f"{url}&lastN=1", stream):
                raise IncompleteError(url, _("older values of the window were cut off without a word"))

    def _counted(self, stream: Stream, start: datetime, end: datetime) -> dict[str, int]:
        """How many values each station of that type has, in one bucket that holds the whole window."""
        hours = -((start - end) // timedelta(hours=1)) + 1
        count = {"options": "aggregatedValues", "aggrMethods": "totalCount"}
        query = {"type": stream.kind, **_window(stream, start, end), **count, "count": "true"}
        url = f"{self.root}/ngsi-ld/v1/temporal/entities?{urlencode(query)}&aggrPeriodDuration=PT{hours}H"
        found: dict[str, int] = {}
        for entity in map(plain, ngsi.entities(self.http, url, "NGSILD-Results-Count")):
            for entry in _listed(entity.get(str(stream.says))):
                buckets = entry.get("totalCount") or []
                if buckets and all(str(bucket[0]).isdecimal() for bucket in buckets):
                    key = ngsi.stream_id(entity["id"], str(stream.says), dataset_of(entry))
                    found[key] = sum(int(bucket[0]) for bucket in buckets)
        return found

    def _values(self, url: str, stream: Stream) -> list[RawObservation]:
        try:
            entity = self._entity(url)
        except StatusError as error:
            if error.status == _PARTIAL:
                raise IncompleteError(url, _("the broker gives only a part (206)")) from error
            raise
        try:
            return instances(entity.get(str(stream.says)), stream.key)
        except (IndexError, TypeError, ValueError) as error:
            raise _foreign(url, f"{stream.says}: {error}") from error

    def _entity(self, url: str) -> dict[str, Any]:
        document = self.http.read(url, lenient_json)
        try:
            return plain(msgspec.convert(document, dict[str, Any]))
        except msgspec.ValidationError as error:
            raise _foreign(url, str(error)) from error

    def _address(self, stream: Stream, start: datetime, end: datetime) -> str:
        path = f"{self.root}/ngsi-ld/v1/temporal/entities/{quote(stream.station.id, safe='')}"
        return f"{path}?{urlencode(_window(stream, start, end))}"


def _window(stream: Stream, start: datetime, end: datetime) -> dict[str, str]:
    times = {"timeAt": _instant(start - _MARGIN), "endTimeAt": _instant(end + _MARGIN)}
    return {"attrs": str(stream.says), "timerel": "between", **times}


def _instant(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03d}Z"


def _moment(entry: RawObservation) -> datetime:
    return datetime.fromisoformat(str(entry[0]))


def _listed(attribute: Any) -> list[dict[str, Any]]:
    """The instances of an attribute: a list in some answers, an object in others."""
    return attribute if isinstance(attribute, list) else [attribute] if attribute else []


def _foreign(url: str, detail: str) -> SourceError:
    problem = _("not an answer of the temporal API: {detail}").format(detail=detail)
    remedy = _("Check that the source's address is the root of an NGSI-LD broker with a temporal API")
    return SourceError(url, "", problem, remedy)
