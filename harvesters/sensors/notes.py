"""What a run found at a sensor platform, in sentences for whoever tries a source. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from ckan.plugins.toolkit import _, ungettext

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ckanext.herne.harvesters.sensors.protocols import Stream
    from ckanext.herne.harvesters.sensors.series import Belonging, Series

MOST_NAMES = 20
"""So many are named of what there is; the others are counted."""


def notes(found: Belonging, *, goes_on: bool) -> tuple[str, ...]:
    """Which stations have which streams, which are left aside and why, and whether one run is not enough."""
    stations: dict[str, list[Series]] = defaultdict(list)
    for entry in found.series:
        stations[entry.stream.station.id].append(entry)
    counted = ungettext(
        "{count} stream belongs to the domain", "{count} streams belong to the domain", len(found.series)
    )
    named = [_station(of_station) for of_station in stations.values()]
    asides = (
        (_("Measure nothing of this domain"), found.foreign),
        (_("Not published, because the site is too small or its places are not known"), found.withheld),
    )
    return (
        f"{counted.format(count=len(found.series))}: {_listed(named, '; ')}",
        *(f"{why} ({len(streams)}): {_listed(map(_stream, streams))}" for why, streams in asides if streams),
        *([_("There is more history than one run takes; the next one begins by itself")] if goes_on else []),
    )


def _station(series: Sequence[Series]) -> str:
    station = series[0].stream.station
    quantities = ", ".join(f"{entry.quantity.id} [{entry.quantity.unit}]" for entry in series)
    return f"{station.name} ({quantities})"


def _stream(stream: Stream) -> str:
    return f"{stream.station.name}: {stream.name or stream.id}"


def _listed(names: Iterable[str], between: str = ", ") -> str:
    everything = list(names)
    more = len(everything) - MOST_NAMES
    rest = [_("and {count} more").format(count=more)] if more > 0 else []
    return between.join([*everything[:MOST_NAMES], *rest])
