"""What NGSI v2 and NGSI-LD have in common: entities with attributes are stations with streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.operations.errors import SourceError
from ckanext.herne.harvesters.sensors.protocols.documents import lenient_json
from ckanext.herne.harvesters.sensors.protocols.platform import IncompleteError, Station, Stream, position

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ckanext.herne.harvesters.operations.http import Answer, Http

LIMIT = 100
"""Entities asked for at once: larger limits are refused (403) by some brokers, and cut by others."""
MOST_PAGES = 1000
_BESIDE = {"id", "type", "@context", "location", "address"}


def entities(http: Http, url: str, count_header: str) -> list[dict[str, Any]]:
    """Every entity of a listing whose address ends in its query; the header tells how many there are.

    Raises IncompleteError if fewer or more came than the broker counts, or one came twice.
    """
    found: dict[str, dict[str, Any]] = {}
    for rows, total in _pages(http, url, count_header):
        for row in rows:
            if row.get("id") in found:
                problem = _("the entity {id} came twice: the pages overlap").format(id=row.get("id"))
                raise IncompleteError(url, problem)
            found[str(row.get("id"))] = row
        if not rows or len(found) == total:
            break
    if total is not None and len(found) != total:
        problem = _("{count} of {total} entities came").format(count=len(found), total=total)
        raise IncompleteError(url, problem)
    return list(found.values())


def _pages(http: Http, url: str, count_header: str) -> Iterator[tuple[list[dict[str, Any]], int | None]]:
    """The rows of each page and how many the broker counts in all; ends only if the reader does."""

    def reader(answer: Answer) -> tuple[Any, str | None]:
        return lenient_json(answer), answer.headers.get(count_header)

    offset = 0
    for _number in range(MOST_PAGES):
        document, counted = http.read(f"{url}&limit={LIMIT}&offset={offset}", reader)
        rows = listed(document, url)
        yield rows, int(counted) if counted and counted.isdecimal() else None
        offset += len(rows)
    raise IncompleteError(url, _("no end after {number} pages").format(number=MOST_PAGES))


def listed(document: Any, url: str) -> list[dict[str, Any]]:
    """A list of entities. Raises SourceError for any other answer."""
    try:
        return msgspec.convert(document, list[dict[str, Any]])
    except msgspec.ValidationError as error:
        problem = _("not a list of entities: {detail}").format(detail=error)
        remedy = _("Check that the source's address is the root of the broker")
        raise SourceError(url, "", problem, remedy) from error


def station(entity: dict[str, Any]) -> Station:
    """The station an entity stands for; what is no series are its properties."""
    plain = {name: value_of(attribute) for name, attribute in entity.items() if name not in ("id", "type")}
    key = str(entity["id"])
    name = plain.get("name")
    return Station(key, name if isinstance(name, str) and name else key, _position(plain), plain)


def value_of(attribute: Any) -> Any:
    """The value of a normalized attribute, or of one in key-value form."""
    return attribute.get("value", attribute) if isinstance(attribute, dict) else attribute


def streams(entity: dict[str, Any], kind: str) -> Iterator[Stream]:
    """A stream for each attribute of an entity that was found by its type, `kind`.

    Where an attribute has several instances, one for each `datasetId`, which is the stream's key.
    """
    place = station(entity)
    for name in sorted(entity.keys() - _BESIDE):
        instances = entity[name] if isinstance(entity[name], list) else [entity[name]]
        for instance in instances:
            dataset = instance.get("datasetId") if isinstance(instance, dict) else None
            yield Stream(
                stream_id(place.id, name, dataset), place, name, dataset, name, _units(instance), kind
            )


def stream_id(entity: str, attribute: str, dataset: str | None = None) -> str:
    """What a stream is called here: its entity, attribute and, where there are several, `datasetId`."""
    return f"{entity}#{attribute}" + (f"@{dataset}" if dataset else "")


def _units(attribute: Any) -> tuple[str, ...]:
    if not isinstance(attribute, dict):
        return ()
    metadata = attribute.get("metadata")
    told = attribute.get("unitCode") or (value_of(metadata.get("unitCode")) if metadata else None)
    return (told,) if isinstance(told, str) else ()


def _position(plain: dict[str, Any]) -> tuple[float, float] | None:
    """GeoJSON, or the text of NGSI v2's geo:point, which has the latitude first."""
    location = plain.get("location")
    if not isinstance(location, str):
        return position(location)
    try:
        latitude, longitude = (float(part) for part in location.split(","))
    except ValueError:
        return None
    return longitude, latitude
