"""Rows within a table that say what the rows below them are about."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

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
        for rule in self.rules:
            found = re.fullmatch(rule.match, line) if rule.match is not None else None
            text = found[found.re.groups] if found else line
            if rule.dimension == "year" and found:
                self.year = int(text)
            elif rule.dimension == "unit" and text in rule.values:
                self.unit = rule.values[text]
            elif text in rule.values:
                self.members[rule.dimension] = (rule.values[text], text)
            else:
                continue
            return True
        return False

    def applied(self, indicator: Indicator) -> tuple[str, str, str]:
        """Id, unit and label of an indicator within the current sections."""
        unit = self.unit or indicator.unit
        ids = [indicator.id, *(name for name, _text in self.members.values())]
        if unit != indicator.unit:
            ids.append("percent" if unit == "%" else re.sub(r"\W+", "_", unit))
        label = ", ".join([indicator.label_de, *(text for _name, text in self.members.values())])
        return "_".join(ids), unit, label
