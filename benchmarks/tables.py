"""Loading typed rows: `ckanext.herne.tables.load` against the DataStore's own `datastore_upsert`.

Same rows, same key, same servers, one run; a load with nothing new must write nothing. Our load is so short
that anything beside it counts: it is the median of five, each into a new table. Starts the servers in
`.herne-bench/` unless the environment names them (CKAN_SQLALCHEMY_URL and its siblings). ROWS sets another
number of rows.
"""

from __future__ import annotations

import os
import time
import uuid
from datetime import datetime
from functools import partial
from statistics import median
from typing import Any

import polars as pl
from ckanext.herne import tables
from ckanext.herne.harvesters.sensors.domain import domain
from ckanext.herne.harvesters.sensors.tables import hourly_table
from herne_testing.servers import application

ROWS = int(os.environ.get("ROWS", "100000"))
CHUNK = 5000
LOADS = 5
TABLE = hourly_table(domain("air_quality"))


def rows(shift: float = 0.0) -> pl.DataFrame:
    """Hourly values of 50 invented streams."""
    number = pl.int_range(ROWS, eager=True).alias("number")
    start = datetime(2020, 1, 1)  # noqa: DTZ001 (tables hold UTC without zone)
    return (
        pl.DataFrame([number])
        .with_columns(
            (pl.col("number") % 50).cast(pl.String).str.zfill(3).alias("stream_id"),
            (pl.lit(start) + pl.duration(hours=pl.col("number") // 50)).alias("hour"),
            (pl.col("number") % 977 / 7 + shift).round(6).alias("value"),
            pl.lit("7").alias("station_id"),
            pl.lit("Messstelle (erfunden)").alias("station"),
            pl.lit("pm10").alias("quantity"),
            pl.lit("ug/m3").alias("unit"),
            pl.lit("mean").alias("aggregate"),
            pl.lit(1.5).alias("minimum"),
            pl.lit(90.25).alias("maximum"),
            pl.lit(6).alias("n"),
            pl.lit(6).alias("n_expected"),
            pl.lit(1.0).alias("coverage"),
            pl.lit("ok").alias("quality"),
        )
        .select(TABLE.names)
    )


def resources() -> list[str]:
    """Empty tables of one kind: ours and, as the last one, the peer's."""
    import ckan.plugins.toolkit as tk

    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    if not tk.get_action("organization_list")({}, {"organizations": ["stadt-herne"]}):
        tk.get_action("organization_create")({"ignore_auth": True, "user": user}, {"name": "stadt-herne"})
    name = f"bench-{uuid.uuid4().hex[:12]}"
    entry = {"url": "/datastore", "url_type": "datastore", "format": "CSV"}
    data = {
        "name": name,
        "title": name,
        "notes": name,
        "resources": [dict(entry, name=str(number)) for number in range(LOADS + 1)],
    }
    made = tk.get_action("package_create")({"ignore_auth": True, "user": user}, data)
    ids = [str(resource["id"]) for resource in made["resources"]]
    for resource_id in ids:
        tables.ensure(TABLE, resource_id)
    return ids


def upsert(resource_id: str, frame: pl.DataFrame) -> None:
    """The rows through the DataStore's action, in chunks."""
    import ckan.plugins.toolkit as tk

    records = frame.with_columns(pl.col("hour").dt.strftime("%Y-%m-%dT%H:%M:%S")).to_dicts()
    for start in range(0, len(records), CHUNK):
        chunk = records[start : start + CHUNK]
        data = {"resource_id": resource_id, "records": chunk, "method": "upsert", "force": True}
        tk.get_action("datastore_upsert")({"ignore_auth": True}, data)


def unchanged(resource_id: str, frame: pl.DataFrame) -> None:
    """Loads what is stored; ends the benchmark if that writes."""
    if tables.load(TABLE, resource_id, frame):
        raise SystemExit("a load with nothing new wrote rows")


def timed(label: str, work: Any) -> float:
    started = time.perf_counter()
    work()
    seconds = time.perf_counter() - started
    print(f"{label:<38} {seconds:8.2f} s {ROWS / seconds:12,.0f} rows/s", flush=True)
    return seconds


def main() -> None:
    """Measures both and prints the ratio of the first loads."""
    with application():
        *ours, theirs = resources()
        first, other = rows(), rows(0.5)
        print(f"{ROWS:,} rows x {len(TABLE.columns)} columns")
        loads = [timed("ours, first load", partial(tables.load, TABLE, table, first)) for table in ours]
        timed("ours, nothing changed", lambda: unchanged(ours[0], first))
        timed("ours, every row changed", lambda: tables.load(TABLE, ours[0], other))
        peer = timed("datastore_upsert, first load", lambda: upsert(theirs, first))
    print(f"ratio {peer / median(loads):.1f}")


if __name__ == "__main__":
    main()
