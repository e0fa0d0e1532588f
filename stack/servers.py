"""The three servers below CKAN (PostgreSQL, Valkey, Solr) for a program, for example for tests:

    from herne_stack.servers import Stack

    with Stack(Path(".herne-test"), durable=False).running() as stack:
        os.environ.update(stack.environ())      # CKAN_SQLALCHEMY_URL, CKAN_DATASTORE_WRITE_URL,
                                                # CKAN_DATASTORE_READ_URL, CKAN_REDIS_URL,
                                                # CKAN_SOLR_URL, CKAN_STORAGE_PATH
        stack.initialise(Path("test.ini"))      # CKAN's tables, plugin migrations, DataStore permissions

`running` makes the folder if need be, starts what `services` names (roles and databases included),
waits until all answer, and stops them at the end, also after an exception or Ctrl-C; if the process is
killed the kernel stops them. Ports are free ones, remembered in the home. Call it from the main thread.
`durable=False` gives up safety against power loss for speed. Errors are StackError with a remedy.

CKAN itself, the workers and the supervision after the start are herne_stack.supervisor's.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from herne_stack import checks, databases, jars
from herne_stack.children import Children
from herne_stack.configuration import (
    DATABASE,
    DATABASE_USER,
    DATASTORE,
    DATASTORE_READER,
    Servers,
    database_url,
    redis_url,
)
from herne_stack.errors import StackError
from herne_stack.home import Home
from herne_stack.keys import make_secrets, secret
from herne_stack.ports import LOOPBACK, remembered
from herne_stack.process import Identity
from herne_stack.reporting import Reporter
from herne_stack.services.postgres import SUPERUSER, Postgres
from herne_stack.services.solr import Solr
from herne_stack.services.valkey import Valkey
from herne_stack.state import State, sweep

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from herne_stack.services.base import Service

SERVERS = ("postgres", "valkey", "solr")


class Stack:
    """Servers in a home. See the module's docstring."""

    def __init__(
        self,
        home: Path,
        services: Sequence[str] = SERVERS,
        *,
        durable: bool = True,
        reporter: Reporter | None = None,
    ) -> None:
        self.home = Home(home)
        self.names = tuple(services)
        self.durable = durable
        self.reporter = reporter or Reporter()
        self.state = State()
        self.children = Children(self.home, self.state)
        self.ports: dict[str, int] = {}

    @contextmanager
    def running(self) -> Iterator[Stack]:
        """Hold the home and its servers for the length of a `with` block."""
        checks.check_machine(self.home.path)
        self.home.create()
        with self.home.locked():
            for name in sweep(self.home):
                self.reporter.say(f"Stopped {name}, which a killed supervisor had left behind")
            self.state.supervisor = Identity.of(os.getpid())
            try:
                self.start()
                yield self
            finally:
                self.children.stop()

    def start(self) -> None:
        """Start the servers and make roles and databases. Within `running` this has happened already."""
        make_secrets(self.home)
        (self.home.data / "storage").mkdir(mode=0o700, exist_ok=True)
        self.ports = {name: remembered(self.home, name) for name in self.names}
        services = [self._service(name) for name in self.names]
        with self.reporter.step(f"Starting {', '.join(self.names)}"):
            self.children.start(services)
        for service in services:
            if isinstance(service, Postgres):
                self._ensure_databases(service)

    def _service(self, name: str) -> Service:
        port = self.ports[name]
        if name == "postgres":
            return Postgres(self.home, port, durable=self.durable)
        if name == "valkey":
            return Valkey(self.home, port, durable=self.durable)
        return Solr(self.home, port, self._jars())

    def _jars(self) -> Path:
        return jars.ensure(lambda done, total: self.reporter.progress("Downloading Solr", done, total))

    def _ensure_databases(self, postgres: Postgres) -> None:
        connection = postgres.connect("postgres")
        try:
            databases.ensure(
                connection, secret(self.home, "ckan-database"), secret(self.home, "datastore-read")
            )
        finally:
            connection.close()

    def servers(self) -> Servers:
        """The addresses with their credentials. A server that is not among `services` has port 0."""
        owner = secret(self.home, "ckan-database")
        reader = secret(self.home, "datastore-read")
        port = self.ports.get("postgres", 0)
        return Servers(
            database_url=database_url(DATABASE_USER, owner, LOOPBACK, port, DATABASE),
            datastore_write_url=database_url(DATABASE_USER, owner, LOOPBACK, port, DATASTORE),
            datastore_read_url=database_url(DATASTORE_READER, reader, LOOPBACK, port, DATASTORE),
            redis_url=redis_url(secret(self.home, "valkey"), LOOPBACK, self.ports.get("valkey", 0)),
            solr_url=f"http://{LOOPBACK}:{self.ports.get('solr', 0)}/solr/ckan",
            storage_path=str(self.home.data / "storage"),
        )

    def environ(self) -> dict[str, str]:
        """The CKAN_* variables that point an ini file at these servers."""
        return self.servers().environ()

    def superuser_url(self) -> str:
        """PostgreSQL's superuser, for DataStore permissions. Hand it on by environment, never by argument."""
        password = secret(self.home, "postgres")
        return database_url(SUPERUSER, password, LOOPBACK, self.ports["postgres"], DATASTORE)

    def initialise(self, ini: Path) -> None:
        """CKAN's tables, the plugins' migrations and the DataStore's permissions for that ini. Repeatable."""
        log = self.home.logs / "init.log"
        environ = {
            **os.environ,
            **self.environ(),
            "CKAN_INI": str(ini),
            "HERNE_SUPERUSER_URL": self.superuser_url(),
        }
        with log.open("ab") as output:
            command = [sys.executable, "-m", "herne_stack.init", "--tables-only"]
            result = subprocess.run(  # noqa: S603 - only our own commands
                command, env=environ, stdout=output, stderr=subprocess.STDOUT, check=False
            )
        if result.returncode:
            raise StackError(
                "CKAN's database could not be initialised.", str(log), "Read the end of that log."
            )
