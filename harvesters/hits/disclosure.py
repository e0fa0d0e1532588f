"""Whether a secret value follows from what would be published, and withholding what gives it away.

Totals over areas and over indicators are equations; so are sums that nobody described but that hold in the
table. `solving` tells which secrets they determine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl
from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.hits.cells import COUNTED, HIDDEN
from ckanext.herne.harvesters.hits.hierarchy import Key, additive, figures, inside
from ckanext.herne.harvesters.hits.implied import implied_sums
from ckanext.herne.harvesters.hits.measures import measures
from ckanext.herne.harvesters.hits.solving import Equation, System

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from ckanext.herne.harvesters.hits.solving import Values
    from ckanext.herne.harvesters.hits.theme import Theme
    from ckanext.herne.regions.units import Regions

WITHHELD = "withheld"


@dataclass(frozen=True)
class Finding:
    """What was found: secrets that could be computed, and the figures withheld so that they cannot."""

    recoverable: tuple[Key, ...] = ()
    withheld: tuple[Key, ...] = ()

    def notes(self) -> list[str]:
        """The finding for the report of a run."""
        told = _("{figure}: kept secret by the source, but it could be computed from totals or shares")
        hidden = _("{figure}: withheld here, or a secret value could be computed")
        return [told.format(figure=key) for key in self.recoverable] + [
            hidden.format(figure=key) for key in self.withheld
        ]


def protected(rows: pl.DataFrame, theme: Theme, known: Regions | None = None) -> tuple[pl.DataFrame, Finding]:
    """The rows to publish, with what was found. With `disclosure: warn` they stay as they are.

    `known` are the units that were loaded: whoever reads the table has them too.
    """
    values = figures(rows)
    statuses = dict(zip(values, rows.get_column("status"), strict=True))
    secrets = {key for key, status in statuses.items() if status in HIDDEN}
    if not secrets:
        return rows, Finding()
    counts = {entry.id for entry in measures(theme) if entry.unit == "1"}
    least = {key: 1 for key in secrets if statuses[key] in COUNTED and key.indicator in counts}
    system = System(equations(rows, theme, known), values, least)
    found = system.recoverable(secrets)
    if not found or theme.disclosure == "warn":
        return rows, Finding(tuple(sorted(found)))
    withheld = _withhold(system, found, values, secrets)
    return _without(rows, withheld), Finding(tuple(sorted(found)), tuple(sorted(withheld)))


def equations(rows: pl.DataFrame, theme: Theme, known: Regions | None = None) -> list[Equation]:
    """What adds up in these rows, by area, by indicator and by share. Equations with a figure that is not
    there say nothing and are left out."""
    values, below, counted = figures(rows), inside(rows, theme, known), additive(theme)
    sums = dict.fromkeys((rule.total, rule.parts) for rule in (*theme.sums, *implied_sums(rows, counted)))
    found = []
    for key in values:
        units = below.get((key.unit, key.year))
        if key.indicator in counted and units:
            found.append(Equation(key, tuple(Key(*unit, key.year, key.indicator) for unit in units)))
        for total, parts in sums:
            if total == key.indicator:
                found.append(Equation(key, tuple(key._replace(indicator=part) for part in parts)))
        for share in theme.shares:
            if share.share == key.indicator:
                of = (key._replace(indicator=share.part), key._replace(indicator=share.whole))
                found.append(Equation(key, of, linear=False))
    return [one for one in found if all(key in values for key in one.keys)]


def _withhold(system: System, found: set[Key], values: Values, secrets: set[Key]) -> set[Key]:
    """The figures to withhold until no secret can be computed: the smallest beside it, a total last."""
    withheld: set[Key] = set()
    left = sorted(found, reverse=True)
    while left:
        secret = left.pop()
        around = system.around(secret)
        if secret not in system.told(around):
            continue
        chosen = _sacrifice(system, around, secret)
        if chosen is not None:
            system.values[chosen] = None
            withheld.add(chosen)
            left.append(secret)
    return withheld - _given_back(system, sorted(withheld), values, secrets)


def _given_back(system: System, withheld: list[Key], values: Values, secrets: set[Key]) -> set[Key]:
    """Of the figures withheld, those that turn out to give nothing away: later ones hide as well."""
    found = set()
    for key in withheld:
        system.values[key] = values[key]
        touched = [one for near in system.of[key] for one in near.keys if system.values[one] is None]
        around = [one for unknown in dict.fromkeys(touched) for one in system.around(unknown)]
        if system.told(list(dict.fromkeys(around))) & secrets:
            system.values[key] = None
        else:
            found.add(key)
    return found


def _sacrifice(system: System, around: list[Equation], secret: Key) -> Key | None:
    """A figure whose absence makes the equations about a secret tell less, or those about its neighbours."""
    for near in (system.of[secret], around):
        shown = [place for one in near for place in _shown(one, system.values)]
        if shown:
            return min(shown)[3]
    return None


def _shown(one: Equation, values: Values) -> Iterator[tuple[bool, bool, Decimal, Key]]:
    """The figures of an equation that could be withheld, with their loss: of a share, least the share."""
    for key in one.keys:
        value = values[key]
        if value is not None:
            is_last = key == one.total if one.linear else key != one.total
            yield is_last, value == 0, value, key


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
