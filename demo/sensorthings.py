"""The demo's SensorThings 1.1 service (OGC 18-088), without HTTP: a path and its query in, a JSON body out.

Understood: navigation between the entities, `$filter`, `$select`, `$orderby`, `$top`, `$skip`, `$count`,
`$expand` (nested) and `$resultFormat=dataArray`. Everything else is answered with an error, never ignored.
Pages are capped at 1000 and continued by an opaque token, as real servers do.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from herne_demo.odata import QueryError, Row, parse_filter, split_outside, value_at
from herne_demo.world import LABEL, Observation, Stream, Thing, observations, world

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = "/sensorthings/v1.1"
PAGE_DEFAULT = 100
PAGE_CAP = 1000
OPTIONS = (
    "$filter",
    "$select",
    "$orderby",
    "$top",
    "$skip",
    "$count",
    "$expand",
    "$resultFormat",
    "$skiptoken",
)

# entity set -> {navigation link: (entity set it leads to, one or many)}
LINKS: dict[str, dict[str, tuple[str, bool]]] = {
    "Things": {"Locations": ("Locations", True), "Datastreams": ("Datastreams", True)},
    "Locations": {"Things": ("Things", True)},
    "Datastreams": {
        "Thing": ("Things", False),
        "Sensor": ("Sensors", False),
        "ObservedProperty": ("ObservedProperties", False),
        "Observations": ("Observations", True),
    },
    "Sensors": {"Datastreams": ("Datastreams", True)},
    "ObservedProperties": {"Datastreams": ("Datastreams", True)},
    "Observations": {"Datastream": ("Datastreams", False)},
}
_SEGMENT = re.compile(r"(?P<name>[A-Za-z]+)(?:\((?P<id>\d+)\))?")


class NotFoundError(LookupError):
    """The path names nothing here."""


@dataclass(frozen=True)
class Query:
    """What the options of one collection (or of one expanded link) ask for."""

    filter: str | None = None
    select: tuple[str, ...] = ()
    orderby: tuple[tuple[str, bool], ...] = ()
    top: int = PAGE_DEFAULT
    skip: int = 0
    count: bool = False
    expand: tuple[tuple[str, Query], ...] = ()
    data_array: bool = False
    as_of: datetime | None = None
    options: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Service:
    """Answers requests at the time `now` (aware); `base` is the absolute address of the service root."""

    base: str
    now: datetime

    def answer(self, path: str, options: dict[str, str]) -> dict[str, Any]:
        """The body for a path below the service root.

        Raises NotFoundError for an unknown path and QueryError for a query that is not understood.
        """
        if not path.strip("/"):
            return self._root()
        query = parse_query(options)
        if query.as_of is not None:
            return replace(self, now=query.as_of)._collect(path, query)
        return self._collect(path, query)

    def _collect(self, path: str, query: Query) -> dict[str, Any]:
        entity_set, rows, many = self._resolve(path.strip("/"))
        if not many:
            return self._render(entity_set, rows[0], query)
        return self._page(entity_set, rows, query, f"{self.base}/{path.strip('/')}")

    def _root(self) -> dict[str, Any]:
        return {
            "value": [{"name": name, "url": f"{self.base}/{name}"} for name in LINKS],
            "serverSettings": {"conformance": ["http://www.opengis.net/spec/iot_sensing/1.1/req/datamodel"]},
            "comment": LABEL,
        }

    def _resolve(self, path: str) -> tuple[str, list[Row], bool]:
        """The entities a path leads to: their set, their rows, and whether it is a collection."""
        entity_set, rows, many = "", [], True
        for number, segment in enumerate(path.split("/")):
            match = _SEGMENT.fullmatch(segment)
            if match is None or (number > 0 and many):
                raise NotFoundError(path)
            name, key = match["name"], match["id"]
            if number == 0:
                entity_set, many = name, True
                if name not in LINKS:
                    raise NotFoundError(path)
                rows = self._by_key(name, int(key)) if key else list(self._all(name))
            else:
                if name not in LINKS[entity_set]:
                    raise NotFoundError(path)
                target, many = LINKS[entity_set][name]
                rows = list(self._linked(entity_set, rows[0], name))
                entity_set = target
                rows = [row for row in rows if key is None or row["@iot.id"] == int(key)]
            many = many and key is None
            if not many and not rows:
                raise NotFoundError(path)
        return entity_set, rows, many

    def _all(self, entity_set: str) -> Iterable[Row]:
        here = world()
        if entity_set == "Observations":
            return (
                _observation(entry) for stream in here.streams for entry in observations(stream, self.now)
            )
        if entity_set == "Datastreams":
            return map(self._datastream, here.streams)
        if entity_set == "Things":
            return map(_thing, here.things)
        if entity_set == "Locations":
            return map(_location, here.things)
        return map(_sensor, here.sensors) if entity_set == "Sensors" else map(_property, here.properties)

    def _by_key(self, entity_set: str, key: int) -> list[Row]:
        return [row for row in self._all(entity_set) if row["@iot.id"] == key]

    def _linked(self, entity_set: str, row: Row, link: str) -> Iterable[Row]:
        """The rows behind one navigation link, as the world's own keys connect them."""
        key = row["@iot.id"]
        here = world()
        match (entity_set, link):
            case ("Things", "Locations") | ("Locations", "Things"):
                return self._by_key(LINKS[entity_set][link][0], key)
            case ("Things", "Datastreams"):
                return [self._datastream(stream) for stream in here.streams if stream.thing.id == key]
            case ("Sensors", "Datastreams"):
                return [self._datastream(stream) for stream in here.streams if stream.sensor_id == key]
            case ("ObservedProperties", "Datastreams"):
                return [self._datastream(stream) for stream in here.streams if stream.property_id == key]
            case ("Observations", "Datastream"):
                return [self._datastream(row["_stream"])]
        stream = here.streams[key - 1]
        match link:
            case "Thing":
                return [_thing(stream.thing)]
            case "Sensor":
                return self._by_key("Sensors", stream.sensor_id)
            case "ObservedProperty":
                return self._by_key("ObservedProperties", stream.property_id)
        return map(_observation, observations(stream, self.now))

    def _datastream(self, stream: Stream) -> Row:
        return {
            "@iot.id": stream.id,
            "name": stream.name,
            "description": f"{stream.quantity} an {stream.thing.name} ({LABEL})",
            "observationType": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
            "unitOfMeasurement": {
                "name": stream.unit_name,
                "symbol": stream.unit,
                "definition": f"ucum:{stream.unit}",
            },
            "properties": {"demo": True},
        }

    def _page(self, entity_set: str, rows: list[Row], query: Query, address: str) -> dict[str, Any]:
        rows = _ordered(_filtered(rows, query), query)
        body: dict[str, Any] = {"@iot.count": len(rows)} if query.count else {}
        page = rows[query.skip : query.skip + query.top]
        if query.skip + query.top < len(rows):
            body["@iot.nextLink"] = _next_link(address, query, self.now)
        if query.data_array:
            return body | {"value": self._data_arrays(entity_set, page, query)}
        return body | {"value": [self._render(entity_set, row, query) for row in page]}

    def _render(self, entity_set: str, row: Row, query: Query) -> dict[str, Any]:
        shown = _selected(row, query)
        if not query.select:
            link = f"{self.base}/{entity_set}({row['@iot.id']})"
            shown = {"@iot.selfLink": link, **shown}
            shown |= {f"{name}@iot.navigationLink": f"{link}/{name}" for name in LINKS[entity_set]}
        for name, inner in query.expand:
            if name not in LINKS[entity_set]:
                raise QueryError(f"$expand: {entity_set} has no link {name}")
            shown.pop(f"{name}@iot.navigationLink", None)
            shown |= self._expanded(entity_set, row, name, inner)
        return shown

    def _expanded(self, entity_set: str, row: Row, name: str, query: Query) -> dict[str, Any]:
        target, many = LINKS[entity_set][name]
        rows = list(self._linked(entity_set, row, name))
        if not many:
            return {name: self._render(target, rows[0], query)}
        page = self._page(target, rows, query, f"{self.base}/{entity_set}({row['@iot.id']})/{name}")
        shown = {name: page["value"]}
        return shown | {f"{name}{key}": value for key, value in page.items() if key != "value"}

    def _data_arrays(self, entity_set: str, rows: list[Row], query: Query) -> list[dict[str, Any]]:
        if entity_set != "Observations" or query.expand:
            raise QueryError("$resultFormat=dataArray exists for Observations without $expand only")
        components = [name.removeprefix("@iot.") for name in query.select] or ["id", *_OBSERVED]
        groups: dict[int, list[Row]] = {}
        for row in rows:
            groups.setdefault(row["_stream"].id, []).append(row)
        return [
            {
                "Datastream@iot.navigationLink": f"{self.base}/Datastreams({key})",
                "components": components,
                "dataArray@iot.count": len(group),
                "dataArray": [[_plain(value_at(row, name)) for name in components] for row in group],
            }
            for key, group in groups.items()
        ]


