"""A harvest source of sensors: its configuration, and the dataset of one domain with its tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import polars as pl
from ckan.plugins.toolkit import _
from ckanext.herne import tables
from ckanext.herne.harvesters.operations.addresses import normalised
from ckanext.herne.harvesters.operations.config import canonical, parse
from ckanext.herne.harvesters.operations.dataset import Identity
from ckanext.herne.harvesters.operations.errors import ConfigError
from ckanext.herne.harvesters.operations.rows import Harvested, demo_table
from ckanext.herne.harvesters.operations.source import Described, Discovery, Item, Operated, Sole, Source
from ckanext.herne.harvesters.sensors.collect import collect
from ckanext.herne.harvesters.sensors.datasets import resource_ids, said
from ckanext.herne.harvesters.sensors.domain import domain
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
    stream is read that is not stored yet; `hourly_days`: how long hours stay in the table (days stay for
    good). For NGSI, `types` are the entity types if not the domain's own, `context` the JSON-LD context, and
    `broker` the root of Orion where QuantumLeap has another one.
    """

    domain: str
    protocol: Literal["sensorthings", "ngsi-ld", "quantumleap"] = "sensorthings"
    dataset: str | None = None
    demo: bool = False
    history_days: int = 31
    hourly_days: int = 800
    types: tuple[str, ...] = ()
    context: str = ""
    broker: str = ""


class _Content(msgspec.Struct, frozen=True):
    """What travels from the fetch stage: rows by table, and what was read only in part."""

    tables: dict[str, str]
    problems: tuple[str, ...]


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
        """The one dataset; what it brings shows when it is fetched."""
        guid = Identity.of(reader.source_id, self.domain.id).guid
        return Discovery((Item(guid, self.domain.dataset.title_de),))

    def fetch(self, reader: Reader, item: Item) -> str:
        """The rows of hours, days and stations."""
        ids = resource_ids(reader.source_id, self.domain)
        stored = Stored(
            tables.newest(ids["hours"], "hour", by="stream_id"),
            tables.newest(ids["days"], "day", by="stream_id"),
        )
        history = timedelta(days=self.config.history_days)
        found = collect(self.platform(reader), self.domain, stored, reader.now, history)
        parts = {"hours": self._kept(found.hours, reader.now), "days": found.days, "stations": found.stations}
        content = _Content(
            {name: self._written(part) for name, part in parts.items()}, tuple(map(str, found.problems))
        )
        return msgspec.json.encode(content).decode()

    def _kept(self, hours: Harvested, now: datetime) -> Harvested:
        """The hours that stay in the table; older ones go."""
        first = last_full_hour(now).replace(hour=0) - timedelta(days=self.config.hourly_days)
        rows = hours.rows.filter(pl.col("hour") >= first)
        return replace(hours, rows=rows, scopes=(*hours.scopes, Scope("hour", _BEGINNING, first)))

    def _written(self, part: Harvested) -> str:
        return (part.as_demo() if self.config.demo else part).encode()

    def describe(self, reader: Reader, item: Item, content: str) -> Described:
        """The dataset as the domain describes it, with its tables."""
        ids = resource_ids(reader.source_id, self.domain)
        given = msgspec.json.decode(content, type=_Content)
        found = tuple(
            Harvested.decode(self.tables[name], text).of(ids[name], _TIMES[name])
            for name, text in given.tables.items()
        )
        name = self.config.dataset or (
            f"{self.domain.dataset.name}-demo" if self.config.demo else self.domain.dataset.name
        )
        initial: dict[str, Any] = {"name": name}
        if reader.owner_org:
            initial["owner_org"] = reader.owner_org
        fields = said(self.domain, reader.source_id, demo=self.config.demo)
        return Described(fields, initial, found, problems=given.problems)
