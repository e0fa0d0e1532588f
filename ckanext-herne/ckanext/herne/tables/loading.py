"""The way of typed rows into the DataStore's PostgreSQL: COPY into a staging table, then one INSERT.

Works through the DataStore's own write engine. Every load is one transaction: readers see all of it or
nothing, whatever ends it.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ckanext.datastore.backend.postgres import get_write_engine
from ckanext.herne.tables.model import DECIMALS, TYPES, Changes, Column, Scope, Table
from ckanext.herne.tables.statements import Statements, names_of
from ckanext.herne.tables.writing import Writing
from psycopg2 import sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl


def load(
    table: Table,
    resource_id: str,
    rows: pl.DataFrame,
    scopes: Sequence[Scope] = (),
    *,
    dry_run: bool = False,
) -> Changes:
    """Makes the stored rows equal to `rows` by key and says what that changed.

    Rows that are stored within one of `scopes` but not in `rows` are removed; all others stay. Nothing is
    written for a row that is stored as it is. With `dry_run` the changes are only computed.
    Raises TableError for rows that do not fit the table; then nothing was written.
    """
    rows = table.checked(rows)
    with get_write_engine().connect() as connection:
        transaction = connection.begin()
        cursor = connection.connection.cursor()
        changes = _Load(cursor, table, resource_id).run(rows, scopes, dry_run=dry_run)
        if changes and not dry_run:
            transaction.commit()
        else:
            transaction.rollback()
    return changes


def _as_staged(column: Column) -> sql.Composable:
    """A float has more digits than it means: PostgreSQL rounds it to those a decimal has here."""
    name = sql.Identifier(column.id)
    return (
        sql.SQL("{0}::numeric(38, {1}) AS {0}").format(name, sql.Literal(DECIMALS))
        if column.type == "numeric"
        else name
    )


def _bound_type(column: Column) -> str:
    """The type of a scope's bounds, which may lie beyond what the column holds."""
    return "int8" if column.type == "integer" else TYPES[column.type].postgres


class _Load(Statements):
    """One load within one transaction; the statements in the order in which they run."""

    def __init__(self, cursor: Any, table: Table, resource_id: str) -> None:
        super().__init__(cursor, table, resource_id)
        self.same_key = sql.SQL(" AND ").join(
            sql.SQL("stored.{0} = staged.{0}").format(sql.Identifier(name)) for name in table.key
        )

    def run(self, rows: pl.DataFrame, scopes: Sequence[Scope], *, dry_run: bool) -> Changes:
        self._stage(rows)
        is_first = self.is_empty()
        removed, unchanged = (0, 0) if is_first else self._compare(scopes)
        if dry_run:
            changed = 0 if is_first else self._known()
            return Changes(rows.height - unchanged - changed, changed, unchanged, removed)
        writing = Writing(self.cursor, self.table, self.resource_id)
        inserted, changed = writing.write(rows.height - unchanged, is_first=is_first)
        changes = Changes(inserted, changed, unchanged, removed)
        if changes:
            self._tell(is_to_analyse=is_first and writing.are_many(inserted))
        return changes

    def _compare(self, scopes: Sequence[Scope]) -> tuple[int, int]:
        """Removes what is not loaded any more, and passes over what is stored; the counts of both."""
        self.execute("ANALYZE {}", self.staging)
        alike = dict[tuple[str, ...], list[Scope]]()
        for scope in scopes:
            alike.setdefault((scope.column, *scope.where), []).append(scope)
        removed = sum(self._remove(names[0], names[1:], group) for names, group in alike.items())
        return removed, self._drop_unchanged()

    def _tell(self, *, is_to_analyse: bool) -> None:
        """What is remembered of the rows changes with them: their number, the time of this load.

        What the planner has to know of many first ones comes with them; later on PostgreSQL looks itself.
        """
        if is_to_analyse:
            self.execute("ANALYZE {} ({})", self.target, names_of(self.table.key))
        # `stored.state` counts writes too; told late, they would name this same state twice
        self.execute(
            "COMMENT ON TABLE {} IS {}; SELECT update_cached_table_row_count({}), pg_stat_force_next_flush()",
            self.target,
            sql.Literal(datetime.now(UTC).isoformat()),
            sql.Literal(self.resource_id),
        )

    def _stage(self, rows: pl.DataFrame) -> None:
        columns = names_of(self.table.names)
        # two loads of one table wait for each other
        self.execute(
            "SELECT pg_advisory_xact_lock(hashtext({}));"
            " CREATE TEMP TABLE IF NOT EXISTS {} ON COMMIT DELETE ROWS AS SELECT {} FROM {} WITH NO DATA",
            sql.Literal(self.resource_id),
            self.staging,
            sql.SQL(", ").join(map(_as_staged, self.table.columns)),
            self.target,
        )
        buffer = io.BytesIO()
        rows.write_csv(buffer, include_header=False, datetime_format="%Y-%m-%dT%H:%M:%S%.6f")
        buffer.seek(0)
        copy = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(self.staging, columns)
        self.cursor.copy_expert(copy.as_string(self.cursor), buffer)

    def _remove(self, column: str, where: Sequence[str], scopes: Sequence[Scope]) -> int:
        """Removes what stands in one of the scopes, which are all about these columns."""
        types = {one.id: sql.SQL(_bound_type(one)) for one in self.table.columns}
        names = (column, column, *where)
        bounds = [
            sql.SQL("({})").format(
                sql.SQL(", ").join(
                    sql.SQL("{}::{}").format(sql.Literal(value), types[name])  # a day may come as text
                    for name, value in zip(names, values, strict=True)
                )
            )
            for values in ((scope.start, scope.end, *scope.where.values()) for scope in scopes)
        ]
        equal = [
            sql.SQL(" AND {} = {}").format(sql.Identifier("stored", name), sql.Identifier("scope", name))
            for name in where
        ]
        self.execute(
            "DELETE FROM {} AS stored USING (VALUES {}) AS scope ({})"
            " WHERE {column} >= scope.herne_start AND {column} < scope.herne_end{}"
            " AND NOT EXISTS (SELECT FROM {} AS staged WHERE {})",
            self.target,
            sql.SQL(", ").join(bounds),
            names_of(("herne_start", "herne_end", *where)),
            sql.Composed(equal),
            self.staging,
            self.same_key,
            column=sql.Identifier("stored", column),
        )
        return int(self.cursor.rowcount)

    def _drop_unchanged(self) -> int:
        """Takes what is stored already out of the staging table: even a vain conflict would write."""
        self.execute(
            "DELETE FROM {} AS staged USING {} AS stored WHERE {} AND ({}) IS NOT DISTINCT FROM ({})",
            self.staging,
            self.target,
            self.same_key,
            names_of(self.table.names, "stored"),
            names_of(self.table.names, "staged"),
        )
        return int(self.cursor.rowcount)

    def _known(self) -> int:
        """How many of the rows in the staging table would take the place of a stored one."""
        self.execute(
            "SELECT count(*) FROM {} AS staged WHERE EXISTS (SELECT FROM {} AS stored WHERE {})",
            self.staging,
            self.target,
            self.same_key,
        )
        return int(self.cursor.fetchone()[0])
