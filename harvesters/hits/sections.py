"""Rows within a table that say what the rows below them are about, and columns that say it of their row."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ckanext.herne.harvesters.hits.measures import within

if TYPE_CHECKING:
    from ckanext.herne.harvesters.hits.theme import Indicator, Section


class Sections:
    """What the section rows read so far say; the last of each dimension holds."""

    def __init__(self, rules: tuple[Section, ...]) -> None:
        self.rules = rules
        self.year: int | None = None
        self.unit: str | None = None
        self.members: dict[str, tuple[str, str]] = {}
        """Id and text of the section by dimension."""

    def begin(self, line: str) -> bool:
        """Takes a row in if it is a section's."""
        return any(self.take(rule, line) for rule in self.rules if rule.heading is None)

    def take(self, rule: Section, line: str) -> bool:
        """Takes in what a text says of a section, if it does."""
        found = re.fullmatch(rule.match, line) if rule.match is not None else None
        text = found[found.re.groups] if found else line
        if rule.dimension == "year" and found:
            self.year = int(text)
        elif text not in rule.values:
            return False
        elif rule.dimension == "unit":
            self.unit = rule.values[text]
        else:
            self.members[rule.dimension] = (rule.values[text], text)
        return True

    def applied(self, indicator: Indicator) -> Indicator:
        """The indicator within the current sections."""
        order = dict.fromkeys(rule.dimension for rule in self.rules)
        members = {kind: self.members[kind] for kind in order if kind in self.members}
        return within(indicator, members, self.unit) if members or self.unit else indicator
