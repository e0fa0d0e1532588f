"""The way of typed rows into the DataStore's PostgreSQL: COPY into a staging table, then one INSERT.

Works through the DataStore's own write engine and its own create action, so that the API, the dump and the
data dictionary see ordinary DataStore tables. Every load is one transaction.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
import polars as pl
from ckanext.datastore.backend import DatastoreBackend
from ckanext.datastore.backend.postgres import get_write_engine
from ckanext.herne.tables.model import TYPES, Changes, Column, Scope, Table, TableError
from psycopg2 import sql

if TYPE_CHECKING:
    from collections.abc import Sequence

_STAGING = sql.Identifier("herne_staging")


def exists(resource_id: str) -> bool:
    """Whether the resource has a DataStore table."""
    return bool(DatastoreBackend.get_active_backend().resource_exists(resource_id))


def ensure(table: Table, resource_id: str) -> None:
    """Creates the DataStore table with its data dictionary and key, or adds columns that are new.

    An existing data dictionary stays as it is: a steward may have edited it. Raises TableError if a stored
    column has another type than declared.
    """
    fields = [column.field() for column in table.columns]
    if exists(resource_id):
        stored = _stored_types(resource_id)
        _refuse_other_types(table, stored)
        if all(name in stored for name in table.names):
            return
        fields = [field if field["id"] not in stored else {"id": field["id"]} for field in fields]
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    tk.get_action("datastore_create")(
        {"ignore_auth": True, "user": user["name"]},
        {
            "resource_id": resource_id,
            "fields": fields,
            "primary_key": list(table.key),
            "calculate_record_count": False,
        },
    )


def _stored_types(resource_id: str) -> dict[str, str]:
    backend = DatastoreBackend.get_active_backend()
    info = backend.resource_fields(resource_id, include_meta=False, include_fields_schema=False)
    return {field["id"]: field["type"] for field in info["fields"]}


def _refuse_other_types(table: Table, stored: dict[str, str]) -> None:
    for column in table.columns:
        found = stored.get(column.id)
        if found is not None and found != TYPES[column.type].postgres:
            raise TableError(
                f"Table '{table.name}', column '{column.id}': stored as {found}, declared as {column.type}. "
                "A type never changes; give the column another name or publish a new resource"
            )


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


def newest(resource_id: str, column: str, *, by: str) -> dict[Any, Any]:
    """The greatest value of `column` for each value of `by`; empty for a table that does not exist."""
    if not exists(resource_id):
        return {}
    query = sql.SQL("SELECT {by}, max({}) FROM {} GROUP BY {by}")
    return dict(
        _rows(query.format(sql.Identifier(column), sql.Identifier(resource_id), by=sql.Identifier(by)))
    )


def extent(resource_id: str, column: str) -> tuple[Any, Any]:
    """The least and the greatest value of a column; a pair of None for an empty table."""
    name = sql.Identifier(column)
    query = sql.SQL("SELECT min({}), max({}) FROM {}").format(name, name, sql.Identifier(resource_id))
    least, greatest = _rows(query)[0]
    return least, greatest


def read(table: Table, resource_id: str) -> pl.DataFrame:
    """All rows in the order of the key, typed as declared."""
    query = sql.SQL("SELECT {} FROM {} ORDER BY {}").format(
        _names(table.names), sql.Identifier(resource_id), _names(table.key)
    )
    schema = {column.id: TYPES[column.type].dtype for column in table.columns}
    return pl.DataFrame(_rows(query), schema=schema, orient="row")


def _rows(query: sql.Composable) -> list[tuple[Any, ...]]:
    with get_write_engine().connect() as connection:
        cursor = connection.connection.cursor()
        cursor.execute(query)
        return list(cursor.fetchall())


def _names(names: Sequence[str], prefix: str | None = None) -> sql.Composable:
    identifiers = [sql.Identifier(prefix, name) if prefix else sql.Identifier(name) for name in names]
    return sql.SQL(", ").join(identifiers)


def _as_staged(column: Column) -> sql.Composable:
    """A float has more digits than it means: PostgreSQL rounds it to those a decimal has here."""
    name = sql.Identifier(column.id)
    return sql.SQL("{0}::numeric(38, 9) AS {0}").format(name) if column.type == "numeric" else name


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

    def _stage(self, rows: pl.DataFrame) -> None:
        columns = _names(self.table.names)
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
            _names(self.table.names, "stored"),
            _names(self.table.names, "staged"),
        )
        return int(self.cursor.rowcount)

    def _write(self) -> tuple[int, int]:
        columns = sql.SQL("{}, _full_text").format(_names(self.table.names))
        self._execute(
            "WITH written AS (INSERT INTO {} ({}) SELECT {}, {} FROM {}"
            " ON CONFLICT ({}) DO UPDATE SET ({}) = ROW ({}, excluded._full_text) RETURNING xmax = 0 AS new)"
            " SELECT count(*) FILTER (WHERE new), count(*) FILTER (WHERE NOT new) FROM written",
            self.target,
            columns,
            sql.SQL(", ").join(map(self._as_stored, self.table.columns)),
            self._full_text(),
            _STAGING,
            _names(self.table.key),
            columns,
            _names(self.table.names, "excluded"),
        )
        inserted, changed = self.cursor.fetchone()
        return int(inserted), int(changed)

    def _as_stored(self, column: Column) -> sql.Composable:
        """A number goes without the trailing zeros of its transport."""
        name = sql.Identifier(column.id)
        return sql.SQL("trim_scale({})").format(name) if column.type == "numeric" else name

    def _full_text(self) -> sql.Composable:
        """The words the row is found by; given here, the DataStore's trigger has nothing left to do.

        In the language that `datastore_search` asks in, which need not be the database's own.
        """
        words = [column.id for column in self.table.columns if column.search]
        if not words:
            return sql.SQL("''::tsvector")
        language = sql.Literal(tk.config["ckan.datastore.default_fts_lang"])
        return sql.SQL("to_tsvector({}, concat_ws(' ', {}))").format(language, _names(words))

    def _execute(self, statement: str, *parts: sql.Composable) -> None:
        self.cursor.execute(sql.SQL(statement).format(*parts))  # type: ignore[arg-type]
