"""Loads two states of a table in turn, without end: for a test that kills it. Prints what it stored."""

from __future__ import annotations

import itertools
import sys

import polars as pl
from ckanext.herne.tables import Column, Scope, Table, load

from herne_testing.servers import application

TABLE = Table(
    "Endlos",
    (
        Column("id", "integer", "Nummer", "Number", "Nummer.", "Number."),
        Column("state", "integer", "Zustand", "State", "Zustand.", "State."),
    ),
    ("id",),
)
ROWS = 20_000
EVERYTHING = (Scope("id", 0, 2 * ROWS),)


def rows(state: int) -> pl.DataFrame:
    """Every other row of state 1 is in state 0 too; each state has rows that the other has not."""
    return pl.DataFrame({"id": pl.int_range(ROWS, eager=True) * (state + 1)}).with_columns(
        pl.lit(state).alias("state")
    )


if __name__ == "__main__":
    with application():
        for state in itertools.cycle((0, 1)):
            load(TABLE, sys.argv[1], rows(state), EVERYTHING)
            sys.stdout.write(f"{state}\n")
            sys.stdout.flush()
