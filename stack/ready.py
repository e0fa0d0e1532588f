"""How a process without a socket tells the supervisor that it has loaded."""

from __future__ import annotations

import os
from pathlib import Path


def announce() -> None:
    """Touch the file that HERNE_READY_FILE names, if it names one."""
    if path := os.environ.get("HERNE_READY_FILE"):
        Path(path).touch(mode=0o600)
