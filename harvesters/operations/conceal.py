"""Keeps secrets that this process has read out of texts: error messages, reports, logs.

`operations.secrets` and `operations.auth` say what is to be kept out; servers may echo it, and libraries may
put it into exceptions.
"""

from __future__ import annotations

import base64
import json
import logging
from typing import Any
from urllib.parse import quote, quote_plus

HIDDEN = "•••"
RECOGNISED = 8  # characters
SHORTEST = 4  # characters; less occurs by accident in every text
_LINES = logging.Formatter()
_known: set[str] = set()


def remember(value: str) -> None:
    """From now on `value` is left out of what `concealed` returns, and out of the logs, unless it is too
    short for a secret."""
    if len(value) < SHORTEST:
        return
    if not _known:
        _watch_logs()
    encoded = base64.b64encode(value.encode()).decode()
    _known.update({value, quote(value, safe=""), quote_plus(value), json.dumps(value)[1:-1], encoded})


def concealed(text: str) -> str:
    """The text without the secrets that this process knows, however they are written.

    Of a secret that was cut off, as texts of servers are, what is left of it goes, too.
    """
    for value in sorted(_known, key=len, reverse=True):
        text = text.replace(value, HIDDEN)
    for head in {value[:RECOGNISED] for value in _known}:
        text = _without_beginnings(text, head)
    return text


def _without_beginnings(text: str, head: str) -> str:
    """The text without what begins like a secret for so long that it is no accident."""
    tails = [value.removeprefix(head) for value in _known if value.startswith(head)]
    first, *others = text.split(head)
    return HIDDEN.join([first, *(other[max(_common(other, tail) for tail in tails) :] for other in others)])


def _common(one: str, other: str) -> int:
    """The number of characters with which both begin."""
    differing = (index for index, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1])
    return next(differing, min(len(one), len(other)))


def _watch_logs() -> None:
    """Conceal in every log record of this process, whichever library writes it."""
    make = logging.getLogRecordFactory()

    def record(*args: Any, **kwargs: Any) -> logging.LogRecord:
        return _without_secrets(make(*args, **kwargs))

    logging.setLogRecordFactory(record)


def _without_secrets(record: logging.LogRecord) -> logging.LogRecord:
    """The record as it came, unless it holds a secret; then with a finished text instead of its parts."""
    try:
        text = record.getMessage()
    except (TypeError, ValueError, KeyError):  # arguments that do not fit: whoever logs is told by logging
        text = f"{record.msg} {record.args}"
    if (clean := concealed(text)) != text:
        record.msg, record.args = clean, None
    trace = _LINES.formatException(record.exc_info) if record.exc_info else ""
    if (clean := concealed(trace)) != trace:
        record.exc_text, record.exc_info = clean, None
    return record
