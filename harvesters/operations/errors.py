"""What goes wrong in a harvest, said so that a data owner can act on it."""

from __future__ import annotations

import re

from ckanext.herne.harvesters.operations.conceal import concealed

_USER = re.compile(r"(?<=://)[^/?#\s]*@")
_SECRET = re.compile(
    r"([?&;](?:\w*[_-])?(?:api)?(?:token|secret|pass|password|pwd|key|signature|sig|auth)=)[^&;\s)>\"']+",
    re.IGNORECASE,
)


class SourceError(Exception):
    """A source cannot be read as it is: nothing of this run is stored, the last good data stay.

    `source` is its name, address or file, `place` where in it, `problem` what was found, `remedy` what to do.
    Credentials in addresses are left out.
    """

    def __init__(self, source: str, place: str, problem: str, remedy: str) -> None:
        said = [without_credentials(text) for text in (source, place, problem, remedy)]
        super().__init__(*said)
        self.source, self.place, self.problem, self.remedy = said

    def __str__(self) -> str:
        where = f"{self.source} ({self.place})" if self.place else self.source
        return f"{where}: {self.problem}. {self.remedy}"


class ConfigError(ValueError):
    """The configuration of a harvest source or a data file is wrong; the text names line and remedy."""


def without_credentials(text: str) -> str:
    """A text whose addresses name no user, password, token or key; nor does it hold a secret of a source."""
    return concealed(_SECRET.sub(r"\1***", _USER.sub("", text)))
