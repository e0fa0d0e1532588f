"""One portal with demo data, started as a newcomer starts it, for all tests of this folder."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from herne_testing.portal import HERNE_STACK, Portal, own_environment

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """`herne-stack up --demo --detach` in an empty home."""
    home = tmp_path_factory.mktemp("portal") / "home"
    home.parent.parent.chmod(0o755)
    up = subprocess.run(
        [str(HERNE_STACK), "up", "--demo", "--detach"],
        env=own_environment(home),
        capture_output=True,
        text=True,
        check=False,
        timeout=540,
    )
    try:
        assert up.returncode == 0, up.stdout + up.stderr
        status = subprocess.run(
            [str(HERNE_STACK), "status", "--json"],
            env=own_environment(home),
            capture_output=True,
            text=True,
            check=False,
        )
        assert status.returncode == 0, status.stdout + up.stdout
        site = json.loads(status.stdout)["site"]
        yield Portal(
            home=home,
            url=site["url"],
            admin=site["admin"],
            password=(home / "secrets" / "admin-password").read_text().strip(),
            token=Path(site["token_file"]).read_text().strip(),
            said=up.stdout,
        )
    finally:
        subprocess.run([str(HERNE_STACK), "down"], env=own_environment(home), check=False, timeout=120)
