"""A catalogue of three datasets on two pages, on a server that may misbehave in between."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from herne_testing.unruly import answer

if TYPE_CHECKING:
    from herne_testing.unruly import Part, Unruly

MEDIA_TYPE = "application/ld+json"
NAMES = ("Bäume", "Brunnen", "Bänke")
CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "hydra": "http://www.w3.org/ns/hydra/core#",
}
ORIGIN = "https://quelle.example"
"""The source's datasets are called so, wherever it listens."""


class Paged:
    """The catalogue at `/catalog/1` and `/catalog/2`. `version` stands in each of its datasets."""

    def __init__(self, server: Unruly) -> None:
        self.server = server
        self.version = 0
        self.url = f"{server.url}/catalog/1"

    def behave(self) -> None:
        """Answers as a catalogue should."""
        self.play(1, answer(self.page(1), MEDIA_TYPE))
        self.play(2, answer(self.page(2), MEDIA_TYPE))

    def play(self, number: int, part: Part) -> None:
        """Has another part played at one of the pages."""
        self.server.parts[f"/catalog/{number}"] = part

    def page(self, number: int, **said: Any) -> bytes:
        """A page; `said` replaces what it says: `origin`, `names`, `total`, `following`, `modified`."""
        names = said.get("names", NAMES)
        here = names[:2] if number == 1 else names[2:]
        following = said.get("following", f"{self.server.url}/catalog/2" if number == 1 else None)
        datasets = [self._dataset(name, said) for name in here]
        catalogue = {
            "@id": f"{ORIGIN}/catalog",
            "@type": "dcat:Catalog",
            "dcat:dataset": [{"@id": one["@id"]} for one in datasets],
        }
        paging = {"@id": f"{ORIGIN}/catalog/{number}", "@type": "hydra:PagedCollection"}
        paging["hydra:totalItems"] = said.get("total", len(names))
        if following:
            paging["hydra:next"] = {"@id": following}
        graph = {"@context": CONTEXT, "@graph": [catalogue, paging, *datasets]}
        return json.dumps(graph, ensure_ascii=False).encode()

    def _dataset(self, name: str, said: dict[str, Any]) -> dict[str, Any]:
        made = {
            "@id": f"{said.get('origin', ORIGIN)}/dataset/{name}",
            "@type": "dcat:Dataset",
            "dct:title": name,
            "dct:description": f"Alle {name} der Stadt, Stand {self.version}.",
            "dcat:distribution": {
                "@type": "dcat:Distribution",
                "dcat:accessURL": {"@id": f"{ORIGIN}/{name}.csv"},
                "dct:license": {"@id": "http://dcat-ap.de/def/licenses/dl-zero-de/2.0"},
            },
        }
        if "modified" in said:
            made["dct:modified"] = said["modified"]
        return made
