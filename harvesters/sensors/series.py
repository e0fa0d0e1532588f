"""Which streams of a platform belong to a domain, and how each is read. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl
from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.operations.errors import SourceError
from ckanext.herne.harvesters.sensors.parse import Reading

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ckanext.herne.harvesters.sensors.aggregate import Rule
    from ckanext.herne.harvesters.sensors.domain import Domain, Quantity
    from ckanext.herne.harvesters.sensors.protocols import Station, Stream


@dataclass(frozen=True)
class Series:
    """A stream that belongs to the domain. `is_hourly`: whether single hours of it may be published."""

    stream: Stream
    quantity: Quantity
    rule: Rule
    reading: Reading
    capacity: int | None
    is_hourly: bool


def belonging(source: str, domain: Domain, streams: Iterable[Stream]) -> list[Series]:
    """The series of a domain. Raises SourceError if there is none, or one has a unit nobody knows."""
    found = [series for stream in streams if (series := _series(source, domain, stream))]
    if not found:
        known = ", ".join(name for quantity in domain.quantities for name in quantity.names)
        remedy = _("The domain '{domain}' looks for these observed properties and attributes: {names}")
        problem = _("no stream belongs to the domain")
        raise SourceError(source, "", problem, remedy.format(domain=domain.id, names=known))
    return _once(found)


def _once(found: list[Series]) -> list[Series]:
    """Of a station that tells both its free and its occupied places, the occupied ones count."""
    direct = {(entry.stream.station.id, entry.quantity.id) for entry in found if entry.reading.factor > 0}
    return [
        entry
        for entry in found
        if entry.reading.factor > 0 or (entry.stream.station.id, entry.quantity.id) not in direct
    ]


def _series(source: str, domain: Domain, stream: Stream) -> Series | None:
    quantity = domain.quantity(stream.says)
    if quantity is None:
        return None
    capacity = _capacity(domain, stream.station)
    is_hourly = True
    if domain.privacy != "open":
        if capacity is None or capacity < domain.privacy.smallest_site:
            return None
        is_hourly = capacity >= domain.privacy.smallest_site_hourly
    reading = _reading(_factor(source, quantity, stream), quantity, stream, capacity)
    if reading is None:
        return None
    return Series(stream, quantity, domain.rule(quantity), reading, capacity, is_hourly)


def _capacity(domain: Domain, station: Station) -> int | None:
    """The places of a station; text is no number here, unknown is never 0."""
    for name in domain.capacity:
        said = station.properties.get(name)
        if isinstance(said, int) and not isinstance(said, bool):
            return said
    return None


def _reading(factor: float, quantity: Quantity, stream: Stream, capacity: int | None) -> Reading | None:
    """None for free places of a station whose places nobody knows."""
    limits = [value for value in (quantity.maximum, capacity) if value is not None]
    bounds = {"minimum": quantity.minimum, "maximum": min(limits, default=math.inf)}
    if stream.says in quantity.complements:
        return None if capacity is None else Reading(-factor, capacity, **bounds)
    return Reading(factor, 0.0, **bounds)


def _factor(source: str, quantity: Quantity, stream: Stream) -> float:
    # free places are counted in the same unit as occupied ones
    same = quantity.unit if stream.says in quantity.complements else None
    usual = quantity.attributes.get(stream.says or "", same)
    said = stream.units or ((usual,) if usual else ())
    for unit in said:
        if unit in quantity.units:
            return quantity.units[unit]
    place = _("stream {id} '{name}'").format(id=stream.id, name=stream.name)
    problem = _("the unit '{unit}' is not known for {quantity}")
    problem = problem.format(unit=said[0] if said else "", quantity=quantity.id)
    remedy = _("Known units: {units}").format(units=", ".join(quantity.units))
    raise SourceError(source, place, problem, remedy)


def facts(series: list[Series]) -> pl.DataFrame:
    """What every row says of its series, by the series' number."""
    rows = [
        {
            "series": number,
            "stream_id": entry.stream.id,
            "station_id": entry.stream.station.id,
            "station": entry.stream.station.name,
            "quantity": entry.quantity.id,
            "unit": entry.quantity.unit,
            "aggregate": entry.rule.aggregate,
            "capacity": entry.capacity,
            "is_hourly": entry.is_hourly,
        }
        for number, entry in enumerate(series)
    ]
    return pl.DataFrame(rows, schema_overrides={"series": pl.UInt32, "capacity": pl.Int64})
