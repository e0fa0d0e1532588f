"""A server on loopback that misbehaves: each address of it plays a part, byte by byte, on a real socket.

A part is a function that gets the connection after a request came in; when it returns, the connection is
closed. It knows nothing of CKAN.
"""

from __future__ import annotations

import contextlib
import gzip
import itertools
import socket
import socketserver
import ssl
import struct
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Part = Callable[[socket.socket], None]
    Otherwise = Callable[[str, str], Part]

MEGABYTE = 1024 * 1024


class Unruly:
    """The server: `parts` by path, the paths `asked` for, and how many requests were under way at once.

    `otherwise` gives the part for a path with its query that has none, and the server's address.
    """

    def __init__(self, host: str, port: int, tls: Path | None, otherwise: Otherwise) -> None:
        self.parts: dict[str, Part] = {}
        self._otherwise = otherwise
        self.asked: list[str] = []
        self.most_at_once = 0
        self._now = 0
        self._lock = threading.Lock()
        unruly = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(OSError):  # who asked may have gone
                    connection = _safe(self.request, tls) if tls else self.request
                    if head := _head(connection):
                        unruly._play(head.split(" ")[1], connection)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True
            request_queue_size = 64

        self.server = Server((host, port), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://{host}:{self.port}"

    def _play(self, path: str, connection: socket.socket) -> None:
        with self._lock:
            self.asked.append(path)
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
        try:
            part = self.parts.get(path.partition("?")[0])
            (part or self._otherwise(path, self.url.removeprefix("http://")))(connection)
        finally:
            with self._lock:
                self._now -= 1


@contextlib.contextmanager
def unruly(
    host: str = "127.0.0.1", port: int = 0, tls: Path | None = None, otherwise: Otherwise | None = None
) -> Iterator[Unruly]:
    """The server, while the block lasts; `tls` is a folder with key.pem and certificate.pem."""
    server = Unruly(host, port, tls, otherwise or _unknown)
    threading.Thread(target=server.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield server
    finally:
        server.server.shutdown()
        server.server.server_close()


def _unknown(path: str, _host: str) -> Part:
    raise KeyError(path)


def _safe(connection: socket.socket, tls: Path) -> socket.socket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls / "certificate.pem", tls / "key.pem")
    return context.wrap_socket(connection, server_side=True)


def _head(connection: socket.socket) -> str:
    """The request line and headers; empty if the client went away."""
    head = b""
    while b"\r\n\r\n" not in head:
        received = connection.recv(65536)
        if not received:
            return ""
        head += received
    return head.decode("latin-1")


def answer(
    body: bytes = b"",
    kind: str = "text/plain",
    status: str = "200 OK",
    length: int | None = None,
    **headers: str,
) -> Part:
    """Answers and closes. `length` announces another length than the body has; `Retry_After` is a header."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if length != -1:
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    content = "\r\n".join([*lines, "", ""]).encode() + body
    return lambda connection: connection.sendall(content)


def redirect(location: str) -> Part:
    """Sends the client elsewhere."""
    return answer(status="302 Found", Location=location)


def in_turn(*parts: Part) -> Part:
    """Plays another part at each request, the last one for ever."""
    following = itertools.chain(parts[:-1], itertools.repeat(parts[-1]))
    return lambda connection: next(following)(connection)


def silence(seconds: float) -> Part:
    """Says nothing for a while, and then goes."""
    return lambda _connection: time.sleep(seconds)


def slow(seconds: float, part: Part) -> Part:
    """Thinks before it plays another part."""

    def play(connection: socket.socket) -> None:
        time.sleep(seconds)
        part(connection)

    return play


def reset(after: bytes = b"") -> Part:
    """Breaks the connection off (RST), after some bytes."""

    def play(connection: socket.socket) -> None:
        connection.sendall(after)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    return play


def drip(content: bytes, pause: float = 0.02) -> Part:
    """Sends `content` again and again, byte by byte: no read of the client ever waits long, and none ends."""

    def play(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in itertools.cycle(content):
            connection.sendall(bytes([byte]))
            time.sleep(pause)

    return play


def then(first: bytes, part: Part) -> Part:
    """Sends some bytes and goes on with another part."""

    def play(connection: socket.socket) -> None:
        connection.sendall(first)
        part(connection)

    return play


def endless(connection: socket.socket) -> None:
    """The last header and a body without an end, as fast as it is taken; `then` sends what comes before."""
    connection.sendall(b"Transfer-Encoding: chunked\r\n\r\n")
    while True:
        connection.sendall(b"10000\r\n" + b"0" * 65536 + b"\r\n")


def bomb(megabytes: int) -> Part:
    """A small answer that unpacks to a large one."""
    packed = gzip.compress(b"0" * MEGABYTE) * megabytes  # several members are one file (RFC 1952, 2.2)
    return answer(packed, "application/json", Content_Encoding="gzip")
