"""A theme's tidy rows as one row per area and year with two columns per indicator, for spreadsheets."""

from __future__ import annotations

import polars as pl

AREA = ("level", "area_id", "area", "year")


def wide(rows: pl.DataFrame) -> pl.DataFrame:
    """Each indicator's value and, in the column `<indicator>_status`, what it is or why there is none.

    A figure that is not there is "missing"; it is never a zero.
    """
    order = rows.get_column("indicator").unique(maintain_order=True).to_list()
    index = [name for name in AREA if name != "area"]
    areas = rows.select(AREA).unique(index, keep="first", maintain_order=True)
    values = rows.pivot("indicator", index=index, values="value")
    statuses = rows.pivot("indicator", index=index, values="status").rename(
        {one: f"{one}_status" for one in order}
    )
    found = areas.join(values, on=index, how="left").join(
        statuses, on=index, how="left", maintain_order="left"
    )
    columns = [name for one in order for name in (one, f"{one}_status")]
    return found.with_columns(pl.col([f"{one}_status" for one in order]).fill_null("missing")).select(
        *AREA, *columns
    )
