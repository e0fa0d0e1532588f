"""The rows a source gives to a run, and how they travel from the fetch stage to the apply stage. Pure."""

from __future__ import annotations

import base64
import dataclasses
import io
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import polars as pl
from ckanext.herne.tables import Column, Scope, Table

if TYPE_CHECKING:
    from collections.abc import Mapping

DEMO_COLUMN = Column(
    "demo",
    "boolean",
    "Demo",
    "Demo",
    "Wahr: Diese Zeile ist erfunden und dient der Vorführung.",
    "True: this row is invented, for demonstration.",
)


@dataclass(frozen=True)
class Harvested:
    """The rows of one run, the stored rows they speak for, and how many values were left out, by reason.

    `resource_id` says whose table they are for, `time_column` which column tells the dataset's period.
    """

    table: Table
    rows: pl.DataFrame
    scopes: tuple[Scope, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    resource_id: str = ""
    time_column: str = ""

    def encode(self) -> str:
        """As text that `decode` turns into the same rows, types included."""
        buffer = io.BytesIO()
        self.rows.write_ipc(buffer, compression="zstd")
        scopes = [[scope.column, scope.start, scope.end, dict(scope.where)] for scope in self.scopes]
        content = {"rows": buffer.getvalue(), "scopes": scopes, "left_out": self.left_out}
        return msgspec.json.encode(content).decode()

    def as_demo(self) -> Harvested:
        """The same with the column that says of each row that it is invented."""
        rows = self.rows.with_columns(pl.lit(value=True).alias(DEMO_COLUMN.id))
        return dataclasses.replace(self, table=demo_table(self.table), rows=rows)

    def of(self, resource_id: str, time_column: str) -> Harvested:
        """The same for the table of a resource."""
        return dataclasses.replace(self, resource_id=resource_id, time_column=time_column)

    @classmethod
    def decode(cls, table: Table, text: str) -> Harvested:
        """What `encode` wrote for rows of `table`."""
        content = msgspec.json.decode(text)
        rows = pl.read_ipc(io.BytesIO(base64.b64decode(content["rows"])))
        scopes = tuple(_scope(table, *parts) for parts in content["scopes"])
        return cls(table, rows, scopes, content["left_out"])


# PostgreSQL compares no date with a text
_FROM_TEXT = {"timestamp": datetime.fromisoformat, "date": date.fromisoformat}


def _scope(table: Table, column: str, start: Any, end: Any, where: dict[str, Any]) -> Scope:
    kind = next(entry.type for entry in table.columns if entry.id == column)
    if kind in _FROM_TEXT:
        start, end = _FROM_TEXT[kind](start), _FROM_TEXT[kind](end)
    return Scope(column, start, end, where)


def demo_table(table: Table) -> Table:
    """`table` as a demo source fills it: a download says of itself that it is invented."""
    return dataclasses.replace(table, columns=(*table.columns, DEMO_COLUMN))
