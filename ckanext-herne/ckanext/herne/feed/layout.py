"""The version of all that shapes a package's texts besides the package: code, the portal's settings, rules.

A text of another version is out of date, whoever made it; `rebuild` makes it anew.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import ckanext.herne.dcat_ap_de as writing_code
from ckanext.herne.dcat_ap_de.profile import portal_settings
from ckanext.herne.feed import gate
from ckanext.herne.quality.reports.verdict import shapes_version
from ckanext.herne.tables.export import distributions, formats

FILES = ("*.py", "*.yaml", "vocabularies/*.yaml")


def layout() -> str:
    """A short text that differs between versions that may write, or judge, a package differently."""
    parts = (_code_version(), repr(portal_settings()), shapes_version(), gate.mode())
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


@cache
def _code_version() -> str:
    """Over the files that turn a package into texts: the whole room of the writer, and other makers."""
    room, own = Path(writing_code.__path__[0]), Path(__file__).parent
    files = [path for pattern in FILES for path in sorted(room.glob(pattern))]
    makers = (own / "fragments.py", own / "syntaxes.py", Path(distributions.__file__), Path(formats.__file__))
    content = b"".join(path.read_bytes() for path in (*files, *makers))
    return hashlib.sha256(content).hexdigest()
