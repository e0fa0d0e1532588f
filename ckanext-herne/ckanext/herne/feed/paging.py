"""How a page of a catalogue says which others there are. Pure.

Hydra has had two ways to say it: older harvesters follow hydra:nextPage of a PagedCollection, as ckanext-dcat
writes it, newer ones hydra:next of a PartialCollectionView. A page says both.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ckanext.herne.feed.syntaxes import HYDRA
from rdflib import Literal, URIRef

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ckanext.herne.feed.syntaxes import Properties


@dataclass(frozen=True, slots=True)
class Place:
    """A page among the pages of a catalogue, or of what filters leave of it.

    `addresses` is the address of any of them, with `{number}` for its number.

    Pages have `size` places for packages, together they have `total` packages. Deletions leave places empty;
    `numbers` are those of the pages on which anything stands. No page leads to one where nothing does, which
    harvesters would take for the end or for an error.
    """

    addresses: str
    number: int
    numbers: Sequence[int]
    size: int
    total: int

    def url(self, number: int) -> str:
        """The address of a page."""
        return self.addresses.replace("{number}", str(number))

    @property
    def others(self) -> dict[str, str]:
        """The addresses of the pages that this one names, by the first part of Hydra's terms."""
        before, behind = bisect_left(self.numbers, self.number), bisect_right(self.numbers, self.number)
        roles = {
            "first": self.numbers[:1],
            "previous": self.numbers[:before][-1:],
            "next": self.numbers[behind:][:1],
            "last": self.numbers[-1:],
        }
        return {role: self.url(number) for role, found in roles.items() for number in found}

    @property
    def properties(self) -> Properties:
        """What RDF says of this page."""
        links = {f"hydra:{role}": [URIRef(url)] for role, url in self.others.items()}
        former = {f"hydra:{role}Page": [Literal(url)] for role, url in self.others.items()}
        counted = {
            "hydra:totalItems": [Literal(self.total)],
            "hydra:itemsPerPage": [Literal(self.size)],
        }
        return {
            "rdf:type": [HYDRA.PartialCollectionView, HYDRA.PagedCollection],
            **links,
            **former,
            **counted,
        }
