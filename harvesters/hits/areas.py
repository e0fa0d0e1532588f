"""Which area a row of a table speaks of, by the rules of its theme."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ckanext.herne.harvesters.hits.cells import split_marks

if TYPE_CHECKING:
    from ckanext.herne.harvesters.hits.theme import AreaRule


@dataclass(frozen=True)
class Area:
    """The area a row speaks of; `key` is as in the source."""

    level: str
    key: str
    name: str
    marks: tuple[str, ...] = ()


class Areas:
    """Applies the rules row by row, from the top: a rule may begin to hold at a certain row."""

    def __init__(self, rules: tuple[AreaRule, ...]) -> None:
        self.rules = rules
        self.reached = {rule for rule in rules if rule.from_name is None}

    def of(self, key: str, written: str) -> Area | None:
        """The area of a row; `written` is its name as it stands in the cell, with blanks before it."""
        name, marks = split_marks(" ".join(written.split()))
        self.reached |= {
            rule for rule in self.rules if rule.from_name is not None and re.fullmatch(rule.from_name, name)
        }
        indent = len(written) - len(written.lstrip())
        for rule in self.rules:
            if rule not in self.reached or rule.indent not in (None, indent):
                continue
            padded = key.zfill(rule.pad) if key else ""
            found = re.fullmatch(rule.name, name) if rule.name is not None else None
            by_key = rule.key is not None and re.fullmatch(rule.key, padded)
            if by_key and (found or rule.name is None or rule.from_name is None):
                return Area(rule.level, padded, name, marks)
            if found:
                own = found.groupdict().get("name") or name
                return Area(rule.level, padded or own, own, marks)
        return None
