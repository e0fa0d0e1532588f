"""Whether a secret value follows from what would be published, and withholding what gives it away.

Totals over areas and over indicators are linear equations; a secret value that they determine is recoverable.
So is one part of a share whose other parts are shown. Solved exactly, with fractions.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import polars as pl
from ckanext.herne.harvesters.hits.cells import HIDDEN
from ckanext.herne.harvesters.hits.hierarchy import Key, children, figures, parents, units

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from ckanext.herne.harvesters.hits.theme import Theme

WITHHELD = "withheld"


@dataclass(frozen=True)
class Equation:
    """A total and its parts; parts of a share (`linear` false) only tell each other."""

    total: Key
    parts: tuple[Key, ...]
    linear: bool = True

    @property
    def keys(self) -> tuple[Key, ...]:
        return (self.total, *self.parts)


@dataclass(frozen=True)
class Finding:
    """What was found: secrets that could be computed, and the figures withheld so that they cannot."""

    recoverable: tuple[Key, ...] = ()
    withheld: tuple[Key, ...] = ()

    def notes(self) -> list[str]:
        """The finding for the report of a run."""
        told = [
            f"{key.level} {key.area_id}, {key.indicator} {key.year}: kept secret by the source, but it could "
            "be computed from totals or shares"
            for key in self.recoverable
        ]
        return told + [
            f"{key.level} {key.area_id}, {key.indicator} {key.year}: withheld here, or a secret value could "
            "be computed"
            for key in self.withheld
        ]


def protected(rows: pl.DataFrame, theme: Theme) -> tuple[pl.DataFrame, Finding]:
    """The rows to publish, with what was found. With `disclosure: warn` they stay as they are."""
    statuses = dict(zip(figures(rows), rows.get_column("status"), strict=True))
    secrets = {key for key, status in statuses.items() if status in HIDDEN}
    if not secrets:
        return rows, Finding()
    values = figures(rows)
    system = [one for one in equations(rows, theme) if any(values[key] is None for key in one.keys)]
    found = recoverable(system, values, secrets)
    if not found or theme.disclosure == "warn":
        return rows, Finding(tuple(sorted(found)))
    withheld = _withhold(system, values, secrets)
    return _without(rows, withheld), Finding(tuple(sorted(found)), tuple(sorted(withheld)))


def equations(rows: pl.DataFrame, theme: Theme) -> list[Equation]:
    """What adds up in these rows, by area, by indicator and by share. Equations with a figure that is not
    there say nothing and are left out."""
    values = figures(rows)
    inside = children(parents(units(rows), theme.totals))
    additive = {entry.id for entry in theme.indicators if entry.adds_up}
    found = []
    for key in values:
        if key.indicator in additive and key.unit in inside:
            below = tuple(Key(*unit, key.year, key.indicator) for unit in inside[key.unit])
            found.append(Equation(key, below))
        for rule in theme.sums:
            if rule.total == key.indicator:
                found.append(Equation(key, tuple(key._replace(indicator=part) for part in rule.parts)))
        for share in theme.shares:
            if share.share == key.indicator:
                parts = (key._replace(indicator=share.part), key._replace(indicator=share.whole))
                found.append(Equation(key, parts, linear=False))
    return [one for one in found if all(key in values for key in one.keys)]


def recoverable(system: Iterable[Equation], values: dict[Key, Decimal | None], secrets: set[Key]) -> set[Key]:
    """The secrets that follow from the figures that are shown."""
    system = list(system)
    known = {key for key, value in values.items() if value is not None}
    told: set[Key] = set()
    while True:
        new = _solved([one for one in system if one.linear], values, known, told)
        for share in (one for one in system if not one.linear):
            unknown = [key for key in share.keys if key not in known | told]
            new |= set(unknown) if len(unknown) == 1 else set()
        if not new - told:
            return told & secrets
        told |= new


def _solved(
    system: list[Equation], values: dict[Key, Decimal | None], known: set[Key], told: set[Key]
) -> set[Key]:
    """The unknowns that linear equations determine; counts are never negative, so a sum of 0 tells all parts.

    What a share has told (`told`) is taken as known: only whether a value can be computed counts.
    """
    rows: list[dict[Key, Fraction]] = []
    found: set[Key] = set()
    for one in system:
        row = {key: Fraction(1) for key in one.parts if key not in known | told}
        if one.total not in known | told:
            row[one.total] = Fraction(-1)
        elif row and not told & set(one.keys) and not _rest(one, values):
            found |= set(row)
        if row:
            rows.append(row)
    return found | {next(iter(row)) for row in _reduced(rows) if len(row) == 1}


def _rest(one: Equation, values: dict[Key, Decimal | None]) -> Decimal | int:
    """What a total leaves for the parts that are not shown."""
    return (values[one.total] or 0) - sum(values[key] or 0 for key in one.parts)


def _reduced(rows: list[dict[Key, Fraction]]) -> list[dict[Key, Fraction]]:
    """The equations, each solved for one unknown (Gauss and Jordan); constants do not matter here."""
    done: dict[Key, dict[Key, Fraction]] = {}
    for row in rows:
        for pivot, solved in done.items():
            row = _minus(row, solved, row.get(pivot, Fraction(0)))
        if not row:
            continue
        pivot = next(iter(row))
        row = {key: factor / row[pivot] for key, factor in row.items()}
        done = {key: _minus(other, row, other.get(pivot, Fraction(0))) for key, other in done.items()}
        done[pivot] = row
    return list(done.values())


def _minus(row: dict[Key, Fraction], other: dict[Key, Fraction], times: Fraction) -> dict[Key, Fraction]:
    if not times:
        return row
    keys = dict.fromkeys((*row, *other))
    found = {key: row.get(key, Fraction(0)) - times * other.get(key, Fraction(0)) for key in keys}
    return {key: factor for key, factor in found.items() if factor}


def _withhold(system: list[Equation], values: dict[Key, Decimal | None], secrets: set[Key]) -> set[Key]:
    """The figures to withhold until no secret can be computed: the smallest beside it, a total last."""
    values, withheld = dict(values), set[Key]()
    while found := recoverable(system, values, secrets):
        chosen = _sacrifice(system, values, min(found))
        if chosen is None:
            break
        values[chosen] = None
        withheld.add(chosen)
    return withheld


def _sacrifice(system: list[Equation], values: dict[Key, Decimal | None], secret: Key) -> Key | None:
    """A figure whose absence makes an equation with the secret tell less; of a share, the share itself."""
    shown: list[tuple[bool, bool, Decimal, Key]] = []
    for one in system:
        if secret in one.keys:
            for key in one.keys:
                value = values[key]
                if value is not None:
                    is_last = key == one.total if one.linear else key != one.total
                    shown.append((is_last, value == 0, value, key))
    return min(shown)[3] if shown else None


def _without(rows: pl.DataFrame, withheld: set[Key]) -> pl.DataFrame:
    if not withheld:
        return rows
    keys = pl.DataFrame(sorted(withheld), schema=["level", "area_id", "year", "indicator"], orient="row")
    marked = rows.join(
        keys.with_columns(pl.lit(value=True).alias("_withheld")),
        on=keys.columns,
        how="left",
        maintain_order="left",
    )
    hide = pl.col("_withheld").is_not_null()
    return marked.with_columns(
        pl.when(hide).then(None).otherwise(pl.col("value")).alias("value"),
        pl.when(hide).then(pl.lit(WITHHELD)).otherwise(pl.col("status")).alias("status"),
        pl.when(hide).then(None).otherwise(pl.col("flag")).alias("flag"),
    ).drop("_withheld")
