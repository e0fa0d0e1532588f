"""Typed DataStore tables: declared once, created with a data dictionary, loaded in bulk, reconciled.

What the rows mean is the business of those who declare a table; this room moves them into PostgreSQL so that
a key exists once, a type never changes and an unchanged run writes nothing.
"""

from ckanext.herne.tables.loading import load
from ckanext.herne.tables.model import Changes, Column, Scope, Table, TableError
from ckanext.herne.tables.store import digest, ensure, exists, extent, newest, read

__all__ = [
    "Changes",
    "Column",
    "Scope",
    "Table",
    "TableError",
    "digest",
    "ensure",
    "exists",
    "extent",
    "load",
    "newest",
    "read",
]
