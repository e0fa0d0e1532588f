"""Typed tables as they stand in the DataStore: created and widened through its own action, read typed.

So the API, the dump and the data dictionary see ordinary DataStore tables. Rows come in by `loading`.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import polars as pl
from ckanext.datastore.backend import DatastoreBackend
from ckanext.datastore.backend.postgres import get_write_engine
from ckanext.herne.tables.model import TYPES, Scope, Table, TableError
from ckanext.herne.tables.statements import names_of
from psycopg2 import sql


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


def digest(table: Table, resource_id: str, scope: Scope) -> tuple[int, Any, str]:
    """Of the stored rows within a scope: how many, the least value of its column, and a text.

    The text is another one as soon as any value of any of these rows is another one.
    """
    query = sql.SQL(
        "SELECT count(*), min({column}), coalesce(sum(hashtextextended(ROW ({})::text, 0)), 0)::text"
        " FROM {} WHERE {column} >= {} AND {column} < {}"
    ).format(
        names_of(table.names),
        sql.Identifier(resource_id),
        sql.Literal(scope.start),
        sql.Literal(scope.end),
        column=sql.Identifier(scope.column),
    )
    count, least, text = _rows(query)[0]
    return int(count), least, str(text)


def read(table: Table, resource_id: str) -> pl.DataFrame:
    """All rows in the order of the key, typed as declared."""
    query = sql.SQL("SELECT {} FROM {} ORDER BY {}").format(
        names_of(table.names), sql.Identifier(resource_id), names_of(table.key)
    )
    schema = {column.id: TYPES[column.type].dtype for column in table.columns}
    return pl.DataFrame(_rows(query), schema=schema, orient="row")


def _rows(query: sql.Composable) -> list[tuple[Any, ...]]:
    with get_write_engine().connect() as connection:
        cursor = connection.connection.cursor()
        cursor.execute(query)
        return list(cursor.fetchall())
