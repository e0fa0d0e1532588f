"""The home of one stack: a folder that holds everything the stack keeps.

    home.json         format version, id, remembered ports, whether invented demo data was ever loaded
    options.ini       CKAN's options as the operator sets them; the stack only reads it
    config/           ckan.ini and the servers' settings, written anew at every start (0600)
    secrets/          one random value per file (0600)
    data/             postgres/, valkey/, solr/, storage/ (uploads)
    logs/             one file per service, bounded
    run/              lock, state.json: only meaningful while the stack runs

The folder is closed to others (0700). Run by root it stays passable (0711), because PostgreSQL
refuses root and its account must reach data/postgres.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from herne_stack.errors import AlreadyRunningError, NewerHomeError, NotAHomeError

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMAT = 1
FOLDERS = ("config", "secrets", "data", "logs", "run")


def default_home() -> Path:
    """HERNE_HOME, else `.herne` in the current folder."""
    return Path(os.environ.get("HERNE_HOME") or ".herne")


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step, readable by its owner only (0600)."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        os.fchmod(descriptor, 0o600)
        stream.write(text)
    draft.replace(path)


class Home:
    """Where things are. `create` makes the folders, the constructor touches nothing."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.manifest = self.path / "home.json"
        self.ckan_options = self.path / "options.ini"
        self.config = self.path / "config"
        self.secrets = self.path / "secrets"
        self.data = self.path / "data"
        self.logs = self.path / "logs"
        self.run = self.path / "run"
        self.ini = self.config / "ckan.ini"

    def create(self) -> None:
        """Make the home, or check that this version may use the one that exists."""
        if self.manifest.exists():
            self.check()
        passable = 0o711 if os.geteuid() == 0 else 0o700
        self.path.mkdir(parents=True, exist_ok=True)
        self.path.chmod(passable)
        for name in FOLDERS:
            folder = self.path / name
            folder.mkdir(exist_ok=True)
            folder.chmod(passable if name == "data" else 0o700)
        if not self.manifest.exists():
            self.remember(format=FORMAT, id=uuid.uuid4().hex)

    def check(self) -> None:
        """Raise unless this is a home that this version understands."""
        if not self.manifest.exists():
            raise NotAHomeError(self.path)
        found = self.recall().get("format")
        if not isinstance(found, int) or found > FORMAT:
            raise NewerHomeError(self.path, found, FORMAT)

    def recall(self) -> dict[str, Any]:
        """What home.json holds; empty for a home that does not exist yet."""
        if not self.manifest.exists():
            return {}
        content: dict[str, Any] = json.loads(self.manifest.read_text("utf-8"))
        return content

    def remember(self, **facts: Any) -> None:
        write_private(self.manifest, json.dumps(self.recall() | facts, indent=2) + "\n")

    @property
    def id(self) -> str:
        return str(self.recall()["id"])

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the home for one stack. The kernel releases the lock when the process dies."""
        with (self.run / "lock").open("a") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise AlreadyRunningError(self.path, self._running_url()) from None
            yield

    def is_locked(self) -> bool:
        """Whether some process holds the home right now."""
        path = self.run / "lock"
        if not path.exists():
            return False
        with path.open("a") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def _running_url(self) -> str | None:
        state = self.run / "state.json"
        if not state.exists():
            return None
        content: dict[str, Any] = json.loads(state.read_text("utf-8"))
        url = content.get("site_url")
        return str(url) if url else None

    def erase(self) -> None:
        """Delete what the stack keeps, and nothing else that may lie in the folder."""
        self.check()
        for name in FOLDERS:
            if (self.path / name).exists():
                shutil.rmtree(self.path / name)
        self.manifest.unlink()
        if not any(self.path.iterdir()):
            self.path.rmdir()
