"""A HiTS theme as its data file describes it, and the tidy table all themes have."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec
from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.hits.cells import STATUSES
from ckanext.herne.harvesters.hits.measures import LONGEST, measures
from ckanext.herne.harvesters.operations.config import read
from ckanext.herne.harvesters.operations.dataset import Description  # noqa: TC002 (msgspec reads it)
from ckanext.herne.harvesters.operations.shelf import Shelf
from ckanext.herne.regions import LEVELS
from ckanext.herne.tables import Column, Table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

COMPARISONS = ("kreis", "land", "bund")
"""Levels above the city: reports compare Herne with them, nothing adds up to them."""
DRAWN_LINE = r"^_{5,}"
"""How offices draw the line below a table."""


class Indicator(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An indicator: its column's heading (parts of a merged one joined by " / ") and its unit (UCUM).

    A heading "@C" means column C, for columns without a heading of their own; "{year}" in a heading stands
    for a year, so that one indicator may have a column for each. `dimensions` says what the indicator is a
    part of (sex: male). Areas add up only in what is `additive`: counts, unless said otherwise.
    """

    id: str
    heading: str
    unit: str
    label_de: str
    label_en: str
    reference: str | None = None
    dimensions: dict[str, str] = {}
    additive: bool | None = None

    @property
    def adds_up(self) -> bool:
        """Whether the areas below an area sum up to it."""
        return self.unit == "1" if self.additive is None else self.additive


class AreaRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How the rows of one level are recognised: by the form of their key, or of their name.

    Both are regular expressions for the whole text. A row without a key is known by the name its group "name"
    finds; the key is never made up. `pad` gives a key the leading zeros a spreadsheet took. `indent` asks for
    that many blanks before the name, `from_name` holds the rule back until the row of that name is reached.
    """

    level: str
    key: str | None = None
    name: str | None = None
    pad: int = 0
    indent: int | None = None
    from_name: str | None = None


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The one area a table speaks of whose rows are something else, years for example."""

    level: str
    key: str
    name: str


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A row without values that says what the rows below it are about, until the next of its kind.

    The dimension "year" finds the year with the group of `match`; "unit" gives another unit; any other one is
    added to the indicators' ids. `values` gives the id (or unit) of each text the row may have. With a
    `heading` it is no row, but the text in the column of that heading.
    """

    dimension: str
    values: dict[str, str] = {}
    match: str | None = None
    heading: str | None = None


class Sum(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Indicators that add up to another one."""

    total: str
    parts: tuple[str, ...]


class Share(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An indicator that is `part` divided by `whole`."""

    share: str
    part: str
    whole: str


class Atlas(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where the theme stands in an InstantAtlas report.

    `levels` gives the level of each geography, `comparisons` level and key of each comparison feature by its
    id, `indicators` the id here of each id there (an associate is "id/name"). Features in `ignore` are no
    areas.
    """

    theme: str
    levels: dict[str, str]
    indicators: dict[str, str]
    comparisons: dict[str, Place] = {}
    ignore: tuple[str, ...] = ()
    pad: int = 0


class Theme(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The layout of a theme's workbooks and the description of its dataset.

    `file` finds the workbooks among the links of the index page, `sheet` the sheet. `year` finds the year in
    the rows above the header, the sheet's or the file's name (one group each); `year_heading` is the column
    that has it instead. `header_row` counts from 1; `number_row` says that a row of column numbers follows.
    Rows that match `skip` are no areas; a row that matches `end` (a drawn line) ends the table. `signs` gives
    the status of signs with a meaning of their own, `red` the flag of figures in red. `reference` is the day
    or period the figures hold for, with "{year}". `totals` says where the rows of larger areas stand; with
    `sums` and `shares` it tells what can be computed from what, which `disclosure` withholds or warns of.
    `contact` is the office (name, email, url) that answers for the figures.

    All sheets that `sheet` matches are read. With `transposed` the sheet's rows are its columns: areas stand
    side by side, "@7" means row 7. `again` finds the rows at which the same table begins once more below.
    With `blanks_repeat` an empty label repeats the one above it. Figures in hidden rows and columns, and
    hidden sheets, are refused unless `hidden` is "read".
    """

    id: str
    dataset: Description
    file: str
    header_row: int
    header_rows: int
    indicators: tuple[Indicator, ...]
    areas: tuple[AreaRule, ...] = ()
    key_heading: str | None = None
    name_heading: str | None = None
    year: str | None = None
    year_heading: str | None = None
    place: Place | None = None
    sheet: str = ".*"
    transposed: bool = False
    again: str | None = None
    blanks_repeat: bool = False
    hidden: Literal["refuse", "read"] = "refuse"
    number_row: bool = False
    sections: tuple[Section, ...] = ()
    skip: tuple[str, ...] = ()
    end: str = DRAWN_LINE
    signs: dict[str, str] = {}
    red: str | None = None
    reference: str | None = None
    sums: tuple[Sum, ...] = ()
    shares: tuple[Share, ...] = ()
    totals: Literal["below", "above"] | None = None
    disclosure: Literal["withhold", "warn"] = "withhold"
    contact: dict[str, str] = {}
    atlas: Atlas | None = None

    def __post_init__(self) -> None:
        _refuse_unknown("level", [rule.level for rule in self.areas], [*LEVELS, *COMPARISONS])
        _refuse_unknown("status", self.signs.values(), STATUSES)
        for entry in measures(self):
            if len(entry.id) > LONGEST:
                raise ValueError(f"the id '{entry.id}' is too long; {LONGEST} characters are possible")
        if self.place is None and not self.areas:
            raise ValueError("a theme needs rules for its areas, or the place it speaks of")
        for pattern in self._patterns():
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"'{pattern}' is not a regular expression: {error}") from error

    def _patterns(self) -> list[str]:
        rules = [text for rule in self.areas for text in (rule.key, rule.name, rule.from_name)]
        sections = [section.match for section in self.sections]
        found = (self.file, self.sheet, self.year, self.again, self.end, *self.skip, *rules, *sections)
        return [text for text in found if text is not None]


def _refuse_unknown(kind: str, found: Iterable[str], known: Collection[str]) -> None:
    for text in found:
        if text not in known:
            raise ValueError(f"unknown {kind} '{text}'; known are {', '.join(sorted(known))}")


THEMES = Shelf(
    Path(__file__).parent / "themes", Theme, lambda: _("There is no theme '{name}'; known are {names}")
)
themes, theme = THEMES.names, THEMES.take


TABLE = Table(
    name="HiTS",
    columns=read(Path(__file__).parent / "columns.yaml", tuple[Column, ...]),
    key=("level", "area_id", "year", "indicator"),
)
"""The tidy table: one row per area, year and indicator."""
