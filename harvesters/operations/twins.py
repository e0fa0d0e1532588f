"""The same record through several sources: who has it, who brings it, and under whose ids it is stored.

Records of catalogues have names of their own (guids), which are the same whoever reads them. A source that is
one record as a whole (`Source.sole`) names it after itself; another source that reads the same is its twin.
Of sources with the same record, the one with the highest priority brings it, of equals the first. Twins that
both have a dataset already keep it until one of them gets a higher priority: nothing vanishes by itself.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from ckan import model
from ckan.plugins.toolkit import _
from ckanext.harvest.model import HarvestObject, HarvestSource
from ckanext.herne.harvesters.operations import kinds, records
from ckanext.herne.harvesters.operations.addresses import normalised
from ckanext.herne.harvesters.operations.dataset import Identity
from ckanext.herne.harvesters.operations.errors import ConfigError
from ckanext.herne.harvesters.operations.plan import Entry

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ckanext.herne.harvesters.operations.records import Record
    from ckanext.herne.harvesters.operations.source import Item, Sole, Source


class Others:
    """What other sources have of the records of one (`owner` in CKAN, read as `source`)."""

    def __init__(self, owner: Any, source: Source) -> None:
        self.owner, self.source = owner, source
        self.sole = source.sole(owner.url)

    @cached_property
    def twins(self) -> list[str]:
        """The ids of the sources that read the same single record, deleted ones included."""
        if self.sole is None:
            return []
        same_kind = model.Session.query(HarvestSource).filter_by(type=self.owner.type)
        others = same_kind.filter(HarvestSource.id != self.owner.id)
        # an address is compared in no time, a configuration has to be read
        here = normalised(self.owner.url)
        return [one.id for one in others if normalised(one.url) == here and sole_of(one) == self.sole]

    def records(self, guids: Collection[str]) -> dict[str, Record]:
        """By our guid: the records that another source brought, whose dataset is here."""
        found = records.elsewhere(self.owner.id, guids)
        for twin in self.twins:
            of_twin = records.of_source(twin)
            theirs = {self._ours(guid, twin): one for guid, one in of_twin.items() if not one.held_by}
            found |= {guid: one for guid, one in theirs.items() if guid in guids and one.is_stored}
        return found

    def holders(self, guids: Collection[str], mine: Mapping[str, Record]) -> dict[str, Record]:
        """By our guid: the records that are to be left to the source that brings them."""
        return {guid: one for guid, one in self.records(guids).items() if self._yields(one, mine.get(guid))}

    def _yields(self, other: Record, mine: Record | None) -> bool:
        if not HarvestSource.get(other.source_id).active:
            return False
        theirs, ours = kinds.priority(other.source_id), self.source.config.priority
        has_own = bool(own_package(mine, other)) and not (mine and mine.held_by)
        return theirs > ours or (theirs == ours and not has_own)

    def identity(self, guid: str, package_id: str | None) -> str:
        """Under the id of which source a dataset got its ids: a source that takes it over keeps them."""
        part = guid.removeprefix(f"{self.owner.id}:")
        theirs = (one for one in self.twins if Identity.of(one, part).dataset_id == package_id)
        return next(theirs, str(self.owner.id))

    def take_over(self, guid: str, package_id: str) -> None:
        """Notes that we bring the record now, not the twins. The caller commits."""
        for twin in self.twins:
            records.yield_to(self.owner.id, twin, self.named(guid, twin), package_id)
        if self.twins:
            before = model.Session.query(HarvestObject).filter_by(package_id=package_id, current=True)
            foreign = before.filter(HarvestObject.harvest_source_id != self.owner.id)
            foreign.update({"current": False}, synchronize_session=False)

    def _ours(self, guid: str, twin: str) -> str:
        return f"{self.owner.id}{guid.removeprefix(twin)}"

    def named(self, guid: str, source_id: str) -> str:
        """How our record is called at another source."""
        return guid if source_id == self.owner.id else f"{source_id}{guid.removeprefix(self.owner.id)}"


def held(item: Item, other: Record, mine: Record | None) -> Entry:
    """How a plan tells that another source brings a record."""
    owner = HarvestSource.get(other.source_id)
    problem = _('the source "{title}" brings this record').format(title=owner.title if owner else "")
    if own_package(mine, other):
        remedy = _(
            "The dataset that this source brought so far is no longer updated. Delete it, or give the "
            "source the higher priority"
        )
        problem = f"{problem}. {remedy}"
    return Entry(item.guid, item.title, other.package_id, problem=problem)


def own_package(mine: Record | None, other: Record) -> str | None:
    """The dataset that a source has of a record which another source brings as another dataset."""
    is_own = mine is not None and mine.is_stored and mine.package_id != other.package_id
    return mine.package_id if mine and is_own else None


def sole_of(owner: Any) -> Sole | None:
    """What a source reads as its only record; None if it has many, or cannot be understood."""
    try:
        return kinds.source_class(owner.type).configured(owner.config).sole(owner.url)
    except ConfigError:
        return None


def twins_with_datasets(source_id: str) -> list[str]:
    """The sources in use that bring the only record of this one again, as a dataset of their own."""
    owner = HarvestSource.get(source_id)
    try:
        others = Others(owner, kinds.source_class(owner.type).configured(owner.config))
    except ConfigError:
        return []
    stored = [twin for twin in others.twins if HarvestSource.get(twin).active]
    return [twin for twin in stored if any(_is_own(one) for one in records.of_source(twin).values())]


def _is_own(record: Record) -> bool:
    return record.is_stored and not record.held_by
