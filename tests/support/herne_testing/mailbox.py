"""A mail server of RFC 5321's minimum that keeps what it gets, and the fixture that has CKAN use it."""

from __future__ import annotations

import email
import email.policy
import socketserver
import threading
from typing import TYPE_CHECKING

import pytest
from ckan.common import config

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage


class Mailbox(socketserver.ThreadingTCPServer):
    """A mail server of RFC 5321's minimum that keeps what it gets."""

    allow_reuse_address, daemon_threads = True, True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.mails: list[tuple[str, EmailMessage]] = []

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class Conversation(socketserver.StreamRequestHandler):
    server: Mailbox

    def handle(self) -> None:
        self.say("220 hier")
        recipient = ""
        for line in self.rfile:
            command = line.decode().strip()
            if command.upper().startswith("RCPT TO:"):
                recipient = command[8:].strip("<> ")
            if command.upper() == "DATA":
                self.say("354 weiter")
                self.server.mails.append((recipient, self.read()))
            if command.upper() == "QUIT":
                self.say("221 bis bald")
                return
            self.say("250 gut")

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def read(self) -> EmailMessage:
        lines = iter(self.rfile.readline, b".\r\n")
        return email.message_from_bytes(b"".join(lines), policy=email.policy.default)


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """A mail server that CKAN is told to use."""
    with Mailbox() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for option, value in (("server", server.address), ("mail_from", "portal@example.org")):
            monkeypatch.setitem(config, f"smtp.{option}", value)
            monkeypatch.setenv(f"CKAN_SMTP_{option.upper()}", value)  # for the worker, which loads anew
        yield server
        server.shutdown()
