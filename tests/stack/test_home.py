"""The home: closed to others, one holder at a time, erased without taking strangers along."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest
from herne_stack.errors import AlreadyRunningError, NotAHomeError
from herne_stack.home import Home, write_private
from herne_stack.keys import NAMES, make_secrets, secret

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.create()
    return home


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_nobody_else_can_read_it(home: Home) -> None:
    for folder in (home.config, home.secrets, home.logs, home.run):
        assert mode(folder) == 0o700
    passable = 0o711 if os.geteuid() == 0 else 0o700
    assert mode(home.path) == mode(home.data) == passable
    assert mode(home.manifest) == 0o600


def test_private_files_are_private_even_under_a_lax_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_private(tmp_path / "secret", "x")
    finally:
        os.umask(before)
    assert mode(tmp_path / "secret") == 0o600


def test_secrets_are_many_and_different_and_kept(home: Home) -> None:
    make_secrets(home)
    first = {name: secret(home, name) for name in NAMES}
    assert len(set(first.values())) == len(NAMES)
    assert min(len(value) for value in first.values()) >= 20
    make_secrets(home)
    assert {name: secret(home, name) for name in NAMES} == first
    assert {mode(path) for path in home.secrets.iterdir()} == {0o600}


def test_creating_again_keeps_the_identity(home: Home) -> None:
    before = home.id
    Home(home.path).create()
    assert home.id == before


def test_only_one_may_hold_it(home: Home) -> None:
    assert not home.is_locked()
    with home.locked():
        assert home.is_locked()
        with pytest.raises(AlreadyRunningError), Home(home.path).locked():
            pass
    assert not home.is_locked()


def test_erasing_leaves_what_is_not_ours(home: Home) -> None:
    (home.path / "notes.txt").write_text("mine")
    home.erase()
    assert [path.name for path in home.path.iterdir()] == ["notes.txt"]
    with pytest.raises(NotAHomeError):
        home.erase()
