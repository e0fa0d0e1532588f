"""A package's part of every page it stands on: its texts in each syntax, made when it is saved. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ckanext.herne.dcat_ap_de.writer import beside_description, record_description
from ckanext.herne.feed.syntaxes import SYNTAXES, body
from ckanext.herne.quality.reports.dqv import DQV
from rdflib import URIRef

if TYPE_CHECKING:
    from ckanext.herne.dcat_ap_de.settings import Settings
    from ckanext.herne.dcat_ap_de.writer import Description, Package

BETWEEN = "\x1e"  # occurs in no text, and the database can hold it


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


def digest(content: str, beside: str) -> str:
    """SHA-256 over both texts, as hexadecimal digits."""
    return hashlib.sha256(f"{content}{BETWEEN}{beside}".encode()).hexdigest()


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
