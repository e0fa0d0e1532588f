"""Which files have changed since they were last read: by ETag, Last-Modified, or their SHA-256."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec
from ckanext.herne.harvesters.operations.http import answers
from ckanext.herne.harvesters.operations.http.client import StatusError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ckanext.herne.harvesters.operations.http import Answer, Http

_NOT_MODIFIED = 304
_CONDITIONS = {"etag": "If-None-Match", "modified": "If-Modified-Since"}


class Known(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is remembered of a file: what the server said of it, its SHA-256, and the files it is one with."""

    hash: str
    etag: str = ""
    modified: str = ""
    parts: tuple[str, ...] = ()


def news(
    http: Http,
    urls: Iterable[str],
    memory: Mapping[str, Any],
    parts: Callable[[str, bytes], Iterable[str]] = lambda _url, _body: (),
) -> tuple[set[str], dict[str, Any]]:
    """Which files are new or have changed, and what to remember of all. Raises SourceError.

    `parts` gives the addresses of the files that a file of this address and content is one with: it has
    changed where one of them has.
    """
    changed: set[str] = set()
    remembered: dict[str, Any] = {}
    for url in urls:
        is_new, found = _look(http, url, memory, parts)
        remembered[url] = msgspec.to_builtins(found)
        for part in found.parts:
            part_is_new, of_part = _look(http, part, memory)
            remembered[part] = msgspec.to_builtins(of_part)
            is_new |= part_is_new
        changed |= {url} if is_new else set()
    return changed, remembered


def _look(
    http: Http,
    url: str,
    memory: Mapping[str, Any],
    parts: Callable[[str, bytes], Iterable[str]] = lambda _url, _body: (),
) -> tuple[bool, Known]:
    """Whether a file has changed, and what is to be remembered of it."""
    known = msgspec.convert(memory[url], Known) if url in memory else None
    answer = _asked(http, url, known)
    if answer is None:
        return False, known or Known("")
    found = _known(answer)
    if known is not None and known.hash == found.hash:
        return False, msgspec.structs.replace(found, parts=known.parts)
    return True, msgspec.structs.replace(found, parts=tuple(parts(url, answer.body)))


def _asked(http: Http, url: str, known: Known | None) -> Answer | None:
    """The file, or None where the server knows it by ETag or date and need not send it again."""
    conditions = {
        header: getattr(known, name) for name, header in _CONDITIONS.items() if known and getattr(known, name)
    }
    http.session.headers.update(conditions)
    try:
        return http.read(url, answers.data)
    except StatusError as error:
        if error.status == _NOT_MODIFIED and known is not None:
            return None
        raise
    finally:
        for header in conditions:
            http.session.headers.pop(header)


def _known(answer: Answer) -> Known:
    headers = answer.headers
    digest = hashlib.sha256(answer.body).hexdigest()
    return Known(digest, headers.get("ETag", ""), headers.get("Last-Modified", ""))
