"""The way of typed rows into the DataStore's PostgreSQL: COPY into a staging table, then one INSERT.

Works through the DataStore's own write engine. Every load is one transaction: readers see all of it or
nothing, whatever ends it.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
from ckanext.datastore.backend import DatastoreBackend
from ckanext.datastore.backend.postgres import get_write_engine
from ckanext.herne.tables.model import DECIMALS, Changes, Column, Scope, Table
from psycopg2 import sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

_STAGING = sql.Identifier("herne_staging")


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
    written for a row that is stored as it is. With `dry_run` the changes are computed and rolled back.
    Raises TableError for rows that do not fit the table; then nothing was written.
    """
    rows = table.checked(rows)
    with get_write_engine().connect() as connection:
        transaction = connection.begin()
        cursor = connection.connection.cursor()
        changes = _Load(cursor, table, resource_id).run(rows, scopes)
        if changes and not dry_run:
            transaction.commit()
        else:
            transaction.rollback()
    if changes and not dry_run:
        DatastoreBackend.get_active_backend().calculate_record_count(resource_id)
    return changes


def names_of(names: Sequence[str], prefix: str | None = None) -> sql.Composable:
    """The names as identifiers between commas."""
    identifiers = [sql.Identifier(prefix, name) if prefix else sql.Identifier(name) for name in names]
    return sql.SQL(", ").join(identifiers)


def _as_staged(column: Column) -> sql.Composable:
    """A float has more digits than it means: PostgreSQL rounds it to those a decimal has here."""
    name = sql.Identifier(column.id)
    return (
        sql.SQL("{0}::numeric(38, {1}) AS {0}").format(name, sql.Literal(DECIMALS))
        if column.type == "numeric"
        else name
    )