_OBSERVED = ("phenomenonTime", "resultTime", "result")


def parse_query(options: dict[str, str]) -> Query:
    """The options of a request; raises QueryError for one that is unknown or wrong."""
    for name in options:
        if name not in OPTIONS:
            raise QueryError(f"The option {name} is not supported here")
    after, as_of = _from_token(options["$skiptoken"]) if "$skiptoken" in options else (None, None)
    return Query(
        filter=options.get("$filter"),
        select=tuple(_names(options.get("$select", ""))),
        orderby=tuple(_order(part) for part in split_outside(options.get("$orderby", ""), ",")),
        top=min(_whole(options.get("$top", str(PAGE_DEFAULT)), "$top"), PAGE_CAP),
        skip=_whole(options.get("$skip", "0"), "$skip") if after is None else after,
        count=_truth(options.get("$count", "false")),
        expand=tuple(_expand(part) for part in split_outside(options.get("$expand", ""), ",")),
        data_array=_data_array(options.get("$resultFormat")),
        as_of=as_of,
        options={name: value for name, value in options.items() if name not in ("$skip", "$skiptoken")},
    )


def _names(text: str) -> list[str]:
    return ["@iot.id" if part.strip() == "id" else part.strip() for part in text.split(",") if part.strip()]


def _order(text: str) -> tuple[str, bool]:
    name, _, direction = text.partition(" ")
    if direction.strip() not in ("", "asc", "desc"):
        raise QueryError(f"$orderby: '{direction}' is neither asc nor desc")
    return name, direction.strip() == "desc"


