"""A second portal, which harvests the first: plain CKAN with ckanext-dcat's harvester, on servers of its own.

Nothing of this suite runs in it (its configuration is client.ini). It is a process of its own, in which the
functions of `client_process` are called.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import shutil
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from herne_stack.servers import Stack

from herne_testing import client_process

if TYPE_CHECKING:
    from collections.abc import Iterator

    from herne_testing.client_process import Copy, Harvest

INI = Path(__file__).with_name("client.ini")


@dataclass(frozen=True)
class Client:
    """The second portal."""

    process: ProcessPoolExecutor

    def harvest(self, address: str) -> Harvest:
        """Gather, fetch and import the catalogue at this address; the first time makes a source of it."""
        return self.process.submit(client_process.harvest, address).result()

    def copies(self) -> list[Copy]:
        """All datasets that were ever imported, deleted ones included."""
        return self.process.submit(client_process.copies).result()

    def shown(self) -> dict[str, Copy]:
        """The datasets that a visitor sees, by the URI they have in the catalogue.

        :raises AssertionError: there are two of one URI.
        """
        visible = [copy for copy in self.copies() if copy.state == "active"]
        by_uri = {copy.uri: copy for copy in visible}
        assert len(by_uri) == len(visible), "the client has datasets twice"
        return by_uri


@contextlib.contextmanager
def second_portal() -> Iterator[Client]:
    """A client without any datasets, with servers that end with it."""
    # not below pytest's own folder, which is closed to the account that PostgreSQL runs under
    folder = Path(tempfile.mkdtemp(prefix="herne-client-"))
    folder.chmod(0o755)
    try:
        with Stack(folder / "home", durable=False).running() as stack:
            environ = {**stack.environ(), "CKAN_INI": str(INI)}
            anew = multiprocessing.get_context("spawn")
            with ProcessPoolExecutor(1, anew, client_process.load, (environ,)) as process:
                yield Client(process)
    finally:
        shutil.rmtree(folder)
