"""How a page of a catalogue says which others there are. Pure.

Hydra has had two ways to say it: older harvesters follow hydra:nextPage of a PagedCollection, as ckanext-dcat
writes it, newer ones hydra:next of a PartialCollectionView. A page says both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from ckanext.herne.feed.syntaxes import HYDRA
from rdflib import Literal, URIRef

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ckanext.herne.feed.syntaxes import Properties


@dataclass(frozen=True, slots=True)
class Place:
    """A page among the pages of a catalogue that is found at `address`, or of what `filters` leave of it.

    Pages have `size` places for packages, together they have `total` packages; deletions leave places empty.
    """

    address: str
    filters: Mapping[str, str]
    number: int
    last: int
    size: int
    total: int

    def url(self, number: int) -> str:
        """The address of a page."""
        return f"{self.address}?{urlencode({**self.filters, 'page': number})}"

    @property
    def others(self) -> dict[str, str]:
        """The addresses of the pages that this one names, by the first part of Hydra's terms."""
        numbers = {"first": 1, "previous": self.number - 1, "next": self.number + 1, "last": self.last}
        return {role: self.url(number) for role, number in numbers.items() if 1 <= number <= self.last}

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
