"""The files of a theme on a server: which there are, and which have changed since they were last read."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urljoin, urlsplit

import msgspec
from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.operations.errors import SourceError
from ckanext.herne.harvesters.operations.http import answers
from ckanext.herne.harvesters.operations.http.client import StatusError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ckanext.herne.harvesters.operations.http import Answer, Http

_NOT_MODIFIED = 304
_BOOKS = (b"PK", b"\xd0\xcf\x11\xe0")
_CONDITIONS = {"etag": "If-None-Match", "modified": "If-Modified-Since"}


class Known(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is remembered of a file that was read: what the server said of it, and its SHA-256."""

    hash: str
    etag: str = ""
    modified: str = ""


@dataclass(frozen=True)
class Listing:
    """The workbooks of a theme by their addresses, or the one report at the source's address."""

    books: tuple[str, ...]
    report: str = ""


def listing(http: Http, url: str, pattern: str) -> Listing:
    """What stands at a source's address: index page, one workbook, or a report's data. Raises SourceError."""
    answer, page = http.read(url, _entry)
    if not page:
        return Listing((answer.url,))
    if page.lstrip("\ufeff \n\r\t").startswith("<"):
        links = linked(answer.url, page, pattern)
        if not links:
            problem = _("no link to a workbook named like '{pattern}'").format(pattern=pattern)
            remedy = _("Check the address, or the theme's pattern for files")
            raise SourceError(url, _("index page"), problem, remedy)
        return Listing(tuple(links))
    return Listing((), answer.url)


def _entry(answer: Answer) -> tuple[Answer, str]:
    """What stands at the source's address, and its text; a workbook has none."""
    return answer, "" if answer.body.startswith(_BOOKS) else answers.text(answer)


def linked(url: str, page: str, pattern: str) -> list[str]:
    """The absolute addresses of the links whose file name matches, each once, in order."""
    collector = _Links()
    collector.feed(page)
    found = [urljoin(url, link) for link in collector.links]
    named = [link for link in found if re.fullmatch(pattern, unquote(urlsplit(link).path.rpartition("/")[2]))]
    return list(dict.fromkeys(named))


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.links += [value for name, value in attrs if name == "href" and value]


def news(http: Http, urls: tuple[str, ...], memory: Mapping[str, Any]) -> tuple[list[str], dict[str, Any]]:
    """Which files are new or have changed, and what to remember of all. Raises SourceError."""
    changed = []
    remembered: dict[str, Any] = {}
    for url in urls:
        known = msgspec.convert(memory[url], Known) if url in memory else None
        found = _state(http, url, known)
        remembered[url] = msgspec.to_builtins(found)
        if known is None or known.hash != found.hash:
            changed.append(url)
    return changed, remembered


def _state(http: Http, url: str, known: Known | None) -> Known:
    """What can be said of a file now; a server that knows ETag or date need not send it again."""
    conditions = {
        header: getattr(known, name) for name, header in _CONDITIONS.items() if known and getattr(known, name)
    }
    http.session.headers.update(conditions)
    try:
        return _known(http.read(url, answers.data))
    except StatusError as error:
        if error.status == _NOT_MODIFIED and known is not None:
            return known
        raise
    finally:
        for header in conditions:
            http.session.headers.pop(header)


def _known(answer: Answer) -> Known:
    headers = answer.headers
    digest = hashlib.sha256(answer.body).hexdigest()
    return Known(digest, headers.get("ETag", ""), headers.get("Last-Modified", ""))
