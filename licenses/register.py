"""The licence register: which licences exist, and which one a text means.

It reads two data files, `licenses.json` (also CKAN's own register) and `spellings.yaml`, and answers
`licence("www.govdata.de/dl-de/zero-2-0")` with the entry the DCAT-AP.de list has for it. It knows nothing of
CKAN; what a portal does with an unknown licence is left to the portal.
"""

from __future__ import annotations

import difflib
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

REGISTER_FILE = Path(__file__).with_name("licenses.json")
SPELLINGS_FILE = Path(__file__).with_name("spellings.yaml")


@dataclass(frozen=True)
class Licence:
    """One entry of the DCAT-AP.de licence list (https://www.dcat-ap.de/def/licenses)."""

    id: str
    uri: str  # as DCAT-AP.de demands it: http, no "www.", no trailing slash
    title: str
    title_de: str
    url: str  # the licence's text; empty for the generic entries ("other-open")
    attribution: bool  # the user must name the provider: needs dcatde:licenseAttributionByText (K35)
    open: bool

    def title_in(self, language: str) -> str:
        """The title in `language` ("de", "de_AT", "en"); English for every language but German."""
        return self.title_de if language.startswith("de") else self.title


@cache
def licences() -> tuple[Licence, ...]:
    """All licences in the register's order, the most usual in German administrations first."""
    entries = json.loads(REGISTER_FILE.read_text("utf-8"))
    fields = Licence.__dataclass_fields__
    return tuple(Licence(**{name: entry[name] for name in fields}) for entry in entries)


def licence(text: str) -> Licence | None:
    """The licence that `text` (id, URI, URL, title or a known spelling of one) means; None if unknown."""
    known = _by_key()
    return next((known[key] for key in _keys(text) if key in known), None)


def nearest(text: str, count: int = 3) -> list[Licence]:
    """Up to `count` licences whose spelling comes closest to `text`, best first; may be empty."""
    known = _by_key()
    close = difflib.get_close_matches(_key(text), known, n=count * 4, cutoff=0.5)
    return list(dict.fromkeys(known[key] for key in close))[:count]


@cache
def _spellings() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(SPELLINGS_FILE.read_text("utf-8"))
    return data


@cache
def _by_key() -> dict[str, Licence]:
    spellings = _spellings()["spellings"]
    known: dict[str, Licence] = {}
    for entry in licences():
        own = (entry.id, entry.uri, entry.url, entry.title, entry.title_de)
        for spelling in (*own, *spellings.get(entry.id, ())):
            for key in _keys(spelling):
                _claim(known, key, entry)
    return known


def _claim(known: dict[str, Licence], key: str, entry: Licence) -> None:
    if known.setdefault(key, entry) != entry:
        raise ValueError(
            f"{SPELLINGS_FILE}: the spelling {key!r} stands for {known[key].id} and for {entry.id};"
            " remove one of the two"
        )


def _keys(text: str) -> Iterator[str]:
    """The comparable forms of `text`, most specific first: whole, then without a known prefix."""
    address = _address(text)
    for candidate in (address, *_without_prefix(address)):
        key = _key(candidate)
        if key:
            yield key


def _address(text: str) -> str:
    address = re.sub(r"^(https?:)?//", "", text.strip().lower()).removeprefix("www.")
    address = re.split(r"[?#]", address)[0].rstrip("/")
    pages = "|".join(_spellings()["suffixes"])
    return re.sub(rf"/({pages})$", "", address).rstrip("/")


def _without_prefix(address: str) -> Iterator[str]:
    for prefix in _spellings()["prefixes"]:
        if address.startswith(prefix):
            yield address.removeprefix(prefix)


def _key(text: str) -> str:
    return re.sub(r"[\W_]+", "-", text.casefold()).strip("-").replace("licence", "license")
