"""The body of an answer, read no further than a limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.operations.http.failures import FetchError
from ckanext.herne.harvesters.operations.http.options import MEGABYTE

if TYPE_CHECKING:
    import requests

_AT_ONCE = 64 * 1024  # bytes


def body_of(response: requests.Response, limit: int) -> bytes:
    """The unpacked body. Raises FetchError if it is, or came, or is announced, larger than `limit` bytes."""
    announced = response.headers.get("Content-Length", "")
    _check(int(announced) if announced.isdecimal() else 0, limit)
    body = bytearray()
    for chunk in response.iter_content(_AT_ONCE):
        body += chunk
        _check(max(len(body), response.raw.tell()), limit)
    return bytes(body)


def _check(size: int, limit: int) -> None:
    if size > limit:
        option = "ckanext.herne.harvest.body_megabytes"
        problem = _("the answer is larger than {size:g} MB").format(size=limit / MEGABYTE)
        raise FetchError(problem, _("Ask for less at once, or raise {option}").format(option=option))
