"""A disk without room under one table of the portal, for real: a small file system, which is filled up.

Needs the right to mount one (root); the servers must be the tests' own.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg2
from herne_stack.configuration import DATABASE, DATABASE_USER, DATASTORE
from herne_stack.privileges import database_account, hand_over
from psycopg2.errors import DiskFull

if TYPE_CHECKING:
    from collections.abc import Iterator

    from herne_stack.servers import Stack

SIZE = "1m"
MOUNT = shutil.which("mount")
ROW = "INSERT INTO package (id, name, notes) VALUES (gen_random_uuid(), gen_random_uuid(), repeat('x', %s))"
ROWS = (1900, 300, 0)  # characters of the rows that fill a page up; the last ones fit nearly everywhere


class Disk:
    """The disk under the table `package`. While it is full, PostgreSQL refuses what needs room there."""

    def __init__(self, folder: Path, url: str) -> None:
        self._ballast = folder / "ballast"
        self._url = url
        self._held: Any = None

    def fill(self) -> None:
        """No page is left on the disk, and no room in a page of the table."""
        with contextlib.suppress(OSError), self._ballast.open("wb", buffering=0) as file:
            while file.write(b"x" * 4096):
                pass
        self._held = psycopg2.connect(self._url)  # its rows take their room until it ends
        for length in ROWS:
            with contextlib.suppress(DiskFull):
                while True:
                    self._insert(length)

    def _insert(self, length: int) -> None:
        with self._held.cursor() as cursor:
            cursor.execute("SAVEPOINT row")
            try:
                cursor.execute(ROW, (length,))
            except DiskFull:
                cursor.execute("ROLLBACK TO SAVEPOINT row")
                raise

    def clear(self) -> None:
        """Somebody makes room."""
        self._ballast.unlink(missing_ok=True)
        if self._held is not None:
            self._held.close()


@contextlib.contextmanager
def small_disk(stack: Stack) -> Iterator[Disk]:
    """A disk of a megabyte under the datasets. Raises PermissionError where none can be mounted."""
    # not below the home: the account of PostgreSQL must reach it
    folder = Path(tempfile.mkdtemp(prefix="herne-disk-", dir="/var/tmp"))
    folder.chmod(0o711)
    with _mounted(folder):
        place = folder / "tables"
        place.mkdir(mode=0o700)
        hand_over(place, database_account())
        url = stack.superuser_url().removesuffix(DATASTORE) + DATABASE
        _do(url, f"CREATE TABLESPACE small LOCATION '{place}'")
        try:
            _do(url, f"GRANT CREATE ON TABLESPACE small TO {DATABASE_USER}")
            _do(url, "ALTER TABLE package SET TABLESPACE small", "VACUUM FULL package")
            disk = Disk(folder, url)
            yield disk
            disk.clear()
        finally:
            _do(url, "ALTER TABLE package SET TABLESPACE pg_default", "DROP TABLESPACE small")


@contextlib.contextmanager
def _mounted(folder: Path) -> Iterator[None]:
    command = [MOUNT or "mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=711", "herne-disk", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        folder.rmdir()
        raise PermissionError(done.stderr.strip())
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=False)
        folder.rmdir()


def _do(url: str, *statements: str) -> None:
    connection = psycopg2.connect(url)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    finally:
        connection.close()
