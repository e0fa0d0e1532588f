"""Which servers are reached: by whatever name, spelling, redirect or proxy, public ones alone."""

from __future__ import annotations

import socket
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from ckanext.herne.harvesters.operations.errors import SourceError
from ckanext.herne.harvesters.operations.http import Http, Limits
from ckanext.herne.harvesters.operations.http.network import Network, everywhere, is_public
from herne_testing.unruly import Unruly, answer, redirect, slow, unruly
from hypothesis import given
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ONCE = Limits(connect_seconds=0.5, read_seconds=1, total_seconds=2, attempts=1)
INNER, OUTER = "127.0.0.1", "127.0.0.2"
"""Two addresses of this machine; for some tests the second one plays the public network."""


@pytest.fixture
def server() -> Iterator[Unruly]:
    with unruly() as made:
        made.parts["/"] = answer(b"secret")
        yield made


@pytest.fixture
def outer(server: Unruly) -> Iterator[Unruly]:
    """A server at the same port of the address that plays the public network."""
    with unruly(OUTER, server.port) as made:
        made.parts["/"] = answer(b"public")
        yield made


class Names:
    """Name resolution that gives another address each time; `asked` counts."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = list(addresses)
        self.asked = 0

    def __call__(self, _host: str, port: int, **_hints: Any) -> list[Any]:
        self.asked += 1
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (self.addresses.pop(0), port))]


def reaching(allowed: Callable[[str], bool], names: Names) -> Http:
    return Http(limits=ONCE, network=Network(allowed, names))


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
        ("255.255.255.255", False),
        ("224.0.0.1", False),
        ("::", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fec0::1", False),
        ("fd00::1", False),
        ("ff02::1", False),
        ("2001:db8::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("::127.0.0.1", False),
        ("2002:7f00:1::", False),
        ("64:ff9b::10.0.0.1", False),
        ("64:ff9b:1::8.8.8.8", False),
        ("8.8.8.8", True),
        ("2606:4700:4700::1111", True),
    ],
)
def test_only_public_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


@given(st.ip_addresses(network="10.0.0.0/8") | st.ip_addresses(network="127.0.0.0/8"))
def test_no_ipv6_address_hides_a_private_one(hidden: Any) -> None:
    for form in (
        f"::ffff:{hidden}",
        f"64:ff9b::{hidden}",
        f"::{hidden}",
        f"2002:{hidden.packed.hex(':', 2)}::1",
    ):
        assert not is_public(form)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0",
        "localhost",
        "localhost.",
        "LOCALHOST",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "user:password@127.0.0.1",
        "www.herne.de@127.0.0.1",
    ],
)
def test_a_loopback_server_is_refused_however_it_is_spelled(server: Unruly, host: str) -> None:
    with pytest.raises(SourceError, match=r"not a public address.*allow_private_addresses = true"):
        Http(limits=ONCE).get(f"http://{host}:{server.port}/")
    assert server.asked == []


def test_a_refused_server_is_not_even_connected_to() -> None:
    with socket.create_server((INNER, 0)) as listener:
        with pytest.raises(SourceError, match="not a public address"):
            Http(limits=ONCE).get(f"http://{INNER}:{listener.getsockname()[1]}/")
        listener.settimeout(0.1)
        with pytest.raises(TimeoutError):
            listener.accept()


def test_a_redirect_to_a_private_address_is_refused(server: Unruly, outer: Unruly) -> None:
    outer.parts["/"] = redirect(f"{server.url}/")
    http = Http(limits=ONCE, network=Network(OUTER.__eq__))
    with pytest.raises(SourceError, match=r"127\.0\.0\.1 is at 127\.0\.0\.1, which is not a public address"):
        http.get(f"{outer.url}/")
    assert (outer.asked, server.asked) == (["/"], [])


def test_a_name_is_looked_up_once_and_the_checked_address_is_used(server: Unruly, outer: Unruly) -> None:
    """The classic: public while it is checked, private when the connection is made."""
    names = Names(OUTER, INNER)
    http = reaching(OUTER.__eq__, names)
    url = f"http://sensoren.example:{server.port}/"
    assert http.get(url).body == b"public"
    assert names.asked == 1
    with pytest.raises(SourceError, match=r"sensoren\.example is at 127\.0\.0\.1, which is not"):
        http.get(url)
    assert (names.asked, server.asked) == (2, [])


def test_a_name_with_one_private_address_among_others_is_refused(server: Unruly, outer: Unruly) -> None:
    names = Names(OUTER, INNER)
    http = Http(
        limits=ONCE,
        network=Network(OUTER.__eq__, lambda host, port, **hints: names(host, port) + names(host, port)),
    )
    with pytest.raises(SourceError, match="not a public address"):
        http.get(f"http://sensoren.example:{server.port}/")
    assert (outer.asked, server.asked) == ([], [])


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "all_proxy"])
def test_a_proxy_from_the_environment_changes_nothing(
    server: Unruly, outer: Unruly, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, server.url)
    assert Http(allow_private=True, limits=ONCE).get(f"{outer.url}/").body == b"public"
    with pytest.raises(SourceError, match="not a public address"):
        Http(limits=ONCE).get(f"{outer.url}/")
    assert server.asked == []


def test_redirects_are_followed_to_where_they_end(server: Unruly) -> None:
    server.parts |= {"/a": redirect("b"), "/b": redirect(f"{server.url}/c"), "/c": answer(b"there")}
    found = Http(allow_private=True, limits=ONCE).get(f"{server.url}/a")
    assert (found.body, found.url) == (b"there", f"{server.url}/c")


def test_the_time_limit_holds_for_all_redirects_together(server: Unruly) -> None:
    server.parts["/"] = slow(0.3, redirect("/"))
    with pytest.raises(SourceError, match="not complete after 1 s"):
        Http(allow_private=True, limits=Limits(total_seconds=1, attempts=1)).get(f"{server.url}/")
    assert len(server.asked) == 4


def test_a_host_that_is_gone_is_told(server: Unruly) -> None:
    with socket.create_server((INNER, 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(SourceError, match=f"nothing answers at 127.0.0.1, port {port}"):
        Http(allow_private=True, limits=ONCE).get(f"http://{INNER}:{port}/")


@pytest.mark.parametrize("failure", [socket.gaierror(socket.EAI_NONAME, "none"), UnicodeError("label")])
def test_an_unknown_name_is_told(failure: Exception) -> None:
    def lookup(*_args: Any, **_hints: Any) -> Any:
        raise failure

    with pytest.raises(SourceError, match=r"no address is known for gibt-es-nicht\.example"):
        Http(network=Network(lookup=lookup)).get("http://gibt-es-nicht.example/")


@pytest.mark.parametrize(
    "url",
    ["", "www.herne.de", "ftp://herne.de/", "http://", "http://[::1", "http://a b/", "http://x:99999999/"],
)
def test_what_is_no_web_address_is_told(url: str) -> None:
    with pytest.raises(SourceError, match="Correct the address"):
        Http(limits=ONCE).get(url)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate of sensoren.example, in one file."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=sensoren.example", "-addext", "subjectAltName=DNS:sensoren.example"),
            *("-keyout", folder / "key.pem", "-out", folder / "certificate.pem"),
        ],
        check=True,
        capture_output=True,
    )
    return folder


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("sensoren.example", ""),
        ("anderer.example", "Hostname mismatch"),
        ("127.0.0.1", "IP address mismatch"),
    ],
)
def test_tls_checks_the_name_though_the_address_is_pinned(certificate: Path, name: str, words: str) -> None:
    with unruly(tls=certificate) as server:
        server.parts["/"] = answer(b"safe")
        http = reaching(everywhere, Names(INNER))
        http.session.verify = str(certificate / "certificate.pem")
        url = f"https://{name}:{server.port}/"
        if not words:
            assert http.get(url).body == b"safe"
            return
        with pytest.raises(SourceError, match=f"certificate is not valid: {words}"):
            http.get(url)
        assert server.asked == []


def test_an_unknown_authority_is_refused(certificate: Path) -> None:
    with unruly(tls=certificate) as server:
        http = reaching(everywhere, Names(INNER))
        with pytest.raises(SourceError, match="certificate is not valid: self-signed"):
            http.get(f"https://sensoren.example:{server.port}/")
        assert server.asked == []