class _Load:
    """One load within one transaction; the statements in the order in which they run."""

    def __init__(self, cursor: Any, table: Table, resource_id: str) -> None:
        self.cursor = cursor
        self.table = table
        self.resource_id = resource_id
        self.target = sql.Identifier(resource_id)
        self.same_key = sql.SQL(" AND ").join(
            sql.SQL("stored.{0} = staged.{0}").format(sql.Identifier(name)) for name in table.key
        )

    def run(self, rows: pl.DataFrame, scopes: Sequence[Scope]) -> Changes:
        # two loads of one table wait for each other
        self.cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [self.resource_id])
        self._stage(rows)
        removed = sum(self._remove(scope) for scope in scopes)
        unchanged = self._drop_unchanged()
        inserted, changed = self._write() if unchanged < rows.height else (0, 0)
        changes = Changes(inserted, changed, unchanged, removed)
        if changes:
            self._tell()
        return changes

    def _tell(self) -> None:
        """What is remembered of the rows changes with them: no count of old rows, the time of this load."""
        self.cursor.execute("DELETE FROM _table_stats WHERE resource_id = %s", [self.resource_id])
        changed = sql.Literal(datetime.now(UTC).isoformat())
        self._execute("COMMENT ON TABLE {} IS {}", self.target, changed)
        # `stored.state` counts writes too; told late, they would name this same state twice
        self.cursor.execute("SELECT pg_stat_force_next_flush()")

    def _stage(self, rows: pl.DataFrame) -> None:
        columns = names_of(self.table.names)
        self._execute(
            "CREATE TEMP TABLE {} ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA",
            _STAGING,
            sql.SQL(", ").join(map(_as_staged, self.table.columns)),
            self.target,
        )
        buffer = io.BytesIO()
        rows.write_csv(buffer, include_header=False, datetime_format="%Y-%m-%dT%H:%M:%S%.6f")
        buffer.seek(0)
        copy = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(_STAGING, columns)
        self.cursor.copy_expert(copy.as_string(self.cursor), buffer)
        self._execute("ANALYZE {}", _STAGING)

    def _remove(self, scope: Scope) -> int:
        equal = [sql.SQL(" AND {} = %s").format(sql.Identifier("stored", name)) for name in scope.where]
        statement = sql.SQL(
            "DELETE FROM {} AS stored WHERE {column} >= %s AND {column} < %s{}"
            " AND NOT EXISTS (SELECT FROM {} AS staged WHERE {})"
        ).format(
            self.target,
            sql.Composed(equal),
            _STAGING,
            self.same_key,
            column=sql.Identifier("stored", scope.column),
        )
        self.cursor.execute(statement, [scope.start, scope.end, *scope.where.values()])
        return int(self.cursor.rowcount)

    def _drop_unchanged(self) -> int:
        """Takes what is stored already out of the staging table: even a vain conflict would write."""
        self._execute(
            "DELETE FROM {} AS staged USING {} AS stored WHERE {} AND ({}) IS NOT DISTINCT FROM ({})",
            _STAGING,
            self.target,
            self.same_key,
            names_of(self.table.names, "stored"),
            names_of(self.table.names, "staged"),
        )
        return int(self.cursor.rowcount)

    def _write(self) -> tuple[int, int]:
        """Inserts or updates what is left in the staging table; the counts of both.

        The rows come with their words, so the DataStore's trigger, which would be called for each in vain,
        rests meanwhile.
        """
        self._execute("ALTER TABLE {} DISABLE TRIGGER zfulltext", self.target)
        written = self._insert_into_empty() if self._is_empty() else self._insert(self._over_stored())
        self._execute("ALTER TABLE {} ENABLE TRIGGER zfulltext", self.target)
        return written

    def _is_empty(self) -> bool:
        self._execute("SELECT FROM {} LIMIT 1", self.target)
        return not self.cursor.fetchall()

    def _insert_into_empty(self) -> tuple[int, int]:
        """The first rows of a table that nobody reads yet: its index of words comes after them.

        The lock keeps others from writing a key in between, so none can be there already.
        """
        self._execute("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", self.target)
        if not self._is_empty():
            return self._insert(self._over_stored())
        self.cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes"
            " WHERE tablename = %s AND indexdef LIKE '%%(_full_text)'",
            [self.resource_id],
        )
        indexes = self.cursor.fetchall()
        for name, _definition in indexes:
            self._execute("DROP INDEX {}", sql.Identifier(name))
        written = self._insert(sql.SQL(""))
        for _name, definition in indexes:
            self.cursor.execute(definition)
        return written

    def _over_stored(self) -> sql.Composable:
        """A row whose key is stored takes the place of the stored one."""
        return sql.SQL("ON CONFLICT ({}) DO UPDATE SET ({}) = ROW ({}, excluded._full_text)").format(
            names_of(self.table.key), self._columns(), names_of(self.table.names, "excluded")
        )

    def _columns(self) -> sql.Composable:
        return sql.SQL("{}, _full_text").format(names_of(self.table.names))

    def _insert(self, conflict: sql.Composable) -> tuple[int, int]:
        self._execute(
            "WITH words AS MATERIALIZED ({}), written AS (INSERT INTO {} ({})"
            " SELECT {}, words.found FROM {} JOIN words ON words.text = {} {} RETURNING xmax = 0 AS new)"
            " SELECT count(*) FILTER (WHERE new), count(*) FILTER (WHERE NOT new) FROM written",
            self._words(),
            self.target,
            self._columns(),
            sql.SQL(", ").join(map(self._as_stored, self.table.columns)),
            _STAGING,
            self._text(),
            conflict,
        )
        inserted, changed = self.cursor.fetchone()
        return int(inserted), int(changed)

    def _as_stored(self, column: Column) -> sql.Composable:
        """A number goes without the trailing zeros of its transport."""
        name = sql.Identifier(column.id)
        return sql.SQL("trim_scale({})").format(name) if column.type == "numeric" else name

    def _text(self) -> sql.Composable:
        """The text a row is found by."""
        searched = [column.id for column in self.table.columns if column.search]
        return sql.SQL("concat_ws(' ', {})").format(names_of(searched)) if searched else sql.Literal("")

    def _words(self) -> sql.Composable:
        """Each text and its words, broken up once however many rows have it.

        In the language that `datastore_search` asks in, which need not be the database's own.
        """
        language = sql.Literal(tk.config["ckan.datastore.default_fts_lang"])
        return sql.SQL(
            "SELECT text, to_tsvector({}, text) AS found FROM (SELECT DISTINCT {} AS text FROM {}) AS texts"
        ).format(language, self._text(), _STAGING)

    def _execute(self, statement: str, *parts: sql.Composable) -> None:
        self.cursor.execute(sql.SQL(statement).format(*parts))  # type: ignore[arg-type]
