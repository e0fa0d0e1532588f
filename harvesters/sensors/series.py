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


@dataclass(frozen=True)
class Belonging:
    """The streams of a platform by what becomes of them.

    `series` belong to the domain, `foreign` measure something else, `withheld` are those of sites that are
    too small to be published, or whose places nobody knows.
    """

    series: list[Series]
    foreign: list[Stream]
    withheld: list[Stream]


def belonging(source: str, domain: Domain, streams: Iterable[Stream]) -> Belonging:
    """What of a platform belongs to a domain.

    Raises SourceError if nothing does, and one that names all streams with a unit nobody knows.
    """
    found = Belonging([], [], [])
    unknown: list[Stream] = []
    for stream in streams:
        quantity = domain.quantity(stream.says)
        if quantity is None:
            found.foreign.append(stream)
        elif not _is_published(domain, stream.station):
            found.withheld.append(stream)
        elif (factor := _factor(quantity, stream)) is None:
            unknown.append(stream)
        elif series := _series(domain, quantity, stream, factor):
            found.series.append(series)
        else:
            found.withheld.append(stream)
    if unknown:
        raise _unknown_units(source, domain, unknown)
    if not found.series:
        raise _nothing(source, domain, found)
    return Belonging(_once(found.series), found.foreign, found.withheld)


def _nothing(source: str, domain: Domain, found: Belonging) -> SourceError:
    if found.withheld:
        problem = _("no site may be published: all are too small, or do not tell their places")
        remedy = _("The domain '{domain}' looks for the number of places in these properties: {names}")
        return SourceError(
            source, "", problem, remedy.format(domain=domain.id, names=", ".join(domain.capacity))
        )
    known = ", ".join(name for quantity in domain.quantities for name in quantity.names)
    remedy = _("The domain '{domain}' looks for these observed properties and attributes: {names}")
    problem = _("no stream belongs to the domain")
    return SourceError(source, "", problem, remedy.format(domain=domain.id, names=known))


def _unknown_units(source: str, domain: Domain, streams: list[Stream]) -> SourceError:
    """One error for all of them, so that one look at it is enough."""
    problems, known = [], dict[str, None]()
    for stream in streams:
        quantity = domain.quantity(stream.says)
        if quantity is not None:
            text = _("stream {id} '{name}': the unit '{unit}' is not known for {quantity}")
            unit = stream.units[0] if stream.units else ""
            problems.append(text.format(id=stream.id, name=stream.name, unit=unit, quantity=quantity.id))
            known |= dict.fromkeys(quantity.units)
    return SourceError(
        source, "", "; ".join(problems), _("Known units: {units}").format(units=", ".join(known))
    )


def _is_published(domain: Domain, station: Station) -> bool:
    if domain.privacy == "open":
        return True
    capacity = _capacity(domain, station)
    return capacity is not None and capacity >= domain.privacy.smallest_site


def _once(found: list[Series]) -> list[Series]:
    """Of a station that tells both its free and its occupied places, the occupied ones count."""
    direct = {(entry.stream.station.id, entry.quantity.id) for entry in found if entry.reading.factor > 0}
    return [
        entry
        for entry in found
        if entry.reading.factor > 0 or (entry.stream.station.id, entry.quantity.id) not in direct
    ]


def _series(domain: Domain, quantity: Quantity, stream: Stream, factor: float) -> Series | None:
    """None for free places of a station whose places nobody knows."""
    capacity = _capacity(domain, stream.station)
    reading = _reading(factor, quantity, stream, capacity)
    if reading is None:
        return None
    is_hourly = domain.privacy == "open" or (capacity or 0) >= domain.privacy.smallest_site_hourly
    return Series(stream, quantity, domain.rule(quantity), reading, capacity, is_hourly)


def _capacity(domain: Domain, station: Station) -> int | None:
    """The places of a station; text is no number here, unknown is never 0."""
    for name in domain.capacity:
        said = station.properties.get(name)
        if isinstance(said, int | float) and not isinstance(said, bool) and said == int(said):
            return int(said)
    return None


def _reading(factor: float, quantity: Quantity, stream: Stream, capacity: int | None) -> Reading | None:
    limits = [value for value in (quantity.maximum, capacity) if value is not None]
    bounds = {"minimum": quantity.minimum, "maximum": min(limits, default=math.inf)}
    if stream.says in quantity.complements:
        return None if capacity is None else Reading(-factor, capacity, **bounds)
    return Reading(factor, 0.0, **bounds)


def _factor(quantity: Quantity, stream: Stream) -> float | None:
    """What turns the stream's unit into the quantity's; None for a unit nobody knows."""
    # free places are counted in the same unit as occupied ones
    same = quantity.unit if stream.says in quantity.complements else None
    usual = quantity.attributes.get(stream.says or "", same)
    said = stream.units or ((usual,) if usual else ())
    return next((quantity.units[unit] for unit in said if unit in quantity.units), None)


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
