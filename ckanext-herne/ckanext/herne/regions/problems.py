"""What is wrong with a file of spatial units: where, and what to do."""

from __future__ import annotations


class RegionError(ValueError):
    """A file that cannot be loaded, of which nothing was stored; names the file, the place and the remedy."""

    def __init__(self, source: str, place: str, problem: str, remedy: str) -> None:
        super().__init__(f"{source}, {place}: {problem}. {remedy}")
