"""Ports: free ones, remembered as long as they stay free."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from herne_stack import ports
from herne_stack.errors import NoPortError
from herne_stack.home import Home

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def occupied() -> Iterator[int]:
    with socket.socket() as server:
        server.bind((ports.LOOPBACK, 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_busy_port_is_skipped() -> None:
    with occupied() as port:
        assert not ports.is_free(port)
        assert ports.next_free(port) > port
        with pytest.raises(NoPortError):
            ports.next_free(port, attempts=1)


def test_a_port_is_remembered_until_somebody_takes_it(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.create()
    first = ports.remembered(home, "solr")
    assert ports.remembered(home, "solr") == first
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((ports.LOOPBACK, first))
        server.listen()
        second = ports.remembered(home, "solr")
    assert second != first
    assert home.recall()["ports"]["solr"] == second
