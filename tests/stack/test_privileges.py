"""PostgreSQL below folders that its account may not enter, as in a clone under /root."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from herne_stack.databases import ensure
from herne_stack.home import Home
from herne_stack.privileges import database_account, enters, runs
from herne_stack.servers import Stack
from herne_stack.services import postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to change the account")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every account may enter (pytest's own are closed)."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        folder = Path(name)
        folder.chmod(0o711)
        yield folder


@root_only
def test_what_an_account_reaches(open_folder: Path) -> None:
    account = database_account()
    assert account
    program = open_folder / "program"
    program.touch(mode=0o755)
    program.chmod(0o755)
    assert enters(account, open_folder)
    assert runs(account, program)
    program.chmod(0o700)
    assert not runs(account, program)
    open_folder.chmod(0o700)
    assert not enters(account, open_folder)


def test_who_is_not_root_runs_postgresql_itself() -> None:
    assert (database_account() is None) == (os.geteuid() != 0)


@root_only
def test_binaries_in_a_closed_folder_are_copied(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = open_folder / "root"
    closed.mkdir(mode=0o700)
    package = postgres.programs(None).parents[1]
    for folder in (package, package.with_name(f"{package.name}.libs")):
        if folder.exists():
            shutil.copytree(folder, closed / folder.name)
    monkeypatch.syspath_prepend(str(closed))
    monkeypatch.setattr(postgres, "ROOT_CACHE", open_folder / "cache" / "herne-stack")
    account = database_account()
    assert account
    programs = postgres.programs(account)
    assert not programs.is_relative_to(closed)
    answer = subprocess.run(
        [programs / "initdb", "--version"],
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        capture_output=True,
        text=True,
        check=True,
    )
    assert postgres.version().split(".")[0] in answer.stdout
    assert postgres.programs(account) == programs


def test_the_database_runs_below_a_closed_folder(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    home = Home(closed / "home")
    try:
        for password in ("first", "second"):
            with Stack(home.path, ("postgres",), durable=False).running() as stack:
                server = postgres.Postgres(home, stack.ports["postgres"])
                connection = server.connect("ckan")
                ensure(connection, password, "reader")
                with connection.cursor() as cursor:
                    cursor.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
                    cursor.execute("INSERT INTO kept VALUES (1)")
                    cursor.execute("SELECT count(*) FROM kept")
                    rows = cursor.fetchone()
                connection.close()
            assert rows == (["first", "second"].index(password) + 1,)
        outside = (home.data / "postgres").resolve()
        assert outside.is_relative_to(postgres.ROOT_DATA) == (os.geteuid() == 0)
    finally:
        postgres.erase_outside(home)
    assert outside.exists() == (os.geteuid() != 0)
