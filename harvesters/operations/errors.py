"""What goes wrong in a harvest, said so that a data owner can act on it."""

from __future__ import annotations


class SourceError(Exception):
    """A source cannot be read as it is: nothing of this run is stored, the last good data stay.

    `source` is its address or file, `place` where in it, `problem` what was found, `remedy` what to do.
    """

    def __init__(self, source: str, place: str, problem: str, remedy: str) -> None:
        super().__init__(source, place, problem, remedy)
        self.source = source
        self.place = place
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        where = f"{self.source} ({self.place})" if self.place else self.source
        return f"{where}: {self.problem}. {self.remedy}"


class ConfigError(ValueError):
    """The configuration of a harvest source or a data file is wrong; the text names line and remedy."""
