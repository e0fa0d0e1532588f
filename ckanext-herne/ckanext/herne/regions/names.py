"""The publicly known names of the city's spatial units (`units.yaml`): to recognise them, never as keys."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml


@cache
def known_names() -> frozenset[str]:
    """All names, of whatever level."""
    text = Path(__file__).with_name("units.yaml").read_text("utf-8")
    found: set[str] = set()
    for stadtbezirk, ortsteile in yaml.safe_load(text)["units"].items():
        found |= {stadtbezirk, *ortsteile, *(name for names in ortsteile.values() for name in names)}
    return frozenset(found)
