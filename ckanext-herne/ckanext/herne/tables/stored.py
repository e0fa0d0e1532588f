"""What the DataStore itself says of a table: its declaration, and which state its rows are in.

So whoever hands out a table need not know the source that declared it. Reads only.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ckanext.datastore.backend import DatastoreBackend
from ckanext.datastore.backend.postgres import get_write_engine
from ckanext.herne.tables.model import TYPES, Column, Table, TableError
from psycopg2 import sql

_TYPE_OF = {kind.postgres: name for name, kind in TYPES.items()}
_KEY = """
SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
WHERE indrelid = %s::regclass AND indisunique AND NOT indisprimary
ORDER BY array_position(indkey::int2[], attnum)
"""
_STATE = """
SELECT obj_description(oid, 'pg_class'), pg_stat_get_tuples_inserted(oid), pg_stat_get_tuples_updated(oid),
    pg_stat_get_tuples_deleted(oid)
FROM pg_class WHERE oid = %s::regclass
"""


@dataclass(frozen=True)
class State:
    """The state of a table's rows and declaration: `tag` differs whenever one of them does.

    `changed` (aware, UTC) is when a load last changed a row; None if none did.
    """

    tag: str
    changed: datetime | None


def declaration(resource_id: str) -> Table:
    """The table with the columns, labels and key it has in the DataStore.

    Raises TableError if there is none, it has no key, or a column has a type no declaration knows.
    """
    backend = DatastoreBackend.get_active_backend()
    place = f"Resource {resource_id}"
    if not backend.resource_exists(resource_id):
        raise TableError(f"{place} has no table; download the file it names instead")
    info = backend.resource_fields(resource_id, include_meta=False, include_fields_schema=False)
    key = tuple(name for (name,) in _ask(_KEY, resource_id))
    if not key:
        raise TableError(f"{place}: its table has no key; read it at /datastore/dump/{resource_id} instead")
    return Table(resource_id, tuple(_column(place, field) for field in info["fields"]), key)


def state(table: Table, resource_id: str) -> State:
    """The state the table is in now; asks no row.

    The time of the last load stands with the table and changes with its rows. PostgreSQL's counters tell of
    rows that others wrote, up to a second late.
    """
    ((comment, *counters),) = _ask(_STATE, resource_id)
    told = repr((table.columns, table.key, comment, counters))
    changed = datetime.fromisoformat(comment).astimezone(UTC) if comment else None
    return State(hashlib.sha256(told.encode()).hexdigest()[:32], changed)


def _column(place: str, field: dict[str, Any]) -> Column:
    kind, info = _TYPE_OF.get(field["type"]), field.get("info") or {}
    if kind is None:
        raise TableError(
            f"{place}, column '{field['id']}': the type {field['type']} has no place in a typed table; "
            f"known are {', '.join(_TYPE_OF)}"
        )
    return Column(
        field["id"],
        kind,
        label_de=info.get("label", ""),
        label_en=info.get("label_en", ""),
        description_de=info.get("notes", ""),
        description_en=info.get("notes_en", ""),
        unit=info.get("unit") or None,
    )


def _ask(query: str, resource_id: str) -> list[tuple[Any, ...]]:
    with get_write_engine().connect() as connection:
        cursor = connection.connection.cursor()
        name = sql.Identifier(resource_id).as_string(cursor)
        cursor.execute(query, [name])
        return list(cursor.fetchall())
