"""What some tests need beyond a newcomer's machine, and how to tell whether it is there.

`@pytest.mark.needs("browser")` skips with its reason where a browser is missing; the environment variable
HERNE_TEST_REQUIRE ("browser frost shared") turns the skip into a failure, as CI wants it.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from herne_testing import frost

if TYPE_CHECKING:
    from collections.abc import Callable

SHARED = Path(__file__).parents[4] / "shared"


def browser() -> str | None:
    """Path of Chromium on this machine, None if there is none."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def _no_browser() -> str | None:
    return None if browser() else "no chromium; remedy on Debian: apt install chromium"


def _no_shared() -> str | None:
    return None if (SHARED / "conformance").is_dir() else f"the shared test material is not here: {SHARED}"


ABSENT: dict[str, Callable[[], str | None]] = {
    "browser": _no_browser,
    "frost": frost.missing,
    "shared": _no_shared,
}


def required(need: str) -> bool:
    """Whether a missing `need` is a failure, not a skip."""
    return need in os.environ.get("HERNE_TEST_REQUIRE", "").split()
