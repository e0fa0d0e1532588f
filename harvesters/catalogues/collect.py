"""Brings a whole catalogue into one graph: every page of it, or nothing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.operations.errors import SourceError
from ckanext.herne.harvesters.operations.http import Limits, answers
from ckanext.herne.harvesters.operations.http.options import MEGABYTE
from ckanext.herne.portal.language import page_language
from ckanext.herne.quality import sources
from ckanext.herne.quality.formats import phrases
from rdflib import Graph, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ckanext.herne.harvesters.operations.http import Answer, Http

LARGE = Limits(read_seconds=120, total_seconds=900, body_bytes=300 * MEGABYTE)
"""A catalogue of 10,000 datasets in one document has some 60 MB; an old portal may take its time."""


@dataclass(frozen=True)
class Page:
    """A page as it was read: the digest of its bytes, and the address of the one that follows."""

    digest: str
    following: str

    def data(self) -> dict[str, str]:
        """As a JSON object that `Page(**data)` reads."""
        return {"digest": self.digest, "following": self.following}


@dataclass(frozen=True)
class Catalogue:
    """A catalogue as it was read. `announced`: how many records it claims to have (hydra), else 0."""

    source: str
    graph: Graph
    pages: dict[str, Page]
    announced: int


def catalogue(source: str, http: Http, rdf_format: str = "") -> Catalogue:
    """Reads the address or file `source` with all its pages (hydra:next).

    `rdf_format` (a media type or a file ending) is for servers that name a wrong one.

    :raises SourceError: a page is missing, no RDF, or refused; a catalogue is read whole or not at all.
    """
    if urlsplit(source).scheme not in ("http", "https"):
        return _catalogue(source, _file(source, rdf_format), {})
    return news(source, http, rdf_format, {}) or _catalogue(source, Graph(), {})


def news(source: str, http: Http, rdf_format: str, known: Mapping[str, Page]) -> Catalogue | None:
    """As `catalogue` for an address; None if all its pages are those that are `known`, byte for byte.

    Parsing takes most of the time, so nothing is parsed before something is new.
    """
    read: list[tuple[str, Answer]] = []
    graphs, pages, todo = dict[str, Graph](), dict[str, Page](), source
    while todo and todo not in pages:
        if len(pages) == sources.MAX_PAGES:
            raise _refused(sources.SourceError("too_many_pages", source, limit=sources.MAX_PAGES))
        answer = http.read(todo, answers.data)
        digest, here = hashlib.sha256(answer.body).hexdigest(), todo
        read.append((here, answer))
        same = known.get(here)
        if same is None or same.digest != digest:
            graphs[here] = _page(here, answer, rdf_format)
            todo = sources.next_page(graphs[here], answer.url) or ""
        else:
            todo = same.following
        pages[here] = Page(digest, todo)
    if pages == dict(known):
        return None
    whole = Graph()
    for address, answer in read:
        page = graphs.get(address) or _page(address, answer, rdf_format)
        whole = whole + page if len(read) > 1 else page
    return _catalogue(source, whole, pages)


def _page(address: str, answer: Answer, rdf_format: str) -> Graph:
    kind = rdf_format or answer.content_type.partition(";")[0].strip().lower()
    return _parsed(answer.body, address, kind)


def _catalogue(source: str, graph: Graph, pages: dict[str, Page]) -> Catalogue:
    totals = [
        int(total)
        for total in graph.objects(None, sources.HYDRA.totalItems)
        if isinstance(total, Literal) and str(total).isdigit()
    ]
    return Catalogue(source, graph, pages, max(totals, default=0))


def _file(source: str, rdf_format: str) -> Graph:
    path = Path(source)
    try:
        content = path.read_bytes()
    except OSError as error:
        remedy = _("Check path and permissions")
        raise SourceError(source, "", str(error.strerror), remedy) from error
    return _parsed(content, source, rdf_format or path.suffix.lower())


def _parsed(content: bytes, source: str, kind: str) -> Graph:
    if not content.strip():
        raise SourceError(source, "", _("the answer is empty"), _("Check the address of the source"))
    try:
        return sources.parse(content, source, kind)
    except sources.SourceError as error:
        raise _refused(error) from error


def _refused(error: sources.SourceError) -> SourceError:
    """What `quality.sources` says, as an error of a harvest."""
    source, said = error.facts["source"], phrases(page_language())[error.key].format(**error.facts)
    problem, _sep, remedy = said.removeprefix(f"{source}: ").rpartition(". ")
    return SourceError(source, "", problem, remedy)
