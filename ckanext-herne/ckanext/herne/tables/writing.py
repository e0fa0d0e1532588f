"""The way of rows from the staging table into the table: new ones, and those that replace stored ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ckan.plugins.toolkit as tk
from ckanext.herne.tables.statements import Statements, names_of
from psycopg2 import sql

if TYPE_CHECKING:
    from ckanext.herne.tables.model import Column

MANY = 5000
"""From so many rows on it pays to change the table for the time of a load."""


class Writing(Statements):
    """Writes what is left in the staging table."""

    def are_many(self, count: int) -> bool:
        """Whether so many rows are worth some preparation."""
        return count >= MANY

    def write(self, count: int, *, is_first: bool) -> tuple[int, int]:
        """Inserts or updates the `count` rows left in the staging table; how many of each.

        The rows come with their words, so the DataStore's trigger, which would be called for each in vain,
        rests meanwhile where they are many: for few ones that takes longer than it saves.
        """
        if not count:
            return 0, 0
        is_many = self.are_many(count)
        if is_many:
            self.execute("ALTER TABLE {} DISABLE TRIGGER zfulltext", self.target)
        is_alone = is_first and self._is_locked_and_empty()
        written = self._insert_into_empty(is_many=is_many) if is_alone else self._insert_over_stored()
        if is_many:
            self.execute("ALTER TABLE {} ENABLE TRIGGER zfulltext", self.target)
        return written

    def _is_locked_and_empty(self) -> bool:
        """Whether these are the first rows, which nobody reads yet; others wait until they are there."""
        self.execute("LOCK TABLE {0} IN ACCESS EXCLUSIVE MODE; SELECT FROM {0} LIMIT 1", self.target)
        return not self.cursor.fetchall()

    def _insert_into_empty(self, *, is_many: bool) -> tuple[int, int]:
        """Without a look at keys that are stored; of many rows the index of words is made afterwards."""
        indexes = self._word_indexes() if is_many else []
        for name, _definition in indexes:
            self.execute("DROP INDEX {}", sql.Identifier(name))
        self.execute("WITH {} {}", self._words(), self._insert())
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
        self.execute(
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
            self.staging,
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
        ).format(language, self._text(), self.staging)
