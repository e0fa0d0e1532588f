"""How many values a server says it has, to check what came; asked once for all stations of a type.

A count is a check and nothing else: where a server gives none, its protocol finds another proof.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ckanext.herne.harvesters.operations.http import StatusError
from ckanext.herne.harvesters.sensors.protocols.platform import IncompleteError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from ckanext.herne.harvesters.sensors.protocols.platform import Stream

    Ask = Callable[[Stream, datetime, datetime], Mapping[str, int]]
    """The counts of a window by stream, for all streams of that type and attribute that the server names."""


class Totals:
    """The counts a server gave in one run."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._known: dict[tuple[str, str | None, datetime, datetime], Mapping[str, int]] = {}
        self._are_given = True

    def of(self, stream: Stream, start: datetime, end: datetime) -> int | None:
        """The values of a stream in a window; None if the server does not say."""
        if not self._are_given:
            return None
        key = (stream.kind, stream.says, start, end)
        if key not in self._known:
            try:
                self._known[key] = self._ask(stream, start, end)
            except (StatusError, IncompleteError):
                # many servers cannot count, and refuse in their own way each
                self._are_given = False
                return None
        return self._known[key].get(stream.id)
