"""The two readings of a theme, from workbooks and from a report, against each other.

The workbook decides, as a report may have lost the signs; what differs is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl
from ckanext.herne.harvesters.hits.theme import TABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEY = list(TABLE.key)
_VAGUE = ("missing", "doubtful")
"""What a report says where it may have lost a sign: no difference to a sign in the workbook."""


@dataclass(frozen=True)
class Mismatch:
    """A figure that the two readings give differently; None where one of them has none."""

    key: tuple[object, ...]
    workbook: str | None
    report: str | None

    def __str__(self) -> str:
        place = " ".join(str(part) for part in self.key)
        return f"{place}: {self.workbook or 'not'} in the workbook, {self.report or 'not'} in the report"


def combined(workbooks: pl.DataFrame, report: pl.DataFrame) -> pl.DataFrame:
    """The figures of the workbooks, and those that only the report has."""
    return pl.concat([workbooks, report.join(workbooks, on=_KEY, how="anti")])


def mismatches(workbooks: pl.DataFrame, report: pl.DataFrame) -> Iterator[Mismatch]:
    """What differs, for the years and indicators that both have."""
    common = (
        workbooks.select("year", "indicator")
        .unique()
        .join(report.select("year", "indicator").unique(), on=["year", "indicator"])
    )
    ours, theirs = (_said(rows.join(common, on=common.columns, how="semi")) for rows in (workbooks, report))
    both = ours.join(theirs, on=_KEY, how="full", coalesce=True, suffix="_report").sort(_KEY)
    for row in both.iter_rows(named=True):
        vague = row["status_report"] in _VAGUE and (row["value"] is None or row["value"] == 0)
        same = (row["value"], row["status"] is None) == (row["value_report"], row["status_report"] is None)
        if not vague and not same:
            key = tuple(row[name] for name in _KEY)
            yield Mismatch(
                key, _text(row["value"], row["status"]), _text(row["value_report"], row["status_report"])
            )


def _said(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(*_KEY, "value", "status")


def _text(value: object, status: str | None) -> str | None:
    return f"{value:f}".rstrip("0").rstrip(".") if value is not None else status