def _expand(text: str) -> tuple[str, Query]:
    name, bracket, inner = text.partition("(")
    if not bracket:
        first, _, rest = name.partition("/")
        return first, parse_query({"$expand": rest} if rest else {})
    options = dict(part.split("=", 1) for part in split_outside(inner[:-1], ";") if "=" in part)
    return name, parse_query(options)


def _whole(text: str, option: str) -> int:
    if not text.isdigit():
        raise QueryError(f"{option}: '{text}' is not a whole number")
    return int(text)


def _truth(text: str) -> bool:
    if text not in ("true", "false"):
        raise QueryError(f"$count: '{text}' is neither true nor false")
    return text == "true"


def _data_array(text: str | None) -> bool:
    if text not in (None, "dataArray"):
        raise QueryError(f"$resultFormat={text} is not supported here")
    return text is not None


def _next_link(address: str, query: Query, now: datetime) -> str:
    # the token keeps the time of the first page: later pages continue the same list, whatever arrived since
    state = {"after": query.skip + query.top, "as_of": now.isoformat()}
    token = base64.urlsafe_b64encode(json.dumps(state).encode()).decode()
    options = {**query.options, "$skiptoken": token}
    return f"{address}?" + "&".join(f"{name}={quote(value)}" for name, value in options.items())


def _from_token(token: str) -> tuple[int, datetime]:
    try:
        state = json.loads(base64.urlsafe_b64decode(token))
        return int(state["after"]), datetime.fromisoformat(state["as_of"])
    except (binascii.Error, ValueError, KeyError, TypeError) as error:
        raise QueryError("$skiptoken: not one of ours") from error


def _filtered(rows: list[Row], query: Query) -> list[Row]:
    if query.filter is None:
        return rows
    predicate = parse_filter(query.filter)
    return [row for row in rows if predicate(row)]


def _ordered(rows: list[Row], query: Query) -> list[Row]:
    rows = sorted(rows, key=lambda row: row["@iot.id"])
    for name, descending in reversed(query.orderby):
        # servers order values of different types by type, null last
        rows.sort(key=lambda row: _sort_key(value_at(row, name)), reverse=descending)
    return rows


def _sort_key(value: Any) -> tuple[str, Any]:
    kind = "number" if isinstance(value, int | float) else type(value).__name__
    return (kind, value) if value is not None else ("~", 0)


def _selected(row: Row, query: Query) -> dict[str, Any]:
    expanded = {name for name, _ in query.expand}
    names = [name for name in query.select if name not in expanded] if query.select else list(row)
    return {name: _plain(value_at(row, name)) for name in names if not name.startswith("_")}


def _plain(value: Any) -> Any:
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else value


def _thing(thing: Thing) -> Row:
    capacity = {} if thing.capacity is None else {"capacity": thing.capacity}
    return {
        "@iot.id": thing.id,
        "name": thing.name,
        "description": f"{thing.name} ({LABEL})",
        "properties": {"demo": True, "note": LABEL, "kind": thing.kind, "key": thing.key, **capacity},
    }


def _location(thing: Thing) -> Row:
    return {
        "@iot.id": thing.id,
        "name": thing.name,
        "description": "Ungefähre oder erfundene Lage",
        "encodingType": "application/geo+json",
        "location": {"type": "Point", "coordinates": [thing.lon, thing.lat]},
        "properties": {"demo": True, "accuracy": "approximate"},
    }


def _sensor(entry: dict[str, Any]) -> Row:
    return {
        "@iot.id": entry["id"],
        "name": entry["name"],
        "description": f"{entry['description']} ({LABEL})",
        "encodingType": "text/plain",
        "metadata": LABEL,
    }


def _property(entry: dict[str, Any]) -> Row:
    return {
        "@iot.id": entry["id"],
        "name": entry["name"],
        "definition": entry["definition"],
        "description": entry["name"],
        "properties": {"key": entry["key"]},
    }


def _observation(entry: Observation) -> Row:
    return {
        "@iot.id": entry.id,
        "phenomenonTime": entry.phenomenon_time.astimezone(UTC),
        "resultTime": entry.result_time.astimezone(UTC),
        "result": entry.result,
        "_stream": entry.stream,
    }
