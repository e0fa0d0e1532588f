"""Which values follow from others: totals are linear equations, counts are whole and never negative. Pure.

Exact, with fractions. What is found to follow is told, not how great it is.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from ckanext.herne.harvesters.hits.hierarchy import Key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Values = dict[Key, Decimal | None]
_Bounds = dict[Key, tuple[Decimal, Decimal]]
_NO_END = Decimal("Infinity")
_ROUNDS = 50


@dataclass(frozen=True)
class Equation:
    """A total and its parts; parts of a share (`linear` false) only tell each other."""

    total: Key
    parts: tuple[Key, ...]
    linear: bool = True

    @property
    def keys(self) -> tuple[Key, ...]:
        return (self.total, *self.parts)


class System:
    """Equations by the figures in them: a figure can be taken away, and only what that touches is solved."""

    def __init__(self, equations: Iterable[Equation], values: Values, least: Mapping[Key, int]) -> None:
        self.values, self.least = dict(values), least
        self.of: dict[Key, list[Equation]] = defaultdict(list)
        for one in equations:
            for key in one.keys:
                self.of[key].append(one)

    def recoverable(self, secrets: set[Key]) -> set[Key]:
        """The secrets that follow from the figures that are shown."""
        found: set[Key] = set()
        left = set(secrets)
        while left:
            around = self.around(next(iter(left)))
            reached = {key for one in around for key in one.keys}
            found |= self.told(around) & secrets
            left = left - reached - {next(iter(left))}
        return found

    def around(self, key: Key) -> list[Equation]:
        """The equations about an unknown, about the other unknowns in them, and so on."""
        seen, found, border = {key}, dict[Equation, None](), [key]
        while border:
            for one in self.of[border.pop()]:
                found[one] = None
                unknown = {other for other in one.keys if self.values[other] is None} - seen
                seen |= unknown
                border += unknown
        return list(found)

    def told(self, around: list[Equation]) -> set[Key]:
        """The unknowns of these equations that follow, one from the other."""
        return _told(around, self.values, self.least)


def recoverable(
    system: Iterable[Equation], values: Values, secrets: set[Key], least: Mapping[Key, int]
) -> set[Key]:
    """The secrets that follow from the figures that are shown.

    `least` is what is known of those that are not: too few is at least one.
    """
    return System(system, values, least).recoverable(secrets)


def _told(system: list[Equation], values: Values, least: Mapping[Key, int]) -> set[Key]:
    """All unknowns that follow, one from the other."""
    known = {key for one in system for key in one.keys if values[key] is not None}
    told: set[Key] = set()
    linear = [one for one in system if one.linear]
    while True:
        new = _solved(linear, known | told) | _enclosed(linear, values, told, least)
        new |= _enclosed(linear, values, told, {})  # as who takes a secret for a possible zero
        for share in (one for one in system if not one.linear):
            unknown = [key for key in share.keys if key not in known | told]
            new |= set(unknown) if len(unknown) == 1 else set()
        if not new - told:
            return told
        told |= new


def _solved(system: list[Equation], known: set[Key]) -> set[Key]:
    """The unknowns that linear equations determine; whatever the constants are."""
    rows: list[dict[Key, Fraction]] = []
    for one in system:
        row = {key: Fraction(1) for key in one.parts if key not in known}
        if one.total not in known:
            row[one.total] = Fraction(-1)
        if row:
            rows.append(row)
    return {next(iter(row)) for row in _reduced(rows) if len(row) == 1}


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


def _enclosed(system: list[Equation], values: Values, told: set[Key], least: Mapping[Key, int]) -> set[Key]:
    """The unknowns that can have one value only: a rest of 2 for two secrets that are both at least 1.

    Equations with what a share has told say nothing here.
    """
    usable = [one for one in system if not told & set(one.keys)]
    bounds: _Bounds = {}
    for key in {key for one in usable for key in one.keys}:
        value = values[key]
        bounds[key] = (Decimal(least.get(key, 0)), _NO_END) if value is None else (value, value)
    for _round in range(_ROUNDS):
        before = dict(bounds)
        for one in usable:
            bounds |= _narrowed(one, bounds)
        if bounds == before:
            break
    return {key for key, (low, high) in bounds.items() if values[key] is None and low == high}


def _narrowed(one: Equation, bounds: _Bounds) -> _Bounds:
    """The bounds that one equation leaves. A total that is wrong at the source tells nothing."""
    low, high = bounds[one.total]
    lows = sum((bounds[key][0] for key in one.parts), Decimal(0))
    ends = [bounds[key][1] for key in one.parts]
    open_, closed = ends.count(_NO_END), sum((end for end in ends if end != _NO_END), Decimal(0))
    left = {one.total: (max(low, lows), high if open_ else min(high, closed))}
    for key in one.parts:
        own_low, own_high = bounds[key]
        is_open = own_high == _NO_END
        others = _NO_END if open_ > is_open else closed if is_open else closed - own_high
        left[key] = (max(own_low, low - others), min(own_high, high - (lows - own_low)))
    return {key: narrow for key, narrow in left.items() if narrow[0] <= narrow[1]}
