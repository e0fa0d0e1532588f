"""The files of a theme on a server: which there are. What has changed of them is told by `watch`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit

from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.operations.errors import SourceError
from ckanext.herne.harvesters.operations.http import answers

if TYPE_CHECKING:
    from ckanext.herne.harvesters.operations.http import Answer, Http

_BOOKS = (b"PK", b"\xd0\xcf\x11\xe0")


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


def is_workbook(content: bytes) -> bool:
    """Whether a file is one (a zip archive, an OLE file), and no text."""
    return content.startswith(_BOOKS)


def _entry(answer: Answer) -> tuple[Answer, str]:
    """What stands at the source's address, and its text; a workbook has none."""
    return answer, "" if is_workbook(answer.body) else answers.text(answer)


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
