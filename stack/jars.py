"""Solr's jars: downloaded once per user through jgo, kept by checksum.

The lock (solr/jars.lock) names every file by coordinate, sha256 and size; jgo knows the repository.
A finished jar is moved into the cache in one step, so that a break costs only the jars under way.
Where the cache is: XDG_CACHE_HOME, or ~/.cache/herne-stack. A mirror: HERNE_MAVEN_REPOSITORY.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from herne_stack.configuration import solr_resource
from herne_stack.errors import ChecksumError, MissingJarError, NoNetworkError, StackError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CONNECTIONS = 8
ATTEMPTS = 3
TIMEOUT_SECONDS = 30


@dataclass(frozen=True)
class Jar:
    """One locked file of a Maven repository."""

    group: str
    artifact: str
    version: str
    sha256: str
    size: int

    @property
    def coordinate(self) -> str:
        return f"{self.group}:{self.artifact}:{self.version}"

    @property
    def filename(self) -> str:
        return f"{self.artifact}-{self.version}.jar"


def read_lock(text: str) -> list[Jar]:
    """Parse lines `group:artifact:version sha256 bytes`; `#` starts a comment."""
    jars = []
    for line in text.splitlines():
        if line and not line.startswith("#"):
            coordinate, sha256, size = line.split()
            group, artifact, version = coordinate.split(":")
            jars.append(Jar(group, artifact, version, sha256, int(size)))
    return jars


def solr_jars() -> list[Jar]:
    return read_lock(solr_resource("jars.lock"))


def solr_version() -> str:
    return next(jar.version for jar in solr_jars() if jar.artifact == "solr-core")


def cache_folder() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("herne-stack") / f"solr-{solr_version()}"


def missing(jars: Sequence[Jar], folder: Path) -> list[Jar]:
    """Jars that are not in the folder with their locked size. Content was verified when it came in."""
    return [jar for jar in jars if not _has_size(folder / jar.filename, jar.size)]


def _has_size(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size


def fetch(jars: Sequence[Jar], folder: Path, repository: str | None, advance: Callable[[int], None]) -> None:
    """Download the jars into `folder`; `advance` gets the bytes of each finished one.

    Raises NoNetworkError, MissingJarError or ChecksumError; what had finished by then is kept.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=folder, prefix=".download-") as scratch,
        ThreadPoolExecutor(CONNECTIONS) as pool,
    ):
        pending = [pool.submit(_fetch_one, jar, folder, Path(scratch), repository) for jar in jars]
        try:
            for done in as_completed(pending):
                advance(done.result())
        except ConnectionError as error:
            raise NoNetworkError(len(missing(jars, folder)), str(error)) from None
        finally:
            pool.shutdown(cancel_futures=True)


def _fetch_one(jar: Jar, folder: Path, scratch: Path, repository: str | None) -> int:
    path = _download(jar, scratch, repository)
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != jar.sha256:
        raise ChecksumError(jar.coordinate, jar.sha256, found)
    path.replace(folder / jar.filename)
    return jar.size


def _download(jar: Jar, scratch: Path, repository: str | None) -> Path:
    """Let jgo fetch the file, with a second and third try for a shaky line."""
    import requests
    from jgo.maven import MavenContext

    context = MavenContext(
        repo_cache=scratch,
        remote_repos={"mirror": repository.rstrip("/")} if repository else None,
        timeout=TIMEOUT_SECONDS,
    )
    artifact = context.project(jar.group, jar.artifact).at_version(jar.version).artifact()
    for attempt in range(1, ATTEMPTS + 1):
        try:
            path = context.resolver.download(artifact)
        except requests.RequestException as error:
            _discard(artifact.cached_path)
            if attempt == ATTEMPTS:
                raise ConnectionError(_cause(error)) from None
        except RuntimeError as error:
            raise MissingJarError(jar.coordinate, str(error)) from None
        else:
            return Path(path)
    raise AssertionError("unreachable")


def _discard(partial: Path | None) -> None:
    if partial is not None:
        partial.unlink(missing_ok=True)


def _cause(error: Exception) -> str:
    """The innermost reason, e.g. `Name or service not known`, instead of a chain of wrappers."""
    text = str(error)
    return text.rsplit(": ", 1)[-1].strip("')\"") or type(error).__name__


def ensure(report: Callable[[int, int], None]) -> Path:
    """The folder with all of Solr's jars, downloading what is missing. `report` gets (bytes done, all)."""
    from herne_stack.checks import require_space

    jars, folder = solr_jars(), cache_folder()
    absent = missing(jars, folder)
    if absent:
        total = sum(jar.size for jar in absent)
        require_space(folder, total + (50 << 20))
        done = 0

        def advance(size: int) -> None:
            nonlocal done
            done += size
            report(done, total)

        fetch(absent, folder, os.environ.get("HERNE_MAVEN_REPOSITORY"), advance)
    still = missing(jars, folder)
    if still:
        raise StackError(
            f"{len(still)} of Solr's jars are missing.", str(folder), "Run `herne-stack up` again."
        )
    return folder
