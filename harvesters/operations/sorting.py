"""Which records of a source are to be stored, which vanished, which are another source's. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.operations.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ckanext.herne.harvesters.operations.records import Record
    from ckanext.herne.harvesters.operations.source import Discovery, Item


@dataclass
class Sorted:
    """The records of a source by what is to be done with them."""

    todo: list[Item] = field(default_factory=list)
    unchanged: list[Record] = field(default_factory=list)
    held: list[tuple[Item, Record]] = field(default_factory=list)
    gone: list[Record] = field(default_factory=list)


def sorted_out(
    discovery: Discovery, mine: Mapping[str, Record], elsewhere: Mapping[str, Record], source: str
) -> Sorted:
    """Sorts what was discovered at `source`.

    `mine` are the source's records so far, `elsewhere` those that other sources of at least the same priority
    bring. Raises SourceError if the source is empty, or lacks records it claims to have.
    """
    if discovery.same:
        here = [record for record in mine.values() if record.is_stored]
        return Sorted(
            unchanged=[record for record in here if record.missing_since is None],
            gone=[record for record in here if record.missing_since is not None],
        )
    present = {item.guid for item in discovery.items} | {guid for guid, _error in discovery.problems}
    if not present:
        raise SourceError(source, "", _("it is empty; nothing was changed"), _("Check the address"))
    result = Sorted(gone=[one for one in mine.values() if one.guid not in present and one.package_id])
    if result.gone and discovery.announced > len(present):
        problem = _("it announces {announced} records and delivers {delivered}; nothing is deleted")
        problem = problem.format(announced=discovery.announced, delivered=len(present))
        raise SourceError(source, "", problem, _("Try again later, or ask its operator"))
    for item in discovery.items:
        known, other = mine.get(item.guid), elsewhere.get(item.guid)
        if other is not None:
            result.held.append((item, other))
        elif known and known.is_stored and item.fingerprint and known.fingerprint == item.fingerprint:
            result.unchanged.append(known)
        else:
            result.todo.append(item)
    return result
