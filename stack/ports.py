"""Free TCP ports on loopback."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from herne_stack.errors import NoPortError

if TYPE_CHECKING:
    from herne_stack.home import Home

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether a server could listen on 127.0.0.1:port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def next_free(first: int, attempts: int = 100) -> int:
    """The first free port from `first` on."""
    last = min(first + attempts, 65536) - 1
    for port in range(first, last + 1):
        if is_free(port):
            return port
    raise NoPortError(first, last)


def any_free() -> int:
    """A port the operating system considers free."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def remembered(home: Home, service: str) -> int:
    """The port a service of this home had last time if it is still free, else another one; remembered."""
    known: dict[str, int] = home.recall().get("ports", {})
    port = known.get(service)
    if port is None or not is_free(port):
        port = any_free()
        home.remember(ports={**known, service: port})
    return port
