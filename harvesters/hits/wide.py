"""A theme's tidy rows as one row per area and year with a column per indicator, for spreadsheets."""

from __future__ import annotations

import polars as pl

AREA = ("level", "area_id", "area", "year")


def wide(rows: pl.DataFrame, *, statuses: bool = True) -> pl.DataFrame:
    """Each indicator's value, and beside it its status where a value alone would not tell.

    An empty value has its reason in the column `<indicator>_status`; it is never a zero.
    """
    order = rows.get_column("indicator").unique(maintain_order=True).to_list()
    index = [name for name in AREA if name != "area"]
    areas = rows.select(AREA).unique(index, keep="first", maintain_order=True)
    values = rows.pivot("indicator", index=index, values="value")
    found = areas.join(values, on=index, how="left", maintain_order="left")
    if not statuses:
        return found.select(*AREA, *order)
    told = rows.pivot("indicator", index=index, values="status").rename(
        {one: f"{one}_status" for one in order}
    )
    found = found.join(told, on=index, how="left", maintain_order="left")
    marked = set(rows.filter(pl.col("status") != "ok").get_column("indicator"))
    columns = [name for one in order for name in ([one, f"{one}_status"] if one in marked else [one])]
    return found.select(*AREA, *columns)
