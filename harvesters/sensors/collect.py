"""One run over a SensorThings source: which streams, which window, which rows. Stores nothing."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
from ckanext.herne.harvesters.operations.errors import SourceError
from ckanext.herne.harvesters.operations.harvest import Harvested
from ckanext.herne.harvesters.sensors.aggregate import hourly
from ckanext.herne.harvesters.sensors.domain import Domain, Quantity, table
from ckanext.herne.harvesters.sensors.parse import parse
from ckanext.herne.tables import Scope

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ckanext.herne.harvesters.sensors.client import Datastream, SensorThings

SLICE = timedelta(days=31)
"""How much of a stream is held at once."""

_SCHEMA: dict[str, Any] = {
    "hour": pl.Datetime("us"),
    "mean": pl.Float64,
    "minimum": pl.Float64,
    "maximum": pl.Float64,
    "n": pl.Int64,
    "n_expected": pl.Int64,
    "coverage": pl.Float64,
    "quality": pl.String,
}


@dataclass(frozen=True)
class Series:
    """A datastream that belongs to the domain."""

    stream: Datastream
    quantity: Quantity
    factor: float
    capacity: int | None


def collect(
    client: SensorThings, domain: Domain, newest: Mapping[str, datetime], now: datetime, history: timedelta
) -> Harvested:
    """The hourly rows of every stream of the domain, up to the last complete hour before `now` (aware).

    `newest` is the newest stored hour (UTC without zone) by stream id: from there the late-data window is
    read again and its hours are computed anew; a stream not stored yet is read back as far as `history`.
    Raises SourceError if no stream belongs to the domain, or the source lost what it had.
    """
    end = now.astimezone(UTC).replace(tzinfo=None, minute=0, second=0, microsecond=0)
    frames, scopes, left_out = [], [], Counter[str]()
    for series in _series(client, domain):
        key = str(series.stream.id)
        start = _start(newest.get(key), end, domain, history)
        for piece, counts in _read(client, domain, series, start, end):
            frames.append(piece)
            left_out += counts
        scopes.append(Scope("hour", start, end, {"stream_id": key}))
    rows = pl.concat(frames)
    if newest and rows.is_empty():
        problem = "no observation came, though some were stored before"
        raise SourceError(client.root, "Observations", problem, "The stored data stay. Check the source")
    return Harvested(table(domain), rows, tuple(scopes), dict(left_out))


def _start(newest: datetime | None, end: datetime, domain: Domain, history: timedelta) -> datetime:
    if newest is None:
        return end - timedelta(hours=history // timedelta(hours=1))
    return min(newest, end) + timedelta(hours=1 - domain.late_hours)


def _series(client: SensorThings, domain: Domain) -> list[Series]:
    found = [series for stream in client.datastreams() if (series := _belongs(client, domain, stream))]
    if not found:
        known = ", ".join(uri for quantity in domain.quantities for uri in quantity.observed_properties)
        remedy = f"The domain '{domain.id}' looks for observed properties with these definitions: {known}"
        raise SourceError(client.root, "Datastreams", "no datastream belongs to the domain", remedy)
    return found


def _belongs(client: SensorThings, domain: Domain, stream: Datastream) -> Series | None:
    quantity = domain.quantity(stream.observed_property.definition)
    if quantity is None:
        return None
    capacity = _capacity(stream)
    if domain.minimum_capacity is not None and (capacity is None or capacity < domain.minimum_capacity):
        return None
    return Series(stream, quantity, _factor(client, stream, quantity), capacity)


def _capacity(stream: Datastream) -> int | None:
    capacity = (stream.thing.properties or {}).get("capacity")
    return capacity if isinstance(capacity, int) and not isinstance(capacity, bool) else None


def _factor(client: SensorThings, stream: Datastream, quantity: Quantity) -> float:
    unit = stream.unit.symbol if stream.unit else None
    if unit is None or unit not in quantity.units:
        place = f"Datastreams({stream.id}) '{stream.name}'"
        problem = f"the unit '{unit}' is not known for {quantity.id}"
        raise SourceError(client.root, place, problem, f"Known units: {', '.join(quantity.units)}")
    return quantity.units[unit]


def _read(
    client: SensorThings, domain: Domain, series: Series, start: datetime, end: datetime
) -> Iterator[tuple[pl.DataFrame, Counter[str]]]:
    """The rows of one stream, slice by slice, with what was left out."""
    before = timedelta(minutes=domain.stale_minutes if domain.aggregate == "time_weighted" else 0)
    limits = [value for value in (series.quantity.maximum, series.capacity) if value is not None]
    while start < end:
        until = min(start + SLICE, end)
        raw = client.observations(series.stream.id, _aware(start - before), _aware(until))
        parsed = parse(
            raw,
            factor=series.factor,
            minimum=series.quantity.minimum,
            maximum=min(limits, default=math.inf),
        )
        yield _rows(hourly(parsed.rows, domain, start, until), domain, series), parsed.left_out
        start = until


def _aware(time: datetime) -> datetime:
    return time.replace(tzinfo=UTC)


def _rows(hours: pl.DataFrame, domain: Domain, series: Series) -> pl.DataFrame:
    stream = series.stream
    rows = hours.cast(pl.Schema(_SCHEMA)).with_columns(
        pl.lit(str(stream.id)).alias("stream_id"),
        pl.lit(str(stream.thing.id)).alias("station_id"),
        pl.lit(stream.thing.name).alias("station"),
        pl.lit(series.quantity.id).alias("quantity"),
        pl.lit(series.quantity.unit).alias("unit"),
    )
    if domain.minimum_capacity is not None:
        capacity = pl.lit(series.capacity, pl.Int64)
        rows = rows.with_columns(
            capacity.alias("capacity"), (capacity - pl.col("mean")).round(6).alias("free")
        )
    return rows.select(table(domain).names)
