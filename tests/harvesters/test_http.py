"""Polite and careful reading: addresses, redirects, sizes, retries."""

from __future__ import annotations

import gzip
import time
from typing import Any

import pytest
from ckanext.herne.harvesters.operations.addresses import is_public
from ckanext.herne.harvesters.operations.errors import SourceError
from ckanext.herne.harvesters.operations.http import Http, Limits
from werkzeug.wrappers import Request, Response


def app(respond: Any) -> Any:
    def wsgi(environ: Any, start_response: Any) -> Any:
        return respond(Request(environ))(environ, start_response)

    return wsgi


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("224.0.0.1", False),
        ("8.8.8.8", True),
        ("2606:4700:4700::1111", True),
    ],
)
def test_only_public_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_loopback_server_is_refused_before_a_byte_is_sent(serve: Any, host: str) -> None:
    asked: list[str] = []
    url = serve(app(lambda request: (asked.append(request.path), Response("secret"))[1]))
    with pytest.raises(SourceError, match="not a public address"):
        Http(limits=Limits(attempts=1)).get(url.replace("127.0.0.1", host))
    assert asked == []


def test_redirects_are_followed_and_bounded(serve: Any, http: Http) -> None:
    def respond(request: Request) -> Response:
        step = int(request.args.get("step", 0))
        return (
            Response("there")
            if step == 3
            else Response(status=302, headers={"Location": f"/?step={step + 1}"})
        )

    assert http.get(serve(app(respond))).body == b"there"
    with pytest.raises(SourceError, match="more than 5 redirects"):
        http.get(serve(app(lambda _: Response(status=302, headers={"Location": "/again"}))))
    with pytest.raises(SourceError, match="only http and https"):
        http.get(serve(app(lambda _: Response(status=302, headers={"Location": "file:///etc/passwd"}))))


def test_a_body_is_limited_after_decompression(serve: Any) -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    url = serve(app(lambda _: Response(bomb, headers={"Content-Encoding": "gzip"})))
    with pytest.raises(SourceError, match="larger than 1 MB"):
        Http(allow_private=True, limits=Limits(body_bytes=1024 * 1024, attempts=1)).get(url)


def test_a_server_that_recovers_is_waited_for_as_it_asked(serve: Any) -> None:
    answers = [Response(status=503, headers={"Retry-After": "1"}), Response(status=429), Response("well")]
    started = time.monotonic()
    assert Http(allow_private=True).get(serve(app(lambda _: answers.pop(0)))).body == b"well"
    assert time.monotonic() - started >= 1


def test_a_lasting_error_is_told_with_status_and_text(serve: Any, http: Http) -> None:
    with pytest.raises(SourceError, match="404: no such thing"):
        http.get(serve(app(lambda _: Response("no such thing", status=404))))


def test_a_silent_server_is_given_up(serve: Any) -> None:
    def respond(_: Request) -> Response:
        time.sleep(1)
        return Response("late")

    with pytest.raises(SourceError, match="could not be read"):
        Http(allow_private=True, limits=Limits(read_seconds=0.2, attempts=1)).get(serve(app(respond)))


def test_a_truncated_body_is_an_error(serve: Any, http: Http) -> None:
    def wsgi(_environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Length", "1000")])
        return [b"only this"]

    with pytest.raises(SourceError, match="could not be read"):
        http.get(serve(wsgi))
