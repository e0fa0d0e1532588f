"""Log files that stay bounded: LIMIT bytes and one older file of the same size per service.

Children write their files themselves (opened for appending), so that a dead supervisor blocks nobody;
the file is copied and emptied when it has grown too long.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LIMIT = 10 << 20
TAIL_LINES = 15


def open_private(path: Path) -> None:
    """Make the file, readable by its owner only."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))


def bound(path: Path, limit: int = LIMIT) -> None:
    """Move the content of a file that has reached the limit to `NAME.1`."""
    if path.exists() and path.stat().st_size >= limit:
        shutil.copy2(path, path.with_name(f"{path.name}.1"))
        os.truncate(path, 0)


def tail(path: Path, lines: int = TAIL_LINES) -> str:
    """The last lines of a file, at most 64 KiB; empty if there is none."""
    if not path.exists():
        return ""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - (64 << 10)))
        return "\n".join(stream.read().decode("utf-8", errors="replace").splitlines()[-lines:])
