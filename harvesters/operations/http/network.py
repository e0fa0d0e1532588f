"""The way out: which addresses may be reached, and for how long.

A name is looked up once; every address it leads to is checked; the connection goes to exactly these. A
spelling (decimal, octal, mapped), a redirect or a changed name resolution therefore cannot lead it astray.
Names and certificates are checked as always: TLS still knows the host by its name.
"""

from __future__ import annotations

import contextlib
import ipaddress
import math
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import requests
from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.operations.http.failures import FetchError, later
from requests.adapters import HTTPAdapter
from urllib3 import PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.connection import create_connection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from urllib3 import HTTPConnectionPool, HTTPResponse

UNSAID = 60  # seconds to connect, where the caller of a session names no limit
_GLOBAL = ipaddress.ip_network("2000::/3")
_CARRYING = ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("::/96")


def is_public(address: str) -> bool:
    """Whether an IP address is reachable for everybody: not private, loopback, link-local or reserved."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        ip = _carried(ip) or ip
    return ip.is_global and not ip.is_multicast and (ip.version == 4 or ip in _GLOBAL)


def _carried(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for (RFC 4291, 3056, 6052)."""
    if any(ip in network for network in _CARRYING):
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour


def everywhere(_address: str) -> bool:
    """For those who may reach what the server can reach."""
    return True


class Network:
    """Connections of one run, in one thread. `allowed` judges IP addresses, `lookup` is getaddrinfo."""

    def __init__(
        self, allowed: Callable[[str], bool] = is_public, lookup: Callable[..., Any] = socket.getaddrinfo
    ) -> None:
        self._allowed = allowed
        self._lookup = lookup
        self._end = math.inf
        self._watched: socket.socket | None = None

    @contextlib.contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Cuts the connection in use when the time is up, whatever comes over it; `overdue` tells it."""
        self._watched, self._end = None, time.monotonic() + seconds
        timer = threading.Timer(max(seconds, 0), self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            self._end = math.inf

    @property
    def overdue(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() >= self._end

    def connect(self, host: str, port: int, seconds: float | None, options: Any) -> socket.socket:
        """A connection to `host`. Raises FetchError if nothing answers, or an address may not be reached."""
        for address in self._addresses(host, port):
            patience = min(seconds or UNSAID, self._end - time.monotonic())
            if patience <= 0:
                raise TimeoutError
            with contextlib.suppress(OSError):
                return create_connection((address, port), patience, socket_options=options)
        problem = _("nothing answers at {host}, port {port}").format(host=host, port=port)
        raise FetchError(problem, _("Check the address; perhaps the server is down"), may_pass=True)

    def watch(self, used: socket.socket) -> None:
        """From now on the server has the word on this connection."""
        self._watched = used
        if self.overdue:
            self._cut()

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            found = self._lookup(host, port, type=socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError) as error:
            is_passing = isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN
            problem = _("no address is known for {host}").format(host=host)
            raise FetchError(
                problem, later() if is_passing else _("Correct the address"), is_passing
            ) from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        for address in addresses:
            if not self._allowed(address):
                raise _refused(host, address)
        return addresses

    def _cut(self) -> None:
        if self._watched is not None:
            # the plain socket below TLS, without its farewell; it may have been closed this moment
            with contextlib.suppress(OSError):
                socket.socket.shutdown(self._watched, socket.SHUT_RDWR)


def _refused(host: str, address: str) -> FetchError:
    problem = _("{host} is at {address}, which is not a public address").format(host=host, address=address)
    remedy = _("The operator may allow it with {option} = true")
    return FetchError(problem, remedy.format(option="ckanext.herne.harvest.allow_private_addresses"))


class _Connection(HTTPConnection):
    def __init__(self, *args: Any, network: Network, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.network = network

    def _new_conn(self) -> socket.socket:
        return self.network.connect(self.host.strip("[]"), self.port, self.timeout, self.socket_options)

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as in urllib3
        self.network.watch(self.sock)
        return super().getresponse()


class _SafeConnection(_Connection, HTTPSConnection):
    """The same below TLS."""


class _Pools(PoolManager):
    def __init__(self, network: Network, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.network = network

    def _new_pool(self, scheme: str, *args: Any, **kwargs: Any) -> HTTPConnectionPool:
        pool = super()._new_pool(scheme, *args, **kwargs)
        pool.ConnectionCls = _SafeConnection if scheme == "https" else _Connection
        pool.conn_kw["network"] = self.network
        return pool


class Transport(HTTPAdapter):
    """How `requests` reaches a `Network`."""

    def __init__(self, network: Network) -> None:
        self.network = network
        super().__init__()

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:
        self.poolmanager = _Pools(self.network, num_pools=connections, maxsize=maxsize, block=block, **kwargs)


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """Nowhere: requests would read the answer, however large, even if it is told not to follow."""


def session(network: Network) -> requests.Session:
    """A session of `requests` that reaches what `network` allows, and nothing else; follows no redirect."""
    made = _Session()
    # no proxies, credentials or certificates from the environment of whoever started the worker
    made.trust_env = False
    made.headers["User-Agent"] = "ckanext-herne"
    for scheme in ("http://", "https://"):
        made.mount(scheme, Transport(network))
    return made
