"""Addresses as people type them, made into IRIs that every RDF syntax can carry (RFC 3987).

What can be mended without changing where an address leads is mended (blanks, brackets, quotes become %XX);
what cannot (no scheme, a broken host) is refused. Nothing is fetched.
"""

import re
import unicodedata
from urllib.parse import quote, urlsplit

SCHEMES = frozenset({"http", "https", "ftp", "ftps", "urn", "doi", "tel", "mailto"})
NEED_HOST = frozenset({"http", "https", "ftp", "ftps"})
UNSAFE = frozenset(' "<>\\^`{|}[]')
STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s\[\]<>\"\\^`{|}%/?#@:]+)")


def iri(text: str) -> str | None:
    """`text` as an absolute IRI; None if it is none. Applying it twice changes nothing more."""
    text = text.strip()
    try:
        parts = urlsplit(text)
        port_is_fine = parts.port is None or parts.port >= 0
    except ValueError:
        return None
    if parts.scheme not in SCHEMES or not port_is_fine or not text[len(parts.scheme) + 1 :]:
        return None
    if parts.scheme not in NEED_HOST:
        return _escaped(text)
    if not HOST.fullmatch(_host(parts.netloc)) or _has_strange(parts.netloc):
        return None
    start = text.index(parts.netloc) + len(parts.netloc)
    return text[:start] + _escaped(text[start:])


def _host(netloc: str) -> str:
    host = netloc.rpartition("@")[2]
    return re.sub(r":\d*$", "", host)


def _escaped(text: str) -> str:
    mended = STRAY_PERCENT.sub("%25", text)
    path, mark, fragment = mended.partition("#")
    fragment = fragment.replace("#", "%23")
    return "".join(_quoted(character) for character in path + mark + fragment)


def _quoted(character: str) -> str:
    if character in UNSAFE or _has_strange(character):
        return quote(character, safe="", errors="replace")
    return character


def _has_strange(text: str) -> bool:
    """Has it separators, control, format, private or unassigned characters, which no IRI may carry?"""
    return any(unicodedata.category(character)[0] in "ZC" for character in text)
