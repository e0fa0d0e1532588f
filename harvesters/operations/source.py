"""What a kind of source says of itself: which records there are, what one brings, how it is described.

A new kind of source is these few functions; jobs, plans, writing and reports are the same for all.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.operations.auth import Access

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Self

    from ckanext.herne.harvesters.operations.errors import SourceError
    from ckanext.herne.harvesters.operations.files import File
    from ckanext.herne.harvesters.operations.http import Http, Limits
    from ckanext.herne.harvesters.operations.rows import Harvested


class Operated(Access, frozen=True, kw_only=True):
    """What may be configured for every source: how it is reached, and what a run may do without asking.

    No key may have the name of a field of a dataset (title, name, url, ...): ckanext-harvest copies the keys
    over the fields of the source. `priority`: of two sources with the same record the higher one brings it.
    `deletable_share` (0 to 1) and `deletable_count`: so many of its records may vanish in one run before it
    asks; `grace_days`: how long a dataset stays that the source no longer has. The portal's options hold
    where a source says nothing.
    """

    priority: int = 0
    deletable_share: float | None = None
    deletable_count: int | None = None
    grace_days: int | None = None

    def __post_init__(self) -> None:
        if self.deletable_share is not None and not 0 <= self.deletable_share <= 1:
            raise ValueError(_("deletable_share: expected a number from 0 to 1"))
        if min(self.deletable_count or 0, self.grace_days or 0) < 0:
            raise ValueError(_("deletable_count and grace_days: expected a number from 0 on"))


@dataclass(frozen=True)
class Item:
    """A record of a source: one dataset.

    `guid` is the same as long as the source means the same record. Equal fingerprints mean that it says the
    same as when it was stored; an item without one is always fetched. `content` is what `fetch` needs.
    One that `is_derived` only follows from others, such as their series: that it is stored makes no success.
    """

    guid: str
    title: str = ""
    content: str = ""
    fingerprint: str = ""
    is_derived: bool = False


@dataclass(frozen=True)
class Sole:
    """The only record of a source: what is read (`where`, see `normalised`) and what of it (`part`).

    Sources for which both are the same bring the same dataset; at another address it is never the same.
    `part` is what `Identity.of` gets.
    """

    where: str
    part: str


@dataclass(frozen=True)
class Discovery:
    """What a source has, in the order in which it is stored: a series comes before the datasets that name it.

    `announced`: how many records it claims to have, 0 if it does not say.

    `problems` tells by guid of records that are there but cannot be read; they count as present. `memory` is
    kept for the next run if this one succeeds. `same` means that nothing has changed since the run that left
    the memory; there are no items then.
    """

    items: tuple[Item, ...] = ()
    announced: int = 0
    problems: tuple[tuple[str, SourceError], ...] = ()
    memory: Mapping[str, Any] = field(default_factory=dict)
    same: bool = False


@dataclass(frozen=True)
class Described:
    """What is to be stored of a record.

    `said` are the fields of the dataset that the source owns; `initial` those it only has a say in when the
    dataset is created. `tables` go into the DataStore, `files` into CKAN's storage; the resources of both are
    among those of `said`, and a file that is once said is said in every run that describes the record.
    `problems` tell what of the record could not be read, though the rest is to be stored. `memory` is kept
    for the next run, beside that of the discovery, once this is stored. `notes` say what was found at the
    source, for people who try it. If it `goes_on`, there is more than one run takes; the next one begins by
    itself.
    """

    said: Mapping[str, Any]
    initial: Mapping[str, Any] = field(default_factory=dict)
    tables: tuple[Harvested, ...] = ()
    files: tuple[File, ...] = ()
    problems: tuple[SourceError, ...] = ()
    memory: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    goes_on: bool = False


@dataclass(frozen=True)
class Reader:
    """How a run reads its source; `now` is aware, `memory` what the last successful run left.

    `owner_org` is the organization that gets the datasets; `known` has the fingerprints of the records that
    are stored, by guid.
    """

    http: Http
    url: str
    source_id: str
    owner_org: str | None
    now: datetime
    memory: Mapping[str, Any] = field(default_factory=dict)
    known: Mapping[str, str] = field(default_factory=dict)


class Source(ABC):
    """A configured harvest source. Nothing of it writes."""

    limits: ClassVar[Limits | None] = None
    """What a read may take, where that is more than the portal's options say."""
    config: Operated

    @classmethod
    @abstractmethod
    def configured(cls, text: str | None) -> Self:
        """The source for a configuration (YAML or JSON). Raises ConfigError naming the line."""

    @abstractmethod
    def canonical(self) -> str:
        """The configuration as CKAN stores it."""

    def sole(self, url: str) -> Sole | None:
        """What the source at `url` is about if it is one record; None if records have names of their own."""
        return None

    @abstractmethod
    def discover(self, reader: Reader) -> Discovery:
        """Which records there are, all of them. Raises SourceError if that cannot be said for certain."""

    @abstractmethod
    def fetch(self, reader: Reader, item: Item) -> str:
        """What the record brings, as text that `describe` understands. Raises SourceError."""

    @abstractmethod
    def describe(self, reader: Reader, item: Item, content: str) -> Described:
        """What is to be stored of what `fetch` gave. Raises SourceError."""
