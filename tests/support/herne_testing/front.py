"""A working source behind a server that misbehaves: what the source answers may be bent on the way.

The source is an application (WSGI); it says what is new from version to version, as the test wants.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from werkzeug.test import Client

from herne_testing.unruly import answer, unruly

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from herne_testing.unruly import Part

    Bend = Callable[[bytes, str], Part]


class Front:
    """Asks the source for what is asked of it. `bend` makes a part of its body and its kind, at `where`."""

    def __init__(self, app: Any) -> None:
        self._client = Client(app)
        self.where, self.url = "", ""
        self.bend: Bend | None = None

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """The server at `url`, while the block lasts."""
        with unruly(otherwise=self._play) as server:
            self.url = server.url
            yield

    def behave(self) -> None:
        self.bend = None

    def misbehave(self, where: str, bend: Bend) -> None:
        """From now on answers at addresses with `where` in them are bent."""
        self.where, self.bend = where, bend

    def _play(self, path: str, host: str) -> Part:
        response = self._client.get(path, base_url=f"http://{host}")
        kind = response.headers["Content-Type"]
        if self.bend is None or self.where not in path:
            return answer(response.data, kind, response.status)
        return self.bend(response.data, kind)


def for_a_while(times: int, part: Part) -> Bend:
    """Plays a part so many times, and then behaves."""
    left = [part] * times

    def bend(body: bytes, kind: str) -> Part:
        return left.pop() if left else answer(body, kind)

    return bend


def always(part: Part) -> Bend:
    """Plays a part whatever the source says."""
    return lambda _body, _kind: part
