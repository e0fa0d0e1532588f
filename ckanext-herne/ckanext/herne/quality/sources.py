"""Reads RDF that others wrote, from files and addresses, without trusting it.

Documents are limited in size; XML that declares entities and JSON-LD that asks for a context on the network
are refused; parsers fetch nothing. An address is followed from page to page as GovData's harvester does it
(hydra:next, else hydra:nextPage), each page once.
"""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit
from xml.parsers import expat

import requests
from rdflib import Graph, Namespace

HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
MAX_BYTES = 50_000_000  # of one document
MAX_PAGES = 10_000  # of one catalogue: a million datasets at ckanext-dcat's page size
MAX_DEPTH = 200  # of nested JSON
TIMEOUT = (10, 120)  # seconds to connect, seconds between two bytes
SNIFFED = 2_000  # bytes that tell a format
FORMATS = {
    "text/turtle": "turtle",
    "application/x-turtle": "turtle",
    "application/rdf+xml": "xml",
    "application/ld+json": "json-ld",
    "application/n-triples": "nt",
    "text/n3": "n3",
    ".ttl": "turtle",
    ".rdf": "xml",
    ".xml": "xml",
    ".owl": "xml",
    ".jsonld": "json-ld",
    ".json": "json-ld",
    ".nt": "nt",
    ".n3": "n3",
}


class SourceError(Exception):
    """A source that cannot be read. `key` names the message in phrases.yaml, `facts` fill it."""

    def __init__(self, key: str, source: str, **facts: Any) -> None:
        super().__init__(f"{key}: {source}")
        self.key = key
        self.facts = {"source": source, "limit": MAX_BYTES // 1_000_000, **facts}


def graphs(source: str) -> Iterator[Graph]:
    """The graph of a file, or of every page behind an address, one after the other.

    :raises SourceError: the source is missing, too large, dangerous or no RDF.
    """
    if urlsplit(source).scheme in ("http", "https"):
        yield from _pages(source)
    else:
        yield parse(_file(source), source, Path(source).suffix.lower())


def _file(source: str) -> bytes:
    path = Path(source)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise SourceError("too_large", source)
        return path.read_bytes()
    except FileNotFoundError as error:
        raise SourceError("missing_file", source) from error
    except OSError as error:
        raise SourceError("unreadable_file", source, detail=error.strerror) from error


def _pages(first: str) -> Iterator[Graph]:
    seen: set[str] = set()
    todo: str | None = first
    with requests.Session() as session:
        while todo and todo not in seen:
            if len(seen) == MAX_PAGES:
                raise SourceError("too_many_pages", first, limit=MAX_PAGES)
            seen.add(todo)
            content, kind, address = _download(session, todo)
            graph = parse(content, todo, kind)
            yield graph
            todo = next_page(graph, address)


def next_page(graph: Graph, address: str) -> str | None:
    """The page after the one at `address`; only http(s) links count."""
    links = sorted(str(link) for link in graph.objects(None, HYDRA.next))
    links = links or sorted(str(link) for link in graph.objects(None, HYDRA.nextPage))
    link = urljoin(address, links[0]) if links else ""
    return link if urlsplit(link).scheme in ("http", "https") else None


def _download(session: requests.Session, url: str) -> tuple[bytes, str, str]:
    """Content, media type and final address of a page."""
    accept = {"Accept": "text/turtle, application/rdf+xml;q=0.9, application/ld+json;q=0.8"}
    try:
        with closing(session.get(url, headers=accept, stream=True, timeout=TIMEOUT)) as answer:
            answer.raise_for_status()
            content = bytearray()
            for chunk in answer.iter_content(65_536):
                content += chunk
                if len(content) > MAX_BYTES:
                    raise SourceError("too_large", url)
            kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            return bytes(content), kind, answer.url
    except requests.RequestException as error:
        raise SourceError("unreachable", url, detail=_short(error)) from error


def parse(content: bytes, source: str, kind: str = "") -> Graph:
    """The graph in `content`; `kind` (a media type or a file ending) is a hint.

    :raises SourceError: it is no RDF, or one that a careful reader refuses.
    """
    kind = FORMATS.get(kind) or _sniffed(content)
    try:
        if kind == "xml":
            _refuse_entities(content, source)
        if kind == "json-ld":
            _refuse_remote_contexts(json.loads(content), source)
        return Graph().parse(data=content, format=kind, publicID=source if "://" in source else None)
    except SourceError:
        raise
    except (RecursionError, MemoryError) as error:
        raise SourceError("too_deep", source) from error
    except Exception as error:  # every parser of rdflib has errors of its own
        raise SourceError("not_rdf", source, detail=_short(error)) from error


def _sniffed(content: bytes) -> str:
    start = content[:SNIFFED].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:1] in (b"{", b"["):
        return "json-ld"
    return "xml" if start.startswith((b"<?xml", b"<rdf:", b"<!--", b"<!DOCTYPE")) else "turtle"


def _refuse_entities(content: bytes, source: str) -> None:
    """Entity declarations are how a small XML document becomes gigabytes; RDF needs none."""
    reader = expat.ParserCreate()

    def refuse(*_declaration: Any) -> int:
        raise SourceError("xml_entities", source, line=reader.CurrentLineNumber)

    reader.EntityDeclHandler = refuse
    reader.ExternalEntityRefHandler = refuse
    reader.Parse(content, True)


def _refuse_remote_contexts(document: Any, source: str) -> None:
    """A context or import given as an address would be fetched by the parser."""
    todo: list[tuple[Any, int]] = [(document, 0)]
    while todo:
        node, depth = todo.pop()
        if depth > MAX_DEPTH:
            raise SourceError("too_deep", source)
        if isinstance(node, dict):
            for address in [*_addresses(node.get("@context")), *_addresses(node.get("@import"))]:
                raise SourceError("remote_context", source, detail=address)
        children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        todo += [(child, depth + 1) for child in children]


def _addresses(context: Any) -> list[str]:
    entries = context if isinstance(context, list) else [context]
    return [entry for entry in entries if isinstance(entry, str)]


def _short(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
