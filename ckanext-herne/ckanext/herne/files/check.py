"""Compares what is stored of uploaded files with the files. Only reads; repairing is left to `jobs`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ckanext.herne.files.digest import Facts, facts_of
from ckanext.herne.files.storage import FileUnavailableError, chunks_of_file

if TYPE_CHECKING:
    from ckanext.herne.files.records import UploadedFile

MISSING = "missing"
UNREADABLE = "unreadable"
NOT_COMPUTED = "not_computed"
WRONG_SIZE = "wrong_size"
WRONG_HASH = "wrong_hash"
REPAIRABLE = {NOT_COMPUTED, WRONG_SIZE, WRONG_HASH}


@dataclass(frozen=True)
class Difference:
    """How a file and what is stored of it differ; `detail` says why a file could not be read."""

    file: UploadedFile
    problems: tuple[str, ...]
    actual: Facts | None = None
    detail: str = ""

    @property
    def is_repairable(self) -> bool:
        """Whether computing anew mends it."""
        return REPAIRABLE.issuperset(self.problems)

    @property
    def is_missing(self) -> bool:
        """Whether there is no file at all."""
        return MISSING in self.problems


def difference(file: UploadedFile) -> Difference | None:
    """What is wrong with the facts of one file; None if they are right."""
    try:
        actual = facts_of(chunks_of_file(file.resource_id))
    except FileUnavailableError as error:
        return Difference(file, (MISSING if error.is_missing else UNREADABLE,), detail=str(error))
    problems = tuple(_problems(file.stored, actual))
    return Difference(file, problems, actual) if problems else None


def _problems(stored: Facts, actual: Facts) -> list[str]:
    found = []
    if not stored.are_complete:
        found.append(NOT_COMPUTED)
    elif stored.hash != actual.hash:
        found.append(WRONG_HASH)
    if stored.size not in (None, actual.size):
        found.append(WRONG_SIZE)
    return found
