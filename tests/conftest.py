"""The real servers under the tests, and what happens where a browser, FROST or the shared folder is missing.

PostgreSQL, Valkey and Solr start once per run in `.herne-test/`, unless the environment names servers
already (CKAN_SQLALCHEMY_URL and its siblings).
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest
from herne_stack.servers import Stack
from herne_testing import needs

ROOT = Path(__file__).parents[1]
_servers = contextlib.ExitStack()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart() -> None:
    """Start the servers before CKAN's own plugin loads the ini file, which connects to them."""
    if "CKAN_SQLALCHEMY_URL" in os.environ:
        return
    stack = _servers.enter_context(Stack(ROOT / ".herne-test", durable=False).running())
    os.environ.update(stack.environ())
    stack.initialise(ROOT / "test.ini")


def pytest_unconfigure() -> None:
    _servers.close()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, or in CI fail, a test whose needs this machine does not meet."""
    for mark in item.iter_markers("needs"):
        for need in mark.args:
            if reason := needs.ABSENT[need]():
                if needs.required(need):
                    pytest.fail(f"HERNE_TEST_REQUIRE names {need}: {reason}", pytrace=False)
                pytest.skip(reason)
