"""The text of a data.js as JSON: what programs write around and into it that JSON does not know. Pure."""

from __future__ import annotations

import re

_AROUND = re.compile(r"(?:(?:var|let|const)\s+)?[\w.$\[\]'\"]+\s*=(?!=)\s*(.*?);?\s*", re.DOTALL)
_TEXT = r'"(?:[^"\\]|\\.)*"'
_COMMENT = re.compile(rf"({_TEXT})|//[^\n]*|/\*.*?\*/", re.DOTALL)
_LOOSE = re.compile(rf"({_TEXT})|,(?=\s*[\]}}])|(?<![\w.])(NaN|undefined)(?![\w.])", re.DOTALL)


def text(content: bytes) -> str:
    """The text of a file: by its byte order mark, else UTF-8, else Windows-1252 as of Windows programs.

    Raises UnicodeDecodeError for what is none of them.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("windows-1252")


def as_json(script: str) -> str:
    """The object of a script as JSON: without assignment, comments and commas at the end of a list.

    What is no number is the text "NaN"; whatever else is no JSON stays.
    """
    plain = _COMMENT.sub(lambda match: match[1] or " ", script).strip()
    around = _AROUND.fullmatch(plain)
    return _LOOSE.sub(lambda match: match[1] or ('"NaN"' if match[2] else ""), around[1] if around else plain)
