"""Sensor brokers on loopback: they answer as the protocols say, with habits real ones were seen to have.

Each habit is an argument; what none of them does is refused, so that a test cannot pass by luck.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from herne_testing.stations import Station, Value

    Tamper = Callable[[Request, Response], Response]

HOUR = timedelta(hours=1)
MOST_ENTITIES = 1000
"""A larger limit is refused, as some brokers do (403)."""


@dataclass
class Broker:
    """What both kinds have: stations, and the questions they were asked. `tamper` may change an answer."""

    stations: list[Station]
    asked: list[Request] = field(default_factory=list, init=False)
    tamper: Tamper = field(default_factory=lambda: lambda _request, answer: answer, init=False)
    routes: Map = field(default_factory=Map, init=False, repr=False)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        self.asked.append(request)
        try:
            endpoint, arguments = self.routes.bind_to_environ(environ).match()
            answer = self.refusal(request) or endpoint(request, **arguments)
        except HTTPException as error:
            return error(environ, start_response)
        body: Iterable[bytes] = self.tamper(request, answer)(environ, start_response)
        return body

    def refusal(self, request: Request) -> Response | None:
        """The answer to a question that is not even looked at."""
        if request.args.get("limit", 0, int) > 10_000:
            return Response("limit too large", status=403)
        return None

    def named(self, key: str) -> Station:
        found = next((station for station in self.stations if station.id == key), None)
        if found is None:
            raise NotFound
        return found

    def page(self, request: Request, rows: Sequence[Any], header: str, limit: int) -> Response:
        """A page of a listing with the number of all."""
        offset = request.args.get("offset", 0, int)
        answer = as_json(rows[offset : offset + request.args.get("limit", limit, int)])
        answer.headers[header] = str(len(rows))
        return answer


@dataclass
class NgsiLdBroker(Broker):
    """An NGSI-LD broker. Its own aggregates are wrong in all the ways that were met.

    `default` and `cap`: how many values come unasked, and at most; `counts`: whether it aggregates at all;
    `closed`: whether the ends of a window belong to it; `partial`: whether it says that it cut something off.
    """

    default: int = 50
    cap: int = 10_000
    counts: bool = True
    closed: bool = True
    partial: bool = False

    def __post_init__(self) -> None:
        root = "/ngsi-ld/v1"
        for path, endpoint in (
            ("/entities", self.current),
            ("/temporal/entities", self.collection),
            ("/temporal/entities/<key>", self.history),
        ):
            self.routes.add(Rule(root + path, endpoint=endpoint))

    def refusal(self, request: Request) -> Response | None:
        if request.headers.get("Accept") in (None, "*/*"):
            return Response("not acceptable", status=406)
        if request.args.get("limit", 0, int) > MOST_ENTITIES:
            return Response("limit too large", status=403)
        return None

    def current(self, request: Request) -> Response:
        """The current state; the links of the context and of the next page are two headers."""
        rows = [_normalized(one) for one in self.stations if one.kind == request.args["type"]]
        answer = self.page(request, rows, "NGSILD-Results-Count", 20)
        answer.headers.add(
            "Link", '<https://example.org/c.jsonld>; rel="http://www.w3.org/ns/json-ld#context"'
        )
        answer.headers.add("Link", f'<{request.path}?offset=20>; rel="next"; type="application/ld+json"')
        return answer

    def history(self, request: Request, key: str) -> Response:
        """The newest values of a window, newest first; a single one is an object."""
        station, name = self.named(key), request.args["attrs"]
        if "aggrMethods" in request.args:
            return self._aggregated(request, [station], is_listed=False)
        rows = self._rows(request, station.measured(name))
        newest = rows[-min(request.args.get("lastN", self.default, int), self.cap) :]
        found = [
            {"type": "Property", "value": value, "observedAt": _written(time)}
            for time, value in reversed(newest)
        ]
        entity = {"id": station.id, "type": station.kind} | ({name: _alone(found)} if found else {})
        if self.partial and len(newest) < len(rows):
            answer = as_json(entity, 206)
            answer.headers["Content-Range"] = (
                f"date-time {_written(newest[-1][0])}-{_written(newest[0][0])}/*"
            )
            return answer
        return as_json(entity)

    def collection(self, request: Request) -> Response:
        """The aggregates of all entities of a type; their attributes are lists."""
        return self._aggregated(
            request, [one for one in self.stations if one.kind == request.args["type"]], is_listed=True
        )

    def _aggregated(self, request: Request, stations: Sequence[Station], *, is_listed: bool) -> Response:
        if not self.counts:
            return Response("aggrMethods is not supported", status=400)
        length = _duration(request.args["aggrPeriodDuration"])
        if not length:
            return Response("division by zero", status=500)
        name, methods = request.args["attrs"], request.args["aggrMethods"].split(",")
        entities = []
        for station in stations:
            rows = self._rows(request, station.measured(name))
            told = {"type": "Property"} | {
                method: _buckets(request, rows, length, _AGGREGATES[method]) for method in methods
            }
            entity: dict[str, Any] = {"id": station.id, "type": station.kind}
            entities.append(entity | ({name: [told] if is_listed else told} if rows else {}))
        return self.page(request, entities, "NGSILD-Results-Count", 20) if is_listed else as_json(entities[0])

    def _rows(self, request: Request, values: list[Value]) -> list[Value]:
        first, last = _window(request)
        return [row for row in values if first < row[0] < last or (self.closed and row[0] in (first, last))]


@dataclass
class QuantumLeapBroker(Broker):
    """Orion and QuantumLeap behind one address, of the tenant `tenant`.

    `default`: how many values come at most if nobody asks for fewer; `cap`: at most, whatever one asks for;
    `counts`: whether it aggregates.
    """

    default: int = 10_000
    cap: int = 10_000
    counts: bool = True
    tenant: str = ""

    def __post_init__(self) -> None:
        for path, endpoint in (
            ("/v2/entities", self.current),
            ("/v2/entities/<key>/attrs/<name>", self.history),
            ("/v2/types/<kind>/attrs/<name>", self.counted),
        ):
            self.routes.add(Rule(path, endpoint=endpoint))

    def refusal(self, request: Request) -> Response | None:
        if self.tenant and request.headers.get("Fiware-Service") != self.tenant:
            return as_json({"error": "NotFound", "description": "service not found"}, 404)
        return super().refusal(request)

    def current(self, request: Request) -> Response:
        rows = [_ngsi_v2(one) for one in self.stations if one.kind == request.args["type"]]
        return self.page(request, rows, "Fiware-Total-Count", 20)

    def history(self, request: Request, key: str, name: str) -> Response:
        """The oldest values of a window first, its end included; none at all are a 404."""
        rows = _closed(request, self.named(key).measured(name))
        offset = request.args.get("offset", 0, int)
        rows = rows[offset : offset + min(request.args.get("limit", self.default, int), self.cap)]
        if not rows:
            return _nothing()
        # QuantumLeap writes UTC without saying so
        index = [time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] for time, _ in rows]
        values = [value for _, value in rows]
        return as_json({"entityId": key, "attrName": name, "index": index, "values": values})

    def counted(self, request: Request, kind: str, name: str) -> Response:
        """As SQL counts: empty values not, text as well."""
        if not self.counts or request.args.get("aggrMethod") != "count":
            return as_json({"error": "Not Implemented"}, 501)
        found = {
            station.id: sum(value is not None for _, value in _closed(request, station.measured(name)))
            for station in self.stations
            if station.kind == kind
        }
        entities = [{"entityId": key, "index": ["", ""], "values": [n]} for key, n in found.items() if n]
        return (
            as_json({"entityType": kind, "attrName": name, "entities": entities}) if entities else _nothing()
        )


def as_json(document: Any, status: int = 200) -> Response:
    return Response(json.dumps(document), status=status, mimetype="application/json")


def _nothing() -> Response:
    return as_json({"error": "Not Found", "description": "No records were found for such query."}, 404)


def _written(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _alone(found: list[Any]) -> Any:
    return found[0] if len(found) == 1 else found


def _window(request: Request) -> tuple[datetime, datetime]:
    first, last = (datetime.fromisoformat(request.args[name]) for name in ("timeAt", "endTimeAt"))
    return first, last


def _closed(request: Request, values: list[Value]) -> list[Value]:
    first, last = (datetime.fromisoformat(request.args[name]) for name in ("fromDate", "toDate"))
    return [row for row in values if first <= row[0] <= last]


def _duration(text: str) -> timedelta:
    """P1D is 24 hours also where the clock is changed."""
    units = {"S": timedelta(seconds=1), "H": HOUR, "D": 24 * HOUR}
    return int(text.lstrip("PT")[:-1]) * units[text[-1]]


_AGGREGATES: dict[str, Callable[[list[Any]], Any]] = {
    "totalCount": len,
    "min": lambda values: min(map(str, values)),  # as text: 104.0 is less than 69.1
    "max": lambda values: max(map(str, values)),
    "avg": lambda values: str(sum(value for value in values if isinstance(value, float)) / len(values)),
}


def _buckets(
    request: Request, rows: Sequence[Value], length: timedelta, aggregate: Callable[[list[Any]], Any]
) -> list[list[Any]]:
    """Buckets from the window's begin on; both ends of each belong to it, so a border is counted twice."""
    begin, last = _window(request)
    found = []
    while begin < last:
        end = min(begin + length, last)
        values = [value for time, value in rows if begin <= time <= end]
        if values:
            found.append([aggregate(values), _written(begin), _written(end)])
        begin += length
    return found


def _normalized(station: Station) -> dict[str, Any]:
    said = {name: {"type": "Property", "value": value} for name, value in station.said.items()}
    measured = {
        name: {
            "type": "Property",
            "value": attribute.values[-1][1] if attribute.values else None,
            "unitCode": attribute.unit,
        }
        for name, attribute in station.attributes.items()
    }
    place = {"type": "Point", "coordinates": station.position}
    location = {"location": {"type": "GeoProperty", "value": place}} if station.position else {}
    return {"id": station.id, "type": station.kind, **said, **measured, **location}


def _ngsi_v2(station: Station) -> dict[str, Any]:
    said = {
        name: {"type": "Text" if isinstance(value, str) else "Number", "value": value, "metadata": {}}
        for name, value in station.said.items()
    }
    measured = {
        name: {
            "type": "Number",
            "value": attribute.values[-1][1] if attribute.values else None,
            "metadata": {"unitCode": {"type": "Text", "value": attribute.unit}},
        }
        for name, attribute in station.attributes.items()
    }
    location = {}
    if station.position:
        longitude, latitude = station.position
        location["location"] = {"type": "geo:point", "value": f"{latitude}, {longitude}", "metadata": {}}
    return {"id": station.id, "type": station.kind, **said, **measured, **location}
