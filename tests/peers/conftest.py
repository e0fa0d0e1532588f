"""Servers nobody here wrote, for the tests below this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from herne_testing import frost

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def frost_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Root of a running FROST with invented observations; use it with `@pytest.mark.needs("frost")`."""
    with frost.running(tmp_path_factory.mktemp("frost")) as url:
        yield url
