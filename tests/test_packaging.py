"""The wheel holds what the repository holds: an installed portal is not a smaller one."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = {
    "ckanext-herne/ckanext/": "ckanext/",
    "harvesters/": "ckanext/herne/harvesters/",
    "schemas/": "ckanext/herne/schemas/",
    "licenses/": "ckanext/herne/licenses/",
    "stack/": "herne_stack/",
    "demo/": "herne_demo/",
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built from a copy of the tracked files so that no leftover of a build counts."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, capture_output=True, check=True)
    subprocess.run(["tar", "-x"], cwd=source, input=archive.stdout, check=True)
    build = [
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(target),
        str(source),
    ]
    subprocess.run([sys.executable, *build], check=True)
    return zipfile.ZipFile(next(target.glob("*.whl")))


@pytest.mark.skipif(
    not (ROOT / ".git").exists(), reason="not a git checkout: what belongs in the wheel is unknown"
)
def test_every_tracked_file_of_a_room_is_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    committed = subprocess.run(
        ["git", "ls-tree", "-r", "--name-only", "HEAD", *ROOMS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    expected = {
        package + path.removeprefix(room)
        for path in committed
        for room, package in ROOMS.items()
        if path.startswith(room)
    }
    missing = expected - set(wheel.namelist())
    assert not missing


def test_no_module_shadows_the_ckanext_namespace(wheel: zipfile.ZipFile) -> None:
    assert "ckanext/__init__.py" not in wheel.namelist()
