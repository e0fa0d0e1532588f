"""Rows as CSV (RFC 4180) and as JSON, an array with an object on each line. UTF-8."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ckanext.herne.tables.export.reading import Rows


def csv_of(rows: Rows) -> Iterator[bytes]:
    """Comma-separated values below the columns' ids; what is empty is no value."""
    yield _lines([rows.table.names])
    for batch in rows.texts():
        yield _lines(batch)


def _lines(batch: Iterable[tuple[Any, ...]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerows(batch)
    return buffer.getvalue().encode()


def json_of(rows: Rows) -> Iterator[bytes]:
    """An array of objects. Decimals have all their digits; a reader that computes in floats may lose some."""
    return joined("[", ([text for (text,) in batch] for batch in rows.objects()), "]")


def joined(opening: str, batches: Iterable[list[str]], closing: str) -> Iterator[bytes]:
    """The items of all batches between commas, each on its line."""
    before = f"{opening}\n"
    for batch in batches:
        yield (before + ",\n".join(batch)).encode()
        before = ",\n"
    yield (f"\n{closing}\n" if before == ",\n" else f"{opening}{closing}\n").encode()
