"""Levels of Herne's spatial units; a unit is identified by (level, key), as names repeat across levels."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

import yaml


@dataclass(frozen=True)
class Level:
    """One level: `id` stands in the tables' column "level", `units` is how many units it has."""

    id: str
    de: str
    en: str
    units: int

    def label(self, language: str) -> str:
        """Its name for readers of "de", "en", "de_AT": German, or English for all others."""
        return self.de if language.partition("_")[0] == "de" else self.en


def _read() -> dict[str, Level]:
    text = files("ckanext.herne.regions").joinpath("levels.yaml").read_text("utf-8")
    return {entry["id"]: Level(**entry) for entry in yaml.safe_load(text)}


LEVELS = _read()
"""Every level by its id, from the smallest unit to the city."""
