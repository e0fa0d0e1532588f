"""What a run changes in the years of a theme, as a sentence for the dataset. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl
from ckanext.herne.harvesters.hits.theme import TABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEY = list(TABLE.key)
_SAID = ["value", "status", "flag", "footnote"]
COMPARED = replace(TABLE, columns=tuple(column for column in TABLE.columns if column.id in (*_KEY, *_SAID)))
"""The columns of the stored table that are compared."""


def note(stored: pl.DataFrame | None, rows: pl.DataFrame) -> str:
    """Which years are new and which are corrected, German and English; empty if all is as it was."""
    told = list(_told(stored, rows))
    return (
        "; ".join(german for german, _ in told) + " / " + "; ".join(english for _, english in told)
        if told
        else ""
    )


def _told(stored: pl.DataFrame | None, rows: pl.DataFrame) -> Iterator[tuple[str, str]]:
    before = set() if stored is None else set(stored.get_column("year"))
    years = set(rows.get_column("year"))
    if new := sorted(years - before):
        listed = ", ".join(map(str, new))
        yield f"Neu: {listed}", f"New: {listed}"
    for year in sorted(years & before) if stored is not None else []:
        of_year = pl.col("year") == year
        count = _differing(stored.filter(of_year), rows.filter(of_year)) if stored is not None else 0
        if count:
            yield f"{year} berichtigt ({count} Werte)", f"{year} corrected ({count} values)"


def _differing(stored: pl.DataFrame, rows: pl.DataFrame) -> int:
    """How many figures of a year are changed, added or gone."""
    both = rows.select(*_KEY, *_SAID).join(
        stored.select(*_KEY, *_SAID), on=_KEY, how="full", coalesce=False, suffix="_stored"
    )
    changed = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_stored")) for name in (*_KEY, *_SAID))
    return both.filter(changed).height
