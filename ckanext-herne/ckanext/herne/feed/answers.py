"""How the feed speaks HTTP: answers that are conditional, packed, or refuse with a line of plain text.

It knows requests and responses; what stands in them is left to `views` and `pages`.
"""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta

import ckan.plugins.toolkit as tk
from ckanext.herne.feed.errors import GoneError, UnavailableError
from ckanext.herne.feed.syntaxes import ENDINGS
from flask import Response, request
from sqlalchemy.exc import OperationalError
from werkzeug.http import is_resource_modified

HTML = "text/html"
ENDING_OF = {syntax.media_type: ending for ending, syntax in reversed(ENDINGS.items())}
GZIP_LEVEL = 1  # each answer is packed anew
RETRY_AFTER = 120  # seconds
# What the database says when it has gone is no news for a harvester.
STATUS: dict[type[Exception], int] = {
    GoneError: 410,
    UnavailableError: 503,
    OperationalError: 503,
    tk.ValidationError: 400,
    tk.ObjectNotFound: 404,
    tk.NotAuthorized: 403,
}


def known(tag: str, modified: datetime | None) -> Response | None:
    """The answer to a client that has this state already; None if it has not, or did not say."""
    modified = _told(modified)
    if is_resource_modified(request.environ, etag=_etag(tag), last_modified=modified):
        return None
    return _headed(Response(status=304), tag, modified)


def sent(text: str, media_type: str, tag: str, modified: datetime | None = None) -> Response:
    """The text, packed if the client can unpack it."""
    data = text.encode()
    response = Response(content_type=f"{media_type}; charset=utf-8")
    if _is_packed():
        data = gzip.compress(data, GZIP_LEVEL, mtime=0)
        response.content_encoding = "gzip"
    response.set_data(data)
    return _headed(response, tag, _told(modified))


def refused(error: Exception) -> Response:
    """A line that says what is wrong and what to do, with the status that fits."""
    status = next(code for kind, code in STATUS.items() if isinstance(error, kind))
    response = Response(f"{_message(error)}\n", status, content_type="text/plain; charset=utf-8")
    if status == STATUS[UnavailableError]:
        response.headers["Retry-After"] = RETRY_AFTER
    return response


def preferred_ending(*, otherwise: str) -> str:
    """The ending of the syntax that the client likes best; "" if it likes a page for people better.

    `otherwise` is what a client gets that likes all the same: an ending, or "".
    """
    first = ENDINGS[otherwise].media_type if otherwise else HTML
    best = request.accept_mimetypes.best_match([first, HTML, *ENDING_OF], default=first)
    return ENDING_OF.get(best, "")


def _headed(response: Response, tag: str, modified: datetime | None) -> Response:
    response.set_etag(_etag(tag))
    if modified:  # or werkzeug would tell the present time
        response.last_modified = modified
    response.vary.add("Accept-Encoding")
    return response


def _etag(tag: str) -> str:
    """The tag for this very sequence of bytes: packed, it is another."""
    return f"{tag}-gzip" if _is_packed() else tag


def _is_packed() -> bool:
    return bool(request.accept_encodings.quality("gzip"))


def _told(modified: datetime | None) -> datetime | None:
    """The time that may be told as Last-Modified: a second change in the same second would not show in it."""
    is_settled = modified is not None and datetime.now(UTC) - modified > timedelta(seconds=1)
    return modified if is_settled else None


def _message(error: Exception) -> str:
    if isinstance(error, tk.ValidationError):
        return " ".join(str(message) for messages in error.error_dict.values() for message in messages)
    if isinstance(error, OperationalError):
        return str(tk._("The database does not answer. Please try again in some minutes."))
    return str(error) or str(tk._("There is nothing here, or nothing that you may see."))
