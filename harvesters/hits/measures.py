"""What the rows of a theme can be of: its indicators, alone and within the sections of its tables. Pure."""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from ckanext.herne.harvesters.hits.theme import Indicator, Section, Theme

LONGEST = 56
"""Characters of an indicator's id: PostgreSQL has 63 for the column `<id>_status` of the wide table."""
Member = tuple[str, str]
"""Id and text of a section."""


def within(indicator: Indicator, members: Mapping[str, Member], unit: str | None) -> Indicator:
    """An indicator within sections (by dimension) and, where a section gives another one, in that unit."""
    own = unit or indicator.unit
    ids = [indicator.id, *(name for name, _text in members.values())]
    if own != indicator.unit:
        ids.append("percent" if own == "%" else re.sub(r"\W+", "_", own))
    english = [indicator.label_en, *(name.replace("_", " ") for name, _text in members.values())]
    return msgspec.structs.replace(
        indicator,
        id="_".join(ids),
        unit=own,
        label_de=", ".join([indicator.label_de, *(text for _name, text in members.values())]),
        label_en=", ".join(english),
        dimensions=indicator.dimensions | {kind: name for kind, (name, _text) in members.items()},
        additive=indicator.additive if own == indicator.unit else None,
    )


def measures(theme: Theme, used: Collection[str] | None = None) -> list[Indicator]:
    """The indicators of a theme's rows; with sections only those that are `used`, if that is known."""
    if not theme.sections:
        return list(theme.indicators)
    found = [one for entry in theme.indicators for one in _combined(entry, theme.sections)]
    return [one for one in found if used is None or one.id in used]


def _combined(indicator: Indicator, sections: tuple[Section, ...]) -> Iterator[Indicator]:
    units = [None, *(unit for rule in sections if rule.dimension == "unit" for unit in rule.values.values())]
    rules = [rule for rule in sections if rule.dimension not in ("unit", "year")]
    kinds = dict.fromkeys(rule.dimension for rule in rules)
    choices: list[list[Member | None]] = [
        [
            None,
            *((name, text) for rule in rules if rule.dimension == kind for text, name in rule.values.items()),
        ]
        for kind in kinds
    ]
    for unit, members in product(dict.fromkeys(units), product(*choices)):
        chosen = {kind: member for kind, member in zip(kinds, members, strict=True) if member}
        yield within(indicator, chosen, unit)
