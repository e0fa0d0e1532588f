"""What can go wrong on an operator's machine, each with its place and its remedy.

Only these reach the terminal as text; anything else is a defect and keeps its traceback.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class StackError(Exception):
    """Something the operator can put right: what happened, where, and what to do."""

    def __init__(self, what: str, where: str, remedy: str) -> None:
        super().__init__(what, where, remedy)
        self.what = what
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.what}\n  where:  {self.where}\n  remedy: {self.remedy}"


class NewerHomeError(StackError):
    def __init__(self, path: Path, found: object, known: int) -> None:
        super().__init__(
            f"This home was written by a newer herne-stack (format {found}, known here: up to {known}).",
            str(path),
            "Install the newer version again, or choose another folder with --home.",
        )


class OptionsError(StackError):
    def __init__(self, path: Path, what: str) -> None:
        super().__init__(
            f"The options cannot be used: {what}.",
            str(path),
            "Write lines like `smtp.server = mail.example.org`, and start again.",
        )


class NotAHomeError(StackError):
    def __init__(self, path: Path) -> None:
        super().__init__(
            "There is no herne-stack home here.",
            str(path),
            "Start one with `herne-stack up`, or name the right folder with --home or HERNE_HOME.",
        )


class AlreadyRunningError(StackError):
    def __init__(self, path: Path, url: str | None) -> None:
        super().__init__(
            f"The stack of this home is already running{f' at {url}' if url else ''}.",
            str(path),
            "Use it, or stop it first with `herne-stack down`.",
        )


class NoNetworkError(StackError):
    def __init__(self, missing: int, cause: str) -> None:
        super().__init__(
            f"{missing} of Solr's jars are not in the cache and the Maven repository cannot be reached.",
            cause,
            "Connect once to the internet, or set HERNE_MAVEN_REPOSITORY to your organisation's mirror; "
            "what was already downloaded is kept.",
        )


class MissingJarError(StackError):
    def __init__(self, coordinate: str, cause: str) -> None:
        super().__init__(
            f"The Maven repository does not deliver {coordinate}.",
            cause,
            "Check that the mirror in HERNE_MAVEN_REPOSITORY is complete, or unset the variable.",
        )


class ChecksumError(StackError):
    def __init__(self, coordinate: str, expected: str, found: str) -> None:
        super().__init__(
            f"The download of {coordinate} is not the file that was locked.",
            f"sha256 is {found}, expected {expected}",
            "A proxy or mirror alters files: try another network or HERNE_MAVEN_REPOSITORY. "
            "The wrong file was not kept.",
        )


class DiskFullError(StackError):
    def __init__(self, path: Path | str, free: int | None, needed: int | None) -> None:
        size = "" if free is None or needed is None else f": {free >> 20} MB free, {needed >> 20} MB needed"
        super().__init__(
            f"The disk is full{size}.",
            str(path),
            "Free some space there, or choose another folder with --home (XDG_CACHE_HOME for the cache).",
        )


class PermissionMissingError(StackError):
    def __init__(self, path: Path | str, cause: str) -> None:
        super().__init__(
            f"No permission: {cause}.",
            str(path),
            "Run as the owner of that folder, or choose another one with --home.",
        )


class NoExecError(StackError):
    def __init__(self, path: Path) -> None:
        super().__init__(
            "Programs must be started from here, but the file system is mounted noexec.",
            str(path),
            "Mount it with exec, or put the virtual environment (or the cache) on another file system.",
        )


class OldGlibcError(StackError):
    def __init__(self, package: str, needed: str, found: str) -> None:
        super().__init__(
            f"{package} needs glibc {needed} or newer; this system has {found}.",
            "C library of the operating system",
            "Use a newer Linux (Debian 10, Ubuntu 20.04, RHEL 8 or later), or the containers in docker/.",
        )


class NoLibmagicError(StackError):
    def __init__(self) -> None:
        super().__init__(
            "The library libmagic.so.1 is missing; CKAN recognises file types with it.",
            "libraries of the operating system",
            "Install it: Debian/Ubuntu `apt install libmagic1`, Fedora/RHEL `dnf install file-libs`, "
            "openSUSE `zypper install libmagic1`, Alpine is not supported (musl).",
        )


class OldDataError(StackError):
    def __init__(self, path: Path, found: str, installed: str) -> None:
        super().__init__(
            f"The database was written by PostgreSQL {found}; installed is {installed}.",
            str(path),
            f"Dump it with the old version (`herne-stack exec -- pg_dumpall`), move the folder away, "
            f"start with PostgreSQL {installed} and load the dump.",
        )


class NoPortError(StackError):
    def __init__(self, first: int, last: int) -> None:
        super().__init__(
            f"No free port between {first} and {last}.",
            "127.0.0.1",
            "Stop what listens there, or choose another one with --port.",
        )


class ServiceFailedError(StackError):
    """A service did not start or died three times; `tail` are the last lines of its log."""

    def __init__(self, name: str, what: str, log: Path, tail: str) -> None:
        quoted = "".join(f"\n    | {line}" for line in tail.splitlines())
        super().__init__(
            f"The service {name} {what}.{quoted}",
            str(log),
            f"Read the lines above or `herne-stack logs {name}`; after the cause is gone run `up` again.",
        )


def from_os_error(error: OSError, place: Path | str) -> StackError | None:
    """The error an operating system call stands for, or None if it is not the operator's to solve."""
    where = error.filename or place
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFullError(where, None, None)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return PermissionMissingError(where, error.strerror or "access denied")
    return None
