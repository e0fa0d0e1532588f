"""What the statements of a load have in common: the cursor, the table and the staging table beside it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from psycopg2 import sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ckanext.herne.tables.model import Table


def names_of(names: Sequence[str], prefix: str | None = None) -> sql.Composable:
    """The names as identifiers between commas."""
    identifiers = [sql.Identifier(prefix, name) if prefix else sql.Identifier(name) for name in names]
    return sql.SQL(", ").join(identifiers)


def staging_of(table: Table) -> str:
    """The name of the temporary table that holds the rows of a load as they came.

    Tables with the same columns share it, one load after the other: making one each time costs a tenth of a
    small load, and leaves dead rows in PostgreSQL's own catalogue.
    """
    shape = repr([(column.id, column.type) for column in table.columns])
    return f"herne_staging_{hashlib.sha256(shape.encode()).hexdigest()[:16]}"


class Statements:
    """The statements of one load, all within one transaction."""

    def __init__(self, cursor: Any, table: Table, resource_id: str) -> None:
        self.cursor = cursor
        self.table = table
        self.resource_id = resource_id
        self.target = sql.Identifier(resource_id)
        self.staging = sql.Identifier(staging_of(table))

    def is_empty(self) -> bool:
        """Whether the table has no row."""
        self.execute("SELECT FROM {} LIMIT 1", self.target)
        return not self.cursor.fetchall()

    def execute(self, statement: str, *parts: sql.Composable, **named: sql.Composable) -> None:
        self.cursor.execute(sql.SQL(statement).format(*parts, **named))  # type: ignore[arg-type]
