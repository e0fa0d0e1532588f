"""A package's part of every page it stands on: its texts in each syntax, made when it is saved. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ckanext.herne.dcat_ap_de.writer import beside_description, record_description
from ckanext.herne.feed.syntaxes import SYNTAXES, body
from ckanext.herne.quality.reports.dqv import DQV
from rdflib import URIRef

if TYPE_CHECKING:
    from ckanext.herne.dcat_ap_de.settings import Settings
    from ckanext.herne.dcat_ap_de.writer import Description, Package

DIGITS = 64  # hexadecimal ones of the digest of one text
SHARES = {"content": slice(0, DIGITS), "beside": slice(DIGITS, None)}  # of each text in the digest of both


@dataclass(frozen=True, slots=True)
class Fragment:
    """The texts of a package in one syntax, without the frame of a document (`syntaxes.body`).

    `content` is what its page says of it and of its entry in the catalogue, `beside` how it is described
    where another package refers to it; `digest` tells whether the texts are whole.
    """

    content: str
    beside: str
    digest: str

    @property
    def is_whole(self) -> bool:
        """Whether the texts are still what they were when the digest was made."""
        return self.digest == digest(self.content, self.beside)


class Part(NamedTuple):
    """One of the two texts, as it is read; `digest` is that of both."""

    text: str
    digest: str
    is_whole: bool


def digest(content: str, beside: str) -> str:
    """SHA-256 of each text as hexadecimal digits, one behind the other: each text can be checked alone."""
    return _sha256(content) + _sha256(beside)


def part(name: str, text: str, of_both: str) -> Part:
    """The text `name` (of SHARES), checked against its share of the digest of both."""
    return Part(text, of_both, of_both[SHARES[name]] == _sha256(text))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def fragments(package: Package, main: Description, settings: Settings) -> dict[str, Fragment]:
    """The texts of a package that is described as `main`, by syntax."""
    whole = record_description(package, settings).add_to(main.graph)
    page = URIRef(f"{settings.base}/dataset/{package['id']}/quality.ttl")
    whole.add((main.uri, DQV.hasQualityMetadata, page))
    beside = beside_description(package, settings).graph
    made: dict[str, Fragment] = {}
    for syntax in SYNTAXES:
        content, aside = body(whole, syntax), body(beside, syntax)
        made[syntax] = Fragment(content, aside, digest(content, aside))
    return made
