"""What a server answered, and readers that take it whole or say why not.

A reader is given to `Http.read`, which repeats the request if the reader finds the answer cut off.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING, Any

import msgspec
from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.operations.http.failures import FetchError, later

if TYPE_CHECKING:
    from collections.abc import Mapping

_START = 4096  # bytes in which a web page says that it is one
_PAGE = re.compile(rb"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype )?html\b", re.IGNORECASE | re.DOTALL)
_TITLE = re.compile(rb"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_CUT_OFF = "Input data was truncated"  # msgspec's words


@dataclass(frozen=True)
class Answer:
    """The body of an answer and the address it came from after redirects."""

    url: str
    body: bytes
    status: int
    headers: Mapping[str, str]

    @property
    def content_type(self) -> str:
        return self.headers.get("Content-Type", "")


def whole(answer: Answer) -> Answer:
    """The answer as it is, whatever it is."""
    return answer


def data(answer: Answer) -> Answer:
    """The answer, if it is not a web page where data were expected."""
    if _is_page(answer):
        said = _("the server answered with a web page instead of data")
        title = page_title(answer)
        problem = f'{said} ("{title}")' if title else said
        remedy = _("Open the address in a browser: it may have moved, want a login, or be out of service")
        raise FetchError(problem, remedy)
    return answer


def json(answer: Answer) -> Any:
    """The JSON document in the answer."""
    try:
        return msgspec.json.decode(text(data(answer)))
    except msgspec.DecodeError as error:
        if str(error) == _CUT_OFF:
            problem = _("the JSON breaks off after {count} bytes").format(count=len(answer.body))
            raise FetchError(problem, later(), may_pass=True) from error
        problem = _("the answer is not JSON: {detail}").format(detail=error)
        raise FetchError(problem, _("Check the address of the source")) from error


def text(answer: Answer) -> str:
    """The answer as text: UTF-8 (which no other text is by accident), else what the server declares."""
    try:
        return answer.body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        declared, place = _declared(answer), error.start
    try:
        return answer.body.decode(declared)
    except (UnicodeDecodeError, LookupError) as error:
        problem = _("the text is not in the declared character set {charset}; see byte {place}")
        remedy = _("Ask the server's operator to send UTF-8, and to say so")
        raise FetchError(problem.format(charset=declared, place=place), remedy) from error


def page_title(answer: Answer) -> str:
    """The title of a web page; empty if it is none, or has none."""
    found = _TITLE.search(answer.body) if _is_page(answer) else None
    return " ".join(unescape(found[1].decode("utf-8", "replace")).split()) if found else ""


def _is_page(answer: Answer) -> bool:
    return _PAGE.match(answer.body.removeprefix(b"\xef\xbb\xbf")[:_START]) is not None


def _declared(answer: Answer) -> str:
    head = answer.body[:_START].decode("ascii", "replace") if _is_page(answer) else ""
    found = _CHARSET.search(answer.content_type) or _CHARSET.search(head)
    return found[1] if found else "utf-8"
