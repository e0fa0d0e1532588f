"""Loading CKAN in a process of its own."""

from __future__ import annotations

from typing import Any

from ckan.cli import load_config
from ckan.config.middleware import make_app


def load_ckan() -> Any:
    """CKAN's WSGI application for the ini that CKAN_INI names."""
    return make_app(load_config())
