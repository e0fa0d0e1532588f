"""Which area lies in which, as a table's own order of rows tells it, and whether its totals add up.

Differences are reported; nothing is ever repaired.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from ckanext.herne.regions import LEVELS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import polars as pl
    from ckanext.herne.harvesters.hits.theme import Theme

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


@dataclass(frozen=True)
class Difference:
    """A total that is not the sum of the areas in it."""

    key: Key
    published: Decimal
    computed: Decimal

    def __str__(self) -> str:
        return (
            f"{self.key.level} {self.key.area_id}, {self.key.indicator} {self.key.year}: "
            f"published {self.published.normalize():f}, its areas add up to {self.computed.normalize():f}"
        )


def units(rows: pl.DataFrame) -> list[Unit]:
    """The areas of a table in the order in which they first stand there."""
    return [Unit(*pair) for pair in rows.select("level", "area_id").unique(maintain_order=True).iter_rows()]


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


def differences(rows: pl.DataFrame, theme: Theme) -> list[Difference]:
    """The totals that are not the sum of their areas, where all areas have a figure and areas add up."""
    inside = children(parents(units(rows), theme.totals))
    additive = {entry.id for entry in theme.indicators if entry.adds_up}
    values = figures(rows)
    found = []
    for key, published in values.items():
        below = inside.get(key.unit)
        if below is None or published is None or key.indicator not in additive:
            continue
        parts = [values.get(Key(*unit, key.year, key.indicator)) for unit in below]
        known = [part for part in parts if part is not None]
        if len(known) == len(parts) and sum(known) != published:
            found.append(Difference(key, published, sum(known, Decimal(0))))
    return found


def figures(rows: pl.DataFrame) -> dict[Key, Decimal | None]:
    """The value of each figure by its key."""
    columns = ("level", "area_id", "year", "indicator", "value")
    return {Key(*row[:4]): row[4] for row in rows.select(columns).iter_rows()}
