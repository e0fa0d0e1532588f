"""The portal's action API over loopback, for the few calls that the stack itself makes."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from herne_stack.errors import StackError
from herne_stack.ports import LOOPBACK

TIMEOUT_SECONDS = 120


class ActionError(StackError):
    """CKAN refused a call; `status` is the HTTP status and `detail` CKAN's error."""

    def __init__(self, action: str, status: int, detail: str) -> None:
        super().__init__(
            f"The portal refused {action} (HTTP {status}): {detail}",
            f"/api/3/action/{action}",
            "Read `herne-stack logs web`.",
        )
        self.status = status


class Api:
    """Calls as the owner of a token. `site_url` only decides the Host header."""

    def __init__(self, port: int, site_url: str, token: str) -> None:
        self._port = port
        self._headers = {
            "Host": urlsplit(site_url).netloc,
            "Authorization": token,
            "Content-Type": "application/json",
        }

    def call(self, action: str, **parameters: Any) -> Any:
        """The action's result. Raises ActionError."""
        connection = http.client.HTTPConnection(LOOPBACK, self._port, timeout=TIMEOUT_SECONDS)
        try:
            connection.request("POST", f"/api/3/action/{action}", json.dumps(parameters), self._headers)
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        try:
            answer = json.loads(body)
        except ValueError:
            raise ActionError(action, response.status, body[:200].decode(errors="replace")) from None
        if not answer.get("success"):
            raise ActionError(action, response.status, json.dumps(answer.get("error"), ensure_ascii=False))
        return answer["result"]
