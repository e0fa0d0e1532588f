"""Real HTTP servers on loopback for the harvester tests, and a clean portal with its plugins."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from ckan.common import config
from ckan.tests import factories
from ckanext.herne.harvesters.operations.http import Http, Limits
from herne_demo.server import Demo
from herne_testing.live import listening

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from werkzeug.wrappers import Request, Response

NOW = datetime(2026, 11, 20, 10, 7, tzinfo=UTC)


class DemoServer(Demo):
    """The demo with a clock of the test; `tamper` may change an answer, `requests` keeps the questions."""

    def __init__(self, time: datetime) -> None:
        super().__init__(lambda: self.time)
        self.time = time
        self.tamper: Callable[[Request, Response], Response] = lambda _request, response: response
        self.requests: list[str] = []
        self.url = ""

    def respond(self, request: Request) -> Response:
        self.requests.append(request.full_path)
        return self.tamper(request, super().respond(request))


@pytest.fixture
def demo() -> Iterator[DemoServer]:
    """The demo server; its clock stands at `NOW` until the test moves it."""
    app = DemoServer(NOW)
    with listening(app) as app.url:
        yield app


@pytest.fixture
def serve() -> Iterator[Callable[[Any], str]]:
    """Serves any WSGI application for the length of a test and gives its address."""
    with contextlib.ExitStack() as stack:
        yield lambda app: stack.enter_context(listening(app))


@pytest.fixture
def http() -> Http:
    """A client that may read loopback and asks once."""
    return Http(allow_private=True, limits=Limits(attempts=1))


@pytest.fixture
def site(portal: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The loaded portal, which may read loopback; gives the context of a system administrator."""
    monkeypatch.setitem(config, "ckanext.herne.harvest.allow_private_addresses", True)
    return {"ignore_auth": True, "user": factories.Sysadmin(image_url="")["name"]}
