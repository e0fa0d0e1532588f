"""A sensor server on loopback whose answers a test writes down, and the questions it was asked."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from herne_testing.live import listening
from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Answer = Any
"""JSON to answer with, a Response, or a function that gives one of them for a request."""


@dataclass
class Scripted:
    """Answers each path with what the test put there; "HERE" in it is the server's own address."""

    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[Request] = field(default_factory=list)
    url: str = ""

    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        self.asked.append(request)
        return self._answer(request)(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if request.path not in self.answers:
            return Response(f"nothing at {request.path}", status=404)
        answer = self.answers[request.path]
        answer = answer(request) if callable(answer) and not isinstance(answer, Response) else answer
        if isinstance(answer, Response):
            return answer
        text = json.dumps(answer).replace("HERE", request.host_url.rstrip("/"))
        return Response(text, mimetype="application/json")


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    """The server; put answers into `answers` by path."""
    server = Scripted()
    with listening(server) as server.url:
        yield server


def page(rows: list[Any], **headers: str) -> Response:
    """A JSON answer with headers of its own; an underscore stands for a hyphen."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(json.dumps(rows), mimetype="application/json", headers=named)


@pytest.fixture
def answer() -> Callable[..., Response]:
    """Makes a JSON answer with headers."""
    return page
