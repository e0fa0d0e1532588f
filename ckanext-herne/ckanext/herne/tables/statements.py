"""What the statements of a load have in common: the cursor, the table and the staging table beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg2 import sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ckanext.herne.tables.model import Table

STAGING = sql.Identifier("herne_staging")
"""Holds the rows of a load as they came, for the length of its transaction."""


def names_of(names: Sequence[str], prefix: str | None = None) -> sql.Composable:
    """The names as identifiers between commas."""
    identifiers = [sql.Identifier(prefix, name) if prefix else sql.Identifier(name) for name in names]
    return sql.SQL(", ").join(identifiers)


class Statements:
    """The statements of one load, all within one transaction."""

    def __init__(self, cursor: Any, table: Table, resource_id: str) -> None:
        self.cursor = cursor
        self.table = table
        self.resource_id = resource_id
        self.target = sql.Identifier(resource_id)

    def is_empty(self) -> bool:
        """Whether the table has no row."""
        self.execute("SELECT FROM {} LIMIT 1", self.target)
        return not self.cursor.fetchall()

    def execute(self, statement: str, *parts: sql.Composable, **named: sql.Composable) -> None:
        self.cursor.execute(sql.SQL(statement).format(*parts, **named))  # type: ignore[arg-type]
