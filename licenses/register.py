"""The licence register: which licences exist, and which one a text means.

It reads two data files, `licenses.json` (also CKAN's own register) and `spellings.yaml`, and answers
`licence("www.govdata.de/dl-de/zero-2-0")` with the entry the DCAT-AP.de list has for it. It knows nothing of
CKAN; what a portal does with an unknown licence is left to the portal.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from ckanext.herne.licenses.spelling import LONGEST, Spellings

REGISTER_FILE = Path(__file__).with_name("licenses.json")
SPELLINGS_FILE = Path(__file__).with_name("spellings.yaml")
LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's reader takes a tenth of the time


@dataclass(frozen=True)
class Licence:
    """One entry of the DCAT-AP.de licence list (https://www.dcat-ap.de/def/licenses)."""

    id: str
    uri: str  # as DCAT-AP.de demands it: http, no "www.", no trailing slash
    title: str
    title_de: str
    url: str  # the licence's text; empty for the generic entries ("other-open")
    attribution: bool  # the user must name the provider: needs dcatde:licenseAttributionByText (K35)
    open: bool  # as GovData's quality rules count it

    def __str__(self) -> str:
        return self.id

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
    return _known().find(text) or _known().find(_address(text))


def nearest(text: str, count: int = 3) -> tuple[Licence, ...]:
    """Up to `count` licences whose spelling comes closest to `text`, best first; may be empty."""
    return _known().nearest(_address(text), count)


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = yaml.load(SPELLINGS_FILE.read_text("utf-8"), Loader=LOADER)  # noqa: S506 - safe
    return data


@cache
def _known() -> Spellings[Licence]:
    """All spellings.

    :raises ValueError: the data give one spelling to two licences, or name a licence that the register lacks.
    """
    spellings: dict[str, list[str]] = _data()["spellings"]
    if unknown := set(spellings) - {entry.id for entry in licences()}:
        raise ValueError(f"{SPELLINGS_FILE}: {', '.join(sorted(unknown))} not in {REGISTER_FILE.name}")
    known: Spellings[Licence] = Spellings(str(SPELLINGS_FILE), _data()["prefixes"])
    for entry in licences():
        own = (entry.id, entry.uri, entry.url, entry.title, entry.title_de)
        for text in (*own, *spellings.get(entry.id, ())):
            known.add(entry, _address(text))
    return known


@cache
def _page() -> re.Pattern[str]:
    return re.compile(rf"(/({'|'.join(_data()['suffixes'])})|\.html?)/*$", re.IGNORECASE)


def _address(text: str) -> str:
    """`text` without what follows a licence's address in a browser: query, anchor, the name of the page."""
    return _page().sub("", re.split(r"[?#]", text[: LONGEST + 1].strip())[0])
