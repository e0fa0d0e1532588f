"""Loading CKAN in a process of its own, and telling the supervisor that it is loaded."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ckan.cli import load_config
from ckan.config.middleware import make_app


def load_ckan() -> Any:
    """CKAN's WSGI application for the ini that CKAN_INI names."""
    return make_app(load_config())


def announce() -> None:
    """Touch the file that HERNE_READY_FILE names, if it names one."""
    if path := os.environ.get("HERNE_READY_FILE"):
        Path(path).touch()
