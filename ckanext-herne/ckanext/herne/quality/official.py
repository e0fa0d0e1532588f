"""The official shapes as a second opinion: installs a pinned release of them and makes it ready to run.

They are not part of the suite; `install` fetches the files that official.yaml names, from their public
addresses or from a folder, and keeps them only if every checksum is right. The code lists and subclasses
those shapes refer to come from the suite's own vocabularies (`context`), so that validating never needs the
network.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
import yaml
from ckanext.herne.quality.rules import code_list
from ckanext.herne.quality.sources import SourceError
from rdflib import RDF, RDFS, SKOS, Graph, URIRef

MAX_BYTES = 5_000_000  # of one file; the largest has 90 kB
TIMEOUT = (10, 60)  # seconds to connect, seconds between two bytes


@dataclass(frozen=True, slots=True)
class File:
    """One file of the release: its name here, its public address, its SHA-256 in hexadecimal digits."""

    name: str
    url: str
    sha256: str


def release() -> tuple[str, tuple[File, ...]]:
    """The version that is pinned, and its files."""
    facts = _facts()
    return facts["version"], tuple(File(**entry) for entry in facts["files"])


def install(source: str | None, directory: Path) -> None:
    """Put the pinned release into `directory`, all of its files or none.

    `source` is a folder that holds the files by name (at any depth), the address of one, or None for the
    files' own public addresses.

    :raises SourceError: a file is missing, cannot be read or is not the pinned one.
    """
    contents = {file.name: _checked(file, _reader(source)(file)) for file in release()[1]}
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        _write(directory / name, content)


def installed(directory: Path) -> bool:
    """Is every file of the release in `directory`, unchanged?"""
    paths = ((directory / file.name, file.sha256) for file in release()[1])
    return all(path.is_file() and _digest(path.read_bytes()) == sha256 for path, sha256 in paths)


def shapes(directory: Path) -> Graph:
    """The official shapes.

    :raises SourceError: they are not installed, or somebody changed them.
    """
    if not installed(directory):
        raise SourceError("not_installed", str(directory))
    return _parsed(directory)


@cache
def context() -> Graph:
    """What the official shapes look up about the values of a dataset."""
    graph, facts = Graph(), _facts()
    for predicate, lists in ((SKOS.inScheme, facts["schemes"]), (RDF.type, facts["classes"])):
        for name, target in lists.items():
            for uri in code_list(name):
                graph.add((URIRef(uri), predicate, URIRef(target)))
    for parent, children in facts["subclasses"].items():
        for child in children:
            graph.add((URIRef(child), RDFS.subClassOf, URIRef(parent)))
    return graph


@cache
def _parsed(directory: Path) -> Graph:
    graph = Graph()
    for file in release()[1]:
        graph.parse(directory / file.name, format="turtle")
    return graph


@cache
def _facts() -> dict[str, Any]:
    facts: dict[str, Any] = yaml.safe_load(
        files("ckanext.herne.quality").joinpath("official.yaml").read_text("utf-8")
    )
    return facts


def _reader(source: str | None) -> Callable[[File], bytes]:
    if source is None:
        return lambda file: _download(file.url)
    if urlsplit(source).scheme in ("http", "https"):
        return lambda file: _download(f"{source.rstrip('/')}/{file.name}")
    return lambda file: _found(Path(source), file.name)


def _found(folder: Path, name: str) -> bytes:
    if not folder.is_dir():
        raise SourceError("missing_folder", str(folder))
    path = next(iter(sorted(folder.rglob(name))), None)
    if path is None:
        raise SourceError("missing_shapes", str(folder), name=name)
    return path.read_bytes()


def _download(url: str) -> bytes:
    try:
        with requests.get(url, stream=True, timeout=TIMEOUT) as answer:
            answer.raise_for_status()
            return b"".join(_limited(answer.iter_content(65_536), url))
    except requests.RequestException as error:
        raise SourceError("unreachable_shapes", url, detail=" ".join(str(error).split())[:200]) from error


def _limited(chunks: Iterator[bytes], url: str) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > MAX_BYTES:
            raise SourceError("too_large", url, limit=MAX_BYTES // 1_000_000)
        yield chunk


def _checked(file: File, content: bytes) -> bytes:
    if _digest(content) != file.sha256:
        raise SourceError("wrong_checksum", file.name, expected=file.sha256, found=_digest(content))
    return content


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _write(path: Path, content: bytes) -> None:
    """A reader sees the old file or the new one, never half of it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".install-")
    with os.fdopen(handle, "wb") as new:
        new.write(content)
    Path(name).replace(path)
