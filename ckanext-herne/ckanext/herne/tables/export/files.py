"""Downloads that are made whole on disk before anything of them leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK = 1 << 20  # bytes


def chunks(file: BinaryIO) -> Iterator[bytes]:
    """The content of an open file, part by part."""
    while chunk := file.read(CHUNK):
        yield chunk
