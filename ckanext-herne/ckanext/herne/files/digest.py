"""Size and SHA-256 of a stream of bytes. Pure; where the bytes come from is left to `storage`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

SHA256 = "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"  # SPDX 2.3, as in the vocabulary


@dataclass(frozen=True)
class Facts:
    """What is known or stated of a file: bytes, checksum in hexadecimal digits, URI of its algorithm."""

    size: int | None
    hash: str
    hash_algorithm: str

    @property
    def are_complete(self) -> bool:
        """Whether nothing is missing that a job would fill in."""
        return self.size is not None and bool(self.hash) and self.hash_algorithm == SHA256


def facts_of(chunks: Iterable[bytes]) -> Facts:
    """Size and SHA-256 of the bytes in `chunks`, of which only one is held at a time."""
    digest, size = hashlib.sha256(), 0
    for chunk in chunks:
        digest.update(chunk)
        size += len(chunk)
    return Facts(size, digest.hexdigest(), SHA256)
