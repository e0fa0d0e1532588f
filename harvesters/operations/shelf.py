"""Data files that describe what is harvested: those of the suite, and those a city adds without touching it.

A city's files lie in a folder per kind (`domains`, `themes`) below `ckanext.herne.harvest.descriptions`. One
with the name of a file of the suite stands in its place. What a file means is the business of its kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import ckan.plugins.toolkit as tk
from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.operations.config import read
from ckanext.herne.harvesters.operations.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

OPTION = "ckanext.herne.harvest.descriptions"


class Named(Protocol):
    """What a file describes. Its id is the file's name: the ids of datasets and tables follow from it."""

    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=Named)


@lru_cache(maxsize=1024)
def _read(path: Path, _changed: int, type_: type[T]) -> T:
    """What a file says; each run looks into those of all sources of its kind, for who reads the same."""
    return read(path, type_)


@dataclass(frozen=True)
class Shelf(Generic[T]):
    """The files of one kind. `folder` is that of the suite; the city's has the same name.

    `unknown` gives the sentence that there is no file {name}, only {names}, in the reader's language.
    """

    folder: Path
    type_: type[T]
    unknown: Callable[[], str]

    def names(self) -> list[str]:
        """Which there are."""
        return sorted(self._files())

    def take(self, name: str) -> T:
        """What the file of this name says. Raises ConfigError if there is none, or it is wrong."""
        files = self._files()
        if name not in files:
            raise ConfigError(self.unknown().format(name=name, names=", ".join(sorted(files))))
        path = files[name]
        found: T = _read(path, path.stat().st_mtime_ns, self.type_)
        if found.id != name:
            problem = _("{file}: its id is '{id}'. Give it the name of the file, '{name}'")
            raise ConfigError(problem.format(file=path, id=found.id, name=name))
        return found

    def _files(self) -> dict[str, Path]:
        configured = tk.config.get(OPTION)
        folders = [self.folder, *([Path(configured) / self.folder.name] if configured else [])]
        return {path.stem: path for folder in folders for path in folder.glob("*.yaml")}
