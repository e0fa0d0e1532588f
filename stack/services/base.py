"""What the supervisor knows of a service."""

from __future__ import annotations

import http.client
import os
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from herne_stack.ports import LOOPBACK

if TYPE_CHECKING:
    from herne_stack.process import Command

HTTP_SECONDS = 5
KEPT_VARIABLES = ("PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "LD_LIBRARY_PATH", "XDG_CACHE_HOME")
PROXY_VARIABLES = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


class Service(ABC):
    """One process of the stack. `url` is shown to people and must not hold a secret."""

    name: str
    startup_seconds: float = 60
    wave: int = 0  # 0: a server, stopped last; 1: what needs the servers

    @property
    def url(self) -> str | None:
        return None

    def prepare(self) -> None:
        """Write what the process needs before it starts. Repeatable; must keep the data."""
        return

    @abstractmethod
    def command(self) -> Command:
        """What to run."""

    def ready(self) -> bool:
        """Whether it answers; a process without a socket is ready as soon as it lives."""
        return True


def child_environ(**more: str) -> dict[str, str]:
    """The environment of a child: nothing of the caller's CKAN_* or HERNE_* settings leaks in."""
    kept = {name: os.environ[name] for name in KEPT_VARIABLES + PROXY_VARIABLES if name in os.environ}
    return kept | {"LANG": "C.UTF-8", "TZ": "UTC"} | more


def answers(port: int, path: str, host: str | None = None) -> bool:
    """Whether GET http://127.0.0.1:port/path gives 200."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=HTTP_SECONDS)
    try:
        connection.request("GET", path, headers={"Host": host} if host else {})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
