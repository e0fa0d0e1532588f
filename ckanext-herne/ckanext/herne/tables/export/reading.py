"""Rows of a table on their way out: one consistent reading in the order of the key, batch by batch.

PostgreSQL writes the values as text, so that a decimal keeps every digit and a time says that it is UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ckanext.datastore.backend.postgres import get_write_engine
from psycopg2 import sql

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ckanext.herne.tables.model import Column, Scope, Table

BATCH = 5000  # rows


@dataclass(frozen=True)
class Rows:
    """The rows of a stored table, or those within `scope`. Nothing is read before somebody iterates.

    `areas` are the GeoJSON geometries of spatial units by (level, key), for rows that name one.
    """

    table: Table
    resource_id: str
    scope: Scope | None = None
    areas: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def texts(self) -> Iterator[list[tuple[str | None, ...]]]:
        """Batches of rows whose values are text."""
        return self.batches([_as_text(column) for column in self.table.columns])

    def objects(
        self, before: Sequence[sql.Composable] = (), without: str = ""
    ) -> Iterator[list[tuple[Any, ...]]]:
        """Batches of rows: the SQL expressions of `before`, then the row as the text of a JSON object."""
        columns = [_as_json(column) for column in self.table.columns if column.id != without]
        line = sql.SQL("(SELECT row_to_json(line)::text FROM (SELECT {}) AS line)").format(_listed(columns))
        return self.batches([*before, line])

    def batches(self, wanted: Sequence[sql.Composable]) -> Iterator[list[tuple[Any, ...]]]:
        """Batches of rows with the values of SQL expressions."""
        query = sql.SQL("SELECT {} FROM {} {} ORDER BY {}").format(
            _listed(wanted),
            sql.Identifier(self.resource_id),
            self._where(),
            _listed([sql.Identifier(name) for name in self.table.key]),
        )
        with get_write_engine().connect() as connection, connection.begin():
            raw: Any = connection.connection
            raw.cursor().execute("SET TRANSACTION READ ONLY; SET LOCAL datestyle TO ISO")
            with raw.cursor("herne_export") as cursor:
                cursor.execute(query)
                while batch := cursor.fetchmany(BATCH):
                    yield batch

    def are_more_than(self, count: int) -> bool:
        """Whether there are more than `count` rows; reads no further than that."""
        query = sql.SQL("SELECT FROM {} {} OFFSET {} LIMIT 1").format(
            sql.Identifier(self.resource_id), self._where(), sql.Literal(count)
        )
        with get_write_engine().connect() as connection:
            cursor = connection.connection.cursor()
            cursor.execute(query)
            return bool(cursor.rowcount)

    def _where(self) -> sql.Composable:
        if self.scope is None:
            return sql.SQL("")
        return sql.SQL("WHERE {0} >= {1} AND {0} < {2}").format(
            sql.Identifier(self.scope.column), sql.Literal(self.scope.start), sql.Literal(self.scope.end)
        )


def _listed(parts: Sequence[sql.Composable]) -> sql.Composable:
    return sql.SQL(", ").join(parts)


def _as_text(column: Column) -> sql.Composable:
    name = sql.Identifier(column.id)
    if column.type == "timestamp":
        return sql.SQL("replace({}::text, ' ', 'T') || 'Z'").format(name)
    return sql.SQL("{}::text").format(name)


def _as_json(column: Column) -> sql.Composable:
    """A number and a boolean as JSON has them, everything else as text."""
    name = sql.Identifier(column.id)
    value = _as_text(column) if column.type in ("timestamp", "date") else name
    return sql.SQL("{} AS {}").format(value, name)
