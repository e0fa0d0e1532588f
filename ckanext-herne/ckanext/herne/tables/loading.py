"""The way of typed rows into the DataStore's PostgreSQL: COPY into a staging table, then one INSERT.

Works through the DataStore's own write engine. Every load is one transaction: readers see all of it or
nothing, whatever ends it.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
from ckanext.datastore.backend.postgres import get_write_engine
from ckanext.herne.tables.model import DECIMALS, Changes, Column, Scope, Table
from psycopg2 import sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

_STAGING = sql.Identifier("herne_staging")
MANY = 5000
"""From so many rows on it pays to change the table for the time of a load."""


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
        self._stage(rows)
        is_first = self._is_empty()
        removed, unchanged = (0, 0) if is_first else self._compare(scopes)
        inserted, changed = self._write(rows.height - unchanged, is_first=is_first)
        changes = Changes(inserted, changed, unchanged, removed)
        if changes:
            self._tell(is_to_analyse=is_first and rows.height >= MANY)
        return changes

    def _compare(self, scopes: Sequence[Scope]) -> tuple[int, int]:
        """Removes what is not loaded any more, and passes over what is stored; the counts of both."""
        self._execute("ANALYZE {}", _STAGING)
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
            self._execute("ANALYZE {} ({})", self.target, names_of(self.table.key))
        # `stored.state` counts writes too; told late, they would name this same state twice
        self._execute(
            "COMMENT ON TABLE {} IS {}; SELECT update_cached_table_row_count({}), pg_stat_force_next_flush()",
            self.target,
            sql.Literal(datetime.now(UTC).isoformat()),
            sql.Literal(self.resource_id),
        )

    def _stage(self, rows: pl.DataFrame) -> None:
        columns = names_of(self.table.names)
        # two loads of one table wait for each other
        self._execute(
            "SELECT pg_advisory_xact_lock(hashtext({}));"
            " CREATE TEMP TABLE {} ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA",
            sql.Literal(self.resource_id),
            _STAGING,
            sql.SQL(", ").join(map(_as_staged, self.table.columns)),
            self.target,
        )
        buffer = io.BytesIO()
        rows.write_csv(buffer, include_header=False, datetime_format="%Y-%m-%dT%H:%M:%S%.6f")
        buffer.seek(0)
        copy = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(_STAGING, columns)
        self.cursor.copy_expert(copy.as_string(self.cursor), buffer)

    def _remove(self, column: str, where: Sequence[str], scopes: Sequence[Scope]) -> int:
        """Removes what stands in one of the scopes, which are all about these columns."""
        bounds = [
            sql.SQL("({})").format(
                sql.SQL(", ").join(map(sql.Literal, (scope.start, scope.end, *scope.where.values())))
            )
            for scope in scopes
        ]
        equal = [
            sql.SQL(" AND {} = {}").format(sql.Identifier("stored", name), sql.Identifier("scope", name))
            for name in where
        ]
        self._execute(
            "DELETE FROM {} AS stored USING (VALUES {}) AS scope ({})"
            " WHERE {column} >= scope.herne_start AND {column} < scope.herne_end{}"
            " AND NOT EXISTS (SELECT FROM {} AS staged WHERE {})",
            self.target,
            sql.SQL(", ").join(bounds),
            names_of(("herne_start", "herne_end", *where)),
            sql.Composed(equal),
            _STAGING,
            self.same_key,
            column=sql.Identifier("stored", column),
        )
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

    def _write(self, count: int, *, is_first: bool) -> tuple[int, int]:
        """Inserts or updates the `count` rows left in the staging table; how many of each.

        The rows come with their words, so the DataStore's trigger, which would be called for each in vain,
        rests meanwhile where they are many: for few ones that takes longer than it saves.
        """
        if not count:
            return 0, 0
        is_many = count >= MANY
        if is_many:
            self._execute("ALTER TABLE {} DISABLE TRIGGER zfulltext", self.target)
        is_alone = is_first and self._is_locked_and_empty()
        written = self._insert_into_empty(is_many=is_many) if is_alone else self._insert_over_stored()
        if is_many:
            self._execute("ALTER TABLE {} ENABLE TRIGGER zfulltext", self.target)
        return written

    def _is_empty(self) -> bool:
        self._execute("SELECT FROM {} LIMIT 1", self.target)
        return not self.cursor.fetchall()

    def _is_locked_and_empty(self) -> bool:
        """Whether these are the first rows of a table, which nobody reads yet; nobody writes it meanwhile."""
        self._execute("LOCK TABLE {0} IN ACCESS EXCLUSIVE MODE; SELECT FROM {0} LIMIT 1", self.target)
        return not self.cursor.fetchall()

    def _insert_into_empty(self, *, is_many: bool) -> tuple[int, int]:
        """Without a look at keys that are stored; of many rows the index of words is made afterwards."""
        indexes = self._word_indexes() if is_many else []
        for name, _definition in indexes:
            self._execute("DROP INDEX {}", sql.Identifier(name))
        self._execute("WITH {} {}", self._words(), self._insert())
        inserted = int(self.cursor.rowcount)
        for _name, definition in indexes:
            self.cursor.execute(definition)
        return inserted, 0

    def _word_indexes(self) -> list[tuple[str, str]]:
        self.cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes"
            " WHERE tablename = %s AND indexdef LIKE '%%(_full_text)'",
            [self.resource_id],
        )
        return list(self.cursor.fetchall())

    def _insert_over_stored(self) -> tuple[int, int]:
        """A row whose key is stored takes the place of the stored one."""
        self._execute(
            "WITH {}, written AS ({} ON CONFLICT ({}) DO UPDATE SET ({}) = ROW ({}, excluded._full_text)"
            " RETURNING xmax = 0 AS new)"
            " SELECT count(*) FILTER (WHERE new), count(*) FILTER (WHERE NOT new) FROM written",
            self._words(),
            self._insert(),
            names_of(self.table.key),
            self._columns(),
            names_of(self.table.names, "excluded"),
        )
        inserted, changed = self.cursor.fetchone()
        return int(inserted), int(changed)

    def _columns(self) -> sql.Composable:
        return sql.SQL("{}, _full_text").format(names_of(self.table.names))

    def _insert(self) -> sql.Composable:
        return sql.SQL(
            "INSERT INTO {} ({}) SELECT {}, words.found FROM {} JOIN words ON words.text = {}"
        ).format(
            self.target,
            self._columns(),
            sql.SQL(", ").join(map(self._as_stored, self.table.columns)),
            _STAGING,
            self._text(),
        )

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
            "words AS MATERIALIZED (SELECT text, to_tsvector({}, text) AS found"
            " FROM (SELECT DISTINCT {} AS text FROM {}) AS texts)"
        ).format(language, self._text(), _STAGING)

    def _execute(self, statement: str, *parts: sql.Composable, **named: sql.Composable) -> None:
        self.cursor.execute(sql.SQL(statement).format(*parts, **named))  # type: ignore[arg-type]
