"""Roles and databases of the portal, with the passwords of its secrets. Safe to repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from herne_stack.configuration import DATABASE, DATABASE_USER, DATASTORE, DATASTORE_READER
from psycopg2 import sql

if TYPE_CHECKING:
    from psycopg2.extensions import connection


def ensure(admin: connection, owner_password: str, reader_password: str) -> None:
    """Make (or correct) the roles and databases. `admin` is an autocommit connection of a superuser.

    The owner role has both databases; the reader may only connect to the DataStore, where CKAN's
    `set-permissions` grants it SELECT.
    """
    with admin.cursor() as cursor:
        for role, password in ((DATABASE_USER, owner_password), (DATASTORE_READER, reader_password)):
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,))
            verb = "ALTER" if cursor.fetchone() else "CREATE"
            cursor.execute(
                sql.SQL(verb + " ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {}").format(
                    sql.Identifier(role), sql.Literal(password)
                )
            )
        for database in (DATABASE, DATASTORE):
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,))
            if not cursor.fetchone():
                cursor.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(
                        sql.Identifier(database), sql.Identifier(DATABASE_USER)
                    )
                )
            cursor.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database)))
