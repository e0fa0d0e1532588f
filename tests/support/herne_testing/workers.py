"""Workers as in production: processes of `herne_stack`, on the servers and the configuration of the tests."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from herne_stack.process import send, session_members

from herne_testing.servers import INI

if TYPE_CHECKING:
    from collections.abc import Iterator

OPTIONS = """[app:main]
use = config:{ini}
ckanext.herne.harvest.allow_private_addresses = true
"""


class Workers:
    """Starts them, by the name of their module, and ends them."""

    def __init__(self, folder: Path) -> None:
        self._ini = folder / "workers.ini"
        self._ini.write_text(OPTIONS.format(ini=INI), "utf-8")
        self._all: list[subprocess.Popen[bytes]] = []

    def start(self, module: str) -> subprocess.Popen[bytes]:
        """Starts a worker: `worker` for CKAN's own queue and its scheduler, `harvester` for harvests."""
        environ = {**os.environ, "CKAN_INI": str(self._ini)}
        argv = [sys.executable, "-m", f"herne_stack.{module}"]
        self._all.append(subprocess.Popen(argv, env=environ, start_new_session=True))
        return self._all[-1]

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        """Ends a worker and the process below it that does the job (SIGKILL)."""
        for pid in session_members(worker.pid):
            send(pid, signal.SIGKILL)
        worker.wait()

    def end(self) -> None:
        for worker in self._all:
            self.kill(worker)


@contextlib.contextmanager
def workers() -> Iterator[Workers]:
    """Workers that end with the block."""
    with tempfile.TemporaryDirectory(prefix="herne-workers-") as folder:
        made = Workers(Path(folder))
        try:
            yield made
        finally:
            made.end()
