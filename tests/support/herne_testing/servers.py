"""PostgreSQL, Valkey and Solr for tests and benchmarks, and the application of test.ini on them."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from herne_stack.servers import Stack

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
INI = ROOT / "test.ini"
running: Stack | None = None  # the servers that were started here, for tests that stop one of them


@contextlib.contextmanager
def real_servers(home: str) -> Iterator[None]:
    """Servers in the folder `home` of the checkout, unless the environment names some already."""
    if "CKAN_SQLALCHEMY_URL" in os.environ:
        yield
        return
    with Stack(ROOT / home, durable=False).running() as stack:
        os.environ.update(stack.environ())
        stack.initialise(INI)
        globals()["running"] = stack
        yield


@contextlib.contextmanager
def application() -> Iterator[Any]:
    """The portal's application, within a request, for a benchmark."""
    from ckan.cli import load_config
    from ckan.config.middleware import make_app

    with real_servers(".herne-bench"):
        app = make_app(load_config(str(INI)))
        with app._wsgi_app.test_request_context("/"):
            yield app
