"""A HiTS theme as its data file describes it, and the tidy table all themes have."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
from ckanext.herne.harvesters.operations.config import read
from ckanext.herne.harvesters.operations.dataset import Description  # noqa: TC002 (msgspec reads it)
from ckanext.herne.harvesters.operations.errors import ConfigError
from ckanext.herne.regions import LEVELS
from ckanext.herne.tables import Column, Table

FOLDER = Path(__file__).parent / "themes"


class Indicator(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An indicator: its column's heading (parts of a merged one joined by " / ") and its unit (UCUM)."""

    id: str
    heading: str
    unit: str
    label_de: str
    label_en: str


class AreaRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the rows of one level are recognised: by the form of their key, or of their name.

    Both are regular expressions for the whole text. A row without a key is known by the name its group "name"
    finds; the key is never made up.
    """

    level: str
    key: str | None = None
    name: str | None = None


class Theme(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The layout of a theme's workbooks and the description of its dataset.

    `file` finds the workbooks among the links of the index page, `year` the year in the title rows above the
    header (one group each). `header_row` counts from 1.
    """

    id: str
    dataset: Description
    file: str
    year: str
    header_row: int
    header_rows: int
    key_heading: str
    name_heading: str
    areas: tuple[AreaRule, ...]
    indicators: tuple[Indicator, ...]

    def __post_init__(self) -> None:
        for rule in self.areas:
            if rule.level not in LEVELS:
                raise ValueError(f"unknown level '{rule.level}'; known are {', '.join(LEVELS)}")
        for pattern in (
            self.file,
            self.year,
            *(text for rule in self.areas for text in (rule.key, rule.name) if text),
        ):
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"'{pattern}' is not a regular expression: {error}") from error


def themes() -> list[str]:
    """The names of the themes there are files for."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def theme(name: str) -> Theme:
    """The theme of a name. Raises ConfigError if there is no file for it or the file is wrong."""
    if name not in themes():
        raise ConfigError(f"There is no theme '{name}'; known are {', '.join(themes())}")
    return read(FOLDER / f"{name}.yaml", Theme)


TABLE = Table(
    name="HiTS",
    columns=read(Path(__file__).parent / "columns.yaml", tuple[Column, ...]),
    key=("level", "area_id", "year", "indicator"),
)
"""The tidy table: one row per area, year and indicator."""
