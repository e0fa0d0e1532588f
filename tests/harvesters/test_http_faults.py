"""A server that misbehaves costs a bounded time and gives one plain error; what passes is waited out."""

from __future__ import annotations

import time
import tracemalloc
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest
from ckanext.herne.harvesters.operations.errors import SourceError, without_credentials
from ckanext.herne.harvesters.operations.http import Http, Limits, StatusError
from herne_testing import unruly as parts
from herne_testing.unruly import MEGABYTE, Unruly, answer, in_turn, unruly
from hypothesis import given
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Iterator

QUICK = Limits(
    connect_seconds=0.5,
    read_seconds=0.2,
    total_seconds=0.4,
    body_bytes=MEGABYTE,
    attempts=2,
    backoff_seconds=0.01,
    longest_wait_seconds=2,
)
HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture
def server() -> Iterator[Unruly]:
    with unruly() as made:
        yield made


def reading(server: Unruly, part: Any, **limits: Any) -> Any:
    """What comes of reading an address that plays `part`."""
    server.parts["/"] = part
    wanted = Limits(**{**vars(QUICK), **limits})
    return Http(allow_private=True, limits=wanted, source="Luft in Herne").get(f"{server.url}/").body


FAULTS = {
    "silent": (parts.silence(2), "silent for 0.2 s", 2),
    "reset before the answer": (parts.reset(), "broke off the connection", 2),
    "reset within the body": (parts.reset(HEAD + b"Content-Length: 9\r\n\r\nab"), "broke off", 2),
    "silent within the body": (
        parts.then(HEAD + b"Content-Length: 9\r\n\r\nab", parts.silence(2)),
        "silent for 0.2 s",
        2,
    ),
    "dripping status": (parts.drip(b"HTTP/1.1 200 OK"), "not complete after 0.4 s", 2),
    "dripping headers": (parts.then(HEAD + b"X: ", parts.drip(b"a")), "not complete after 0.4 s", 2),
    "dripping body": (
        parts.then(HEAD + b"Content-Length: 99999\r\n\r\n", parts.drip(b"1")),
        "not complete after 0.4 s",
        2,
    ),
    "dripping body of unknown length": (
        parts.then(HEAD + b"Connection: close\r\n\r\n", parts.drip(b"1")),
        "not complete after 0.4 s",
        2,
    ),
    "dripping chunks": (
        parts.then(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", parts.drip(b"1\r\n0\r\n", 0.002)),
        "not complete after 0.4 s",
        2,
    ),
    "shorter than announced": (answer(b"[1, 2", length=99), "broke off the connection", 2),
    "chunks without an end": (
        answer(b"5\r\n[1, 2\r\n", length=-1, Transfer_Encoding="chunked"),
        "broke off the connection",
        2,
    ),
    "damaged gzip": (answer(b"no gzip", Content_Encoding="gzip"), "compressed answer is damaged", 2),
    "no HTTP": (parts.then(b"SSH-2.0-OpenSSH_9.6\r\n", parts.silence(0)), "broke off the connection", 2),
    "lasting 500": (answer(b"<html><title>Oops &amp; co</title>", status="500 Oops"), "500: Oops & co", 2),
    "not found": (answer(b"nothing here", status="404 Not Found"), "404: nothing here", 1),
    "no content": (answer(status="204 No Content"), "the server answered 204", 1),
    "endless body": (parts.then(HEAD, parts.endless), "larger than 1 MB", 1),
    "announced as too large": (answer(b"", length=10**9), "larger than 1 MB", 1),
    "gzip bomb": (parts.bomb(500), "larger than 1 MB", 1),
    "to and fro": (parts.redirect("/"), "redirected more than 5 times", 6),
    "redirect with an endless body": (
        parts.then(b"HTTP/1.1 302 Found\r\nLocation: /\r\n", parts.endless),
        "redirected more than 5 times",
        6,
    ),
    "redirect to nowhere": (parts.redirect("http://[::1"), "not a web address", 1),
    "redirect to a file": (parts.redirect("file:///etc/passwd"), "only http and https", 1),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_ends_soon_with_one_plain_error(server: Unruly, fault: str) -> None:
    part, words, requests = FAULTS[fault]
    started = time.monotonic()
    with pytest.raises(SourceError, match=words) as caught:
        reading(server, part)
    assert time.monotonic() - started < QUICK.attempts * (QUICK.total_seconds + 0.3)
    assert len(server.asked) == requests
    error = caught.value
    assert (error.source, error.place) == ("Luft in Herne", f"{server.url}/")
    assert error.remedy
    assert "object at 0x" not in str(error)


def test_a_bomb_is_not_unpacked_beyond_the_limit(server: Unruly) -> None:
    tracemalloc.start()
    with pytest.raises(SourceError, match="larger than 1 MB"):
        reading(server, parts.bomb(500))
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 20 * MEGABYTE


@pytest.mark.parametrize(
    "faults",
    [
        [answer(status="500 Oops"), answer(status="503 Busy"), answer(status="502 Bad")],
        [parts.reset(), parts.silence(2), answer(b"[1,", length=9)],
        [parts.then(HEAD + b"Content-Length: 99999\r\n\r\n", parts.drip(b"1"))],
    ],
    ids=["errors", "connection", "drip"],
)
def test_a_fault_that_passes_is_waited_out(server: Unruly, faults: list[Any]) -> None:
    assert reading(server, in_turn(*faults, answer(b"well")), attempts=4) == b"well"
    assert len(server.asked) == len(faults) + 1


@pytest.mark.parametrize(
    ("status", "form"), [("429 Too Many Requests", "seconds"), ("503 Service Unavailable", "date")]
)
def test_a_server_is_left_alone_as_long_as_it_asks(server: Unruly, status: str, form: str) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=2)  # a date has whole seconds
    asked = "1" if form == "seconds" else format_datetime(soon, usegmt=True)
    started = time.monotonic()
    assert reading(server, in_turn(answer(status=status, Retry_After=asked), answer(b"well"))) == b"well"
    assert 0.9 < time.monotonic() - started < 2.5


@pytest.mark.parametrize("asked", ["3600", "Fri, 31 Dec 2100 23:59:59 GMT"])
def test_a_server_that_wants_to_be_left_alone_for_long_is_not_asked_again(server: Unruly, asked: str) -> None:
    with pytest.raises(StatusError, match="wants to be left alone for") as caught:
        reading(server, answer(status="503 Maintenance", Retry_After=asked))
    assert caught.value.status == 503
    assert len(server.asked) == 1


@pytest.mark.parametrize("asked", ["soon", "-1", "9" * 5000, "Fri, 31 Dec 99999999999 23:59:59 GMT", ""])
def test_a_wait_that_makes_no_sense_is_ignored(server: Unruly, asked: str) -> None:
    assert reading(server, in_turn(answer(status="503 Busy", Retry_After=asked), answer(b"well"))) == b"well"


def test_credentials_are_sent_and_never_told(server: Unruly) -> None:
    server.parts["/a"] = in_turn(parts.redirect("/b?api_key=geheim3"), answer(status="404 No"))
    server.parts["/b"] = answer(status="404 No")
    url = server.url.replace("://", "://maria:geheim1@") + "/a?access_token=geheim2&page=3"
    with pytest.raises(SourceError) as caught:
        Http(allow_private=True, limits=QUICK).get(url)
    assert server.asked == ["/a?access_token=geheim2&page=3", "/b?api_key=geheim3"]
    assert "geheim" not in repr(caught.value)
    assert "maria" not in repr(caught.value)
    assert str(caught.value).startswith(f"{server.url}/a?access_token=***&page=3: the server answered 404")


@given(st.text(alphabet="abc:@%.&=~", max_size=20))
def test_whatever_stands_before_the_host_is_left_out(user: str) -> None:
    address = f"https://{user}@www.herne.de/a?b=c@d"
    assert without_credentials(f"See {address}: nothing") == "See https://www.herne.de/a?b=c@d: nothing"
