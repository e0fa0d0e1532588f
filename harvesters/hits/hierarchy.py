"""Which areas add up to which, and whether published totals do.

A table's own order of rows tells it, or the units an operator has loaded. Differences are reported; nothing
is ever repaired.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.hits.measures import measures
from ckanext.herne.regions import LEVELS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import polars as pl
    from ckanext.herne.harvesters.hits.theme import Theme
    from ckanext.herne.regions.units import Regions
    from ckanext.herne.regions.units import Unit as Region

_RANKS = {level: rank for rank, level in enumerate(LEVELS)}


class Unit(NamedTuple):
    """An area; names and keys repeat across levels."""

    level: str
    id: str


class Key(NamedTuple):
    """A figure: the key of the tidy table."""

    level: str
    area_id: str
    year: int
    indicator: str

    @property
    def unit(self) -> Unit:
        return Unit(self.level, self.area_id)

    def __str__(self) -> str:
        return f"{self.level} {self.area_id}, {self.indicator} {self.year}"


@dataclass(frozen=True)
class Difference:
    """A total that is not the sum of the areas in it."""

    key: Key
    published: Decimal
    computed: Decimal

    def __str__(self) -> str:
        text: str = _("{figure}: published {published}, its areas add up to {computed}").format(
            figure=self.key,
            published=f"{self.published.normalize():f}",
            computed=f"{self.computed.normalize():f}",
        )
        return text


Inside = dict[tuple[Unit, int], tuple[Unit, ...]]
"""The areas whose sum an area is, by the area and the year: areas come and go."""


def inside(rows: pl.DataFrame, theme: Theme, known: Regions | None = None) -> Inside:
    """What adds up to what: by the order of rows if the theme says how totals stand, else as is `known`."""
    found: Inside = {}
    for part in rows.select("year", "level", "area_id", "area").partition_by("year", maintain_order=True):
        year = int(part.item(0, "year"))
        names = {Unit(level, key): name for _year, level, key, name in part.iter_rows()}
        placed = children(parents(names, theme.totals)) if theme.totals else _known(names, known)
        found |= {(unit, year): tuple(below) for unit, below in placed.items()}
    return found


def _known(names: Mapping[Unit, str], known: Regions | None) -> dict[Unit, list[Unit]]:
    """The areas in each area as the loaded units tell it: the next level below that is there as a whole."""
    if not known:
        return {}
    by_unit = {unit: known.get(*unit) or _named(known, unit.level, name) for unit, name in names.items()}
    ours = {region.id: unit for unit, region in by_unit.items() if region}
    found = {}
    for unit, region in by_unit.items():
        below = known.inside(region) if region else []
        while below and not all(one.id in ours for one in below):
            below = [inner for one in below for inner in known.inside(one)]
        if below:
            found[unit] = [ours[one.id] for one in below]
    return found


def _named(known: Regions, level: str, name: str) -> Region | None:
    """The unit of a level by its name, where the source gives no key; None if several have it."""
    found = [unit for unit in known if unit.level == level and unit.name == name]
    return found[0] if len(found) == 1 else None


def parents(found: Iterable[Unit], totals: str | None) -> dict[Unit, Unit]:
    """The area each area lies in, if totals stand "below" or "above" the areas they are the sum of."""
    placed: dict[Unit, Unit] = {}
    open_: list[Unit] = []
    for unit in [one for one in found if one.level in _RANKS] if totals else []:
        if totals == "above":
            open_ = [one for one in open_ if _RANKS[one.level] > _RANKS[unit.level]]
            placed |= {unit: open_[-1]} if open_ else {}
        else:
            smaller = [one for one in open_ if _RANKS[one.level] < _RANKS[unit.level]]
            placed |= dict.fromkeys(smaller, unit)
            open_ = [one for one in open_ if one not in smaller]
        open_.append(unit)
    return placed


def children(placed: Mapping[Unit, Unit]) -> dict[Unit, list[Unit]]:
    """The areas in each area, by the area each lies in."""
    found: dict[Unit, list[Unit]] = defaultdict(list)
    for unit, parent in placed.items():
        found[parent].append(unit)
    return found


def additive(theme: Theme) -> set[str]:
    """The indicators that areas add up to, those of sections included."""
    return {entry.id for entry in measures(theme) if entry.adds_up}


def differences(rows: pl.DataFrame, theme: Theme, known: Regions | None = None) -> list[Difference]:
    """The totals that are not the sum of their areas, where all areas have a figure and areas add up."""
    below, counted, values = inside(rows, theme, known), additive(theme), figures(rows)
    found = []
    for key, published in values.items():
        units = below.get((key.unit, key.year))
        if units is None or published is None or key.indicator not in counted:
            continue
        parts = [values.get(Key(*unit, key.year, key.indicator)) for unit in units]
        told = [part for part in parts if part is not None]
        if len(told) == len(parts) and sum(told) != published:
            found.append(Difference(key, published, sum(told, Decimal(0))))
    return found


def figures(rows: pl.DataFrame) -> dict[Key, Decimal | None]:
    """The value of each figure by its key."""
    columns = ("level", "area_id", "year", "indicator", "value")
    return {Key(*row[:4]): row[4] for row in rows.select(columns).iter_rows()}
