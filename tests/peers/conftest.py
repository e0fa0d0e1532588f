"""Servers nobody here wrote, for the tests below this folder."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from herne_testing import frost

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def frost_url() -> Iterator[str]:
    """Root of a running FROST with invented observations; use it with `@pytest.mark.needs("frost")`."""
    # not below pytest's own folder, which is closed to the account that PostgreSQL runs under
    folder = Path(tempfile.mkdtemp(prefix="herne-frost-"))
    try:
        with frost.running(folder) as url:
            yield url
    finally:
        shutil.rmtree(folder)
