"""Sums that nobody described but that hold in a table: "total" followed by the columns it is made of.

Who reads the table sees them too, so a secret part follows from them as from a sum that is described.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import polars as pl
from ckanext.herne.harvesters.hits.theme import Sum

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

ROWS = 5
"""In so many complete rows a sum must hold, and in all there are, to be no chance."""
_FEW = 24
"""Up to so many indicators, any two that add up to a third are looked for."""
Column = list[int | None]


def implied_sums(rows: pl.DataFrame, additive: Collection[str]) -> list[Sum]:
    """The indicators that are the sum of indicators beside them, or of any two."""
    columns = _columns(rows, additive)
    return [
        Sum(total, parts)
        for total in columns
        for parts in _candidates(list(columns), total)
        if _holds(columns[total], [columns[part] for part in parts])
    ]


def _columns(rows: pl.DataFrame, additive: Collection[str]) -> dict[str, Column]:
    """The figures of each indicator, in billionths, in the same order of areas and years."""
    counted = rows.filter(pl.col("indicator").is_in(list(additive)))
    if counted.is_empty():
        return {}
    wide = counted.pivot("indicator", index=["level", "area_id", "year"], values="value")
    scale = 10**9
    return {
        name: [None if value is None else int(value * scale) for value in wide.get_column(name)]
        for name in wide.columns[3:]
    }


def _candidates(names: list[str], total: str) -> Iterator[tuple[str, ...]]:
    place = names.index(total)
    for last in range(place + 3, len(names) + 1):
        yield tuple(names[place + 1 : last])
    for first in range(place - 1):
        yield tuple(names[first:place])
    if len(names) <= _FEW:
        others = [name for name in names if name != total]
        yield from combinations(others, 2)


def _holds(total: Column, parts: list[Column]) -> bool:
    """Whether a sum holds wherever all is known, and there is enough of that; zeros alone prove nothing."""
    seen = 0
    for whole, *values in zip(total, *parts, strict=True):
        if whole is None or None in values:
            continue
        if sum(value for value in values if value is not None) != whole:
            return False
        seen += sum(bool(value) for value in values) > 1
    return seen >= ROWS
