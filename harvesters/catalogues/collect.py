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


_Read = tuple[Page, "Answer", Graph | None]
"""A page with its answer, and with what it says if that was parsed."""


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
    return _whole(source, _read(source, http, rdf_format, {}), rdf_format)


def news(source: str, http: Http, rdf_format: str, known: Mapping[str, Page]) -> Catalogue | None:
    """As `catalogue` for an address; None if all its pages are those that are `known`, byte for byte.

    Parsing takes most of the time, so nothing is parsed before something is new.
    """
    read = _read(source, http, rdf_format, known)
    if {address: page for address, (page, _answer, _graph) in read.items()} == known:
        return None
    return _whole(source, read, rdf_format)


def _read(source: str, http: Http, rdf_format: str, known: Mapping[str, Page]) -> dict[str, _Read]:
    """The pages by address in their order; those that are not `known` are parsed."""
    read, todo = dict[str, _Read](), source
    while todo and todo not in read:
        if len(read) == sources.MAX_PAGES:
            raise _refused(sources.SourceError("too_many_pages", source, limit=sources.MAX_PAGES))
        here, answer = todo, http.read(todo, answers.data)
        page, graph = known.get(here), None
        digest = hashlib.sha256(answer.body).hexdigest()
        if page is None or page.digest != digest:
            graph = _page(here, answer, rdf_format)
            page = Page(digest, sources.next_page(graph, answer.url) or "")
        read[here] = (page, answer, graph)
        todo = page.following
    return read


def _whole(source: str, read: Mapping[str, _Read], rdf_format: str) -> Catalogue:
    whole = Graph()
    for address, (_known, answer, graph) in read.items():
        whole += graph if graph is not None else _page(address, answer, rdf_format)
    return _catalogue(source, whole, {address: page for address, (page, _answer, _graph) in read.items()})


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
