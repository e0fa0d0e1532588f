"""A harvest source of sensors: its configuration, and the dataset of one domain with its tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

import polars as pl
from ckan.plugins.toolkit import _
from ckanext.herne import tables
from ckanext.herne.harvesters.operations.addresses import normalised
from ckanext.herne.harvesters.operations.config import canonical, parse
from ckanext.herne.harvesters.operations.dataset import Identity
from ckanext.herne.harvesters.operations.errors import ConfigError
from ckanext.herne.harvesters.operations.rows import Harvested, demo_table
from ckanext.herne.harvesters.operations.source import Described, Discovery, Item, Operated, Sole, Source
from ckanext.herne.harvesters.sensors.archive import Archive
from ckanext.herne.harvesters.sensors.collect import collect
from ckanext.herne.harvesters.sensors.datasets import resource_ids, said
from ckanext.herne.harvesters.sensors.domain import domain
from ckanext.herne.harvesters.sensors.fetched import REMEMBERED, Fetched, recalled
from ckanext.herne.harvesters.sensors.protocols import NgsiLd, Platform, QuantumLeap, SensorThings
from ckanext.herne.harvesters.sensors.tables import daily_table, hourly_table, station_table
from ckanext.herne.harvesters.sensors.window import Stored, last_full_hour
from ckanext.herne.tables import Scope

if TYPE_CHECKING:
    from typing import Self

    from ckanext.herne.harvesters.operations.source import Reader

_BEGINNING = datetime(1970, 1, 1)  # noqa: DTZ001 (tables hold UTC without zone)
_TIMES = {"hours": "hour", "days": "day", "stations": "last_day"}
"""The column of each table that tells the period the dataset covers."""


class SensorsConfig(Operated, frozen=True):
    """The configuration of a source.

    `dataset` is the name in the portal's address, if not the domain's own. `history_days`: how far back a
    stream is read that is not stored yet; `hourly_days`: how long hours stay in the table. Days stay for
    good, and so do hours in the yearly files of the `archive`; a demo has none unless it says so. For NGSI,
    `types` are the entity types if not the domain's own, `context` the JSON-LD context, and `broker` the root
    of Orion where QuantumLeap has another one.
    """

    domain: str
    protocol: Literal["sensorthings", "ngsi-ld", "quantumleap"] = "sensorthings"
    dataset: str | None = None
    demo: bool = False
    history_days: int = 31
    hourly_days: int = 800
    archive: bool | None = None
    types: tuple[str, ...] = ()
    context: str = ""
    broker: str = ""


class SensorSource(Source):
    """One domain of a sensor platform."""

    def __init__(self, config: SensorsConfig) -> None:
        self.config: SensorsConfig = config
        self.domain = domain(config.domain)
        if config.history_days < 1 or config.hourly_days < 1:
            raise ConfigError(_("history_days and hourly_days: at least 1"))
        made = {
            "hours": hourly_table(self.domain),
            "days": daily_table(self.domain),
            "stations": station_table(self.domain),
        }
        self.tables = {name: demo_table(table) if config.demo else table for name, table in made.items()}
        is_kept = not config.demo if config.archive is None else config.archive
        self.archive = Archive(self.domain, self.tables["hours"], self.name, config.demo, is_kept)

    @property
    def name(self) -> str:
        """The dataset's name in the portal's address."""
        usual = self.domain.dataset.name
        return self.config.dataset or (f"{usual}-demo" if self.config.demo else usual)

    @classmethod
    def configured(cls, text: str | None) -> Self:
        return cls(parse(text or "", SensorsConfig))

    def canonical(self) -> str:
        return canonical(self.config)

    def platform(self, reader: Reader) -> Platform:
        """The platform at the source's address."""
        config, types = self.config, self.config.types or self.domain.entity_types
        if config.protocol == "ngsi-ld":
            return NgsiLd(reader.http, reader.url, types, config.context)
        if config.protocol == "quantumleap":
            return QuantumLeap(reader.http, reader.url, types, config.broker)
        return SensorThings(reader.http, reader.url)

    def sole(self, url: str) -> Sole:
        """One domain of the platform, of one tenant and of some types of entities."""
        where = normalised(url, self.config.headers)
        return Sole(" ".join((where, *sorted(self.config.types))), self.domain.id)

    def discover(self, reader: Reader) -> Discovery:
        """The dataset of the tables; what it brings shows when it is fetched. The yearly files follow."""
        guid = Identity.of(reader.source_id, self.domain.id).guid
        return Discovery((Item(guid, self.domain.dataset.title_de), *self.archive.items(reader)))

    def fetch(self, reader: Reader, item: Item) -> str:
        """The rows of hours, days and stations; a yearly file is made of what is stored."""
        if self.archive.part(item):
            return ""
        ids = resource_ids(reader.source_id, self.domain)
        stored = Stored(
            tables.newest(ids["hours"], "hour", by="stream_id"),
            tables.newest(ids["days"], "day", by="stream_id"),
        )
        history = timedelta(days=self.config.history_days)
        found = collect(
            self.platform(reader), self.domain, recalled(stored, reader.memory), reader.now, history
        )
        parts = {"hours": self._kept(found.hours, reader), "days": found.days, "stations": found.stations}
        return Fetched.of(found, {name: self._written(part) for name, part in parts.items()}).encode()

    def _kept(self, hours: Harvested, reader: Reader) -> Harvested:
        """The hours that stay in the table; older ones go."""
        first = last_full_hour(reader.now).replace(hour=0) - timedelta(days=self.config.hourly_days)
        table = resource_ids(reader.source_id, self.domain)["hours"]
        known = tables.extent(table, "hour")[0] if tables.exists(table) else None
        oldest = [hour for hour in (known, hours.rows.get_column("hour").min()) if isinstance(hour, datetime)]
        first = self.archive.earliest(reader, first, min(oldest, default=None))
        rows = hours.rows.filter(pl.col("hour") >= first)
        return replace(hours, rows=rows, scopes=(*hours.scopes, Scope("hour", _BEGINNING, first)))

    def _written(self, part: Harvested) -> str:
        return (part.as_demo() if self.config.demo else part).encode()

    def describe(self, reader: Reader, item: Item, content: str) -> Described:
        """The dataset as the domain describes it, with its tables; or a part of the archive."""
        if part := self.archive.part(item):
            return self.archive.describe(reader, part)
        ids = resource_ids(reader.source_id, self.domain)
        fetched = Fetched.decode(content)
        found = tuple(
            Harvested.decode(self.tables[name], text).of(ids[name], _TIMES[name])
            for name, text in fetched.parts.items()
        )
        initial: dict[str, Any] = {"name": self.name}
        if reader.owner_org:
            initial["owner_org"] = reader.owner_org
        fields = said(self.domain, reader.source_id, demo=self.config.demo)
        memory = {REMEMBERED: fetched.remembered}
        return Described(
            fields,
            initial,
            found,
            problems=fetched.problems,
            memory=memory,
            notes=fetched.notes,
            goes_on=fetched.goes_on,
        )
