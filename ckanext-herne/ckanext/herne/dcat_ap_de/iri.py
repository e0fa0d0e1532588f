"""Addresses as people type them, made into IRIs that every RDF syntax can carry (RFC 3987).

What can be mended without changing where an address leads is mended (blanks, brackets, quotes become %XX);
what cannot (no scheme, a broken host) is refused. Nothing is fetched.
"""

import re
import unicodedata
from urllib.parse import quote

SCHEMES = frozenset({"http", "https", "ftp", "ftps", "urn", "doi", "tel", "mailto"})
NEED_HOST = frozenset({"http", "https", "ftp", "ftps"})
UNSAFE = frozenset(' "<>\\^`{|}[]')
STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
PLAIN = re.compile(r"[A-Za-z0-9._~:/?@!$&'()*+,;=-]*(#[A-Za-z0-9._~:/?@!$&'()*+,;=-]*)?")
ABSOLUTE = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):(?P<rest>.+)", re.DOTALL)
AUTHORITY = re.compile(
    r"//(?P<user>[^\s@/?#\[\]<>\"\\^`{|}%]*@)?"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\s@/?#\[\]<>\"\\^`{|}%:]+)"
    r"(?P<port>:[0-9]{0,5})?(?=[/?#]|\Z)"
)


def iri(text: str) -> str | None:
    """`text` as an absolute IRI; None if it is none. Applying it twice changes nothing more."""
    parts = ABSOLUTE.fullmatch(text.strip())
    if not parts or parts["scheme"].lower() not in SCHEMES:
        return None
    if parts["scheme"].lower() not in NEED_HOST:
        return f"{parts['scheme']}:{_escaped(parts['rest'])}"
    authority = AUTHORITY.match(parts["rest"])
    if not authority or _has_strange(authority[0]):
        return None
    return f"{parts['scheme']}:{authority[0]}{_escaped(parts['rest'][authority.end() :])}"


def _escaped(text: str) -> str:
    if PLAIN.fullmatch(text):
        return text
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
    if text.isascii():
        return " " in text or not text.isprintable()
    return any(unicodedata.category(character)[0] in "ZC" for character in text)
