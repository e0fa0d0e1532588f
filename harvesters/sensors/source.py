"""A harvest source of the type `herne_sensorthings`: its configuration and what a run reads."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ckanext.herne import tables
from ckanext.herne.harvesters.operations.auth import Access
from ckanext.herne.harvesters.operations.config import canonical, parse
from ckanext.herne.harvesters.operations.harvest import Harvested, Source
from ckanext.herne.harvesters.sensors.client import SensorThings
from ckanext.herne.harvesters.sensors.collect import collect
from ckanext.herne.harvesters.sensors.domain import domain, table

if TYPE_CHECKING:
    from typing import Self

    from ckanext.herne.harvesters.operations.http import Http


class SensorThingsConfig(Access, frozen=True):
    """The configuration of a source.

    No key may have the name of a field of a dataset (title, name, url, ...): ckanext-harvest copies the keys
    over the fields of the source.
    """

    domain: str
    dataset: str | None = None
    """Name of the dataset in the portal's address, if not the domain's own."""
    demo: bool = False
    history_days: int = 31
    """How far back a stream is read that is not stored yet."""


class SensorThingsSource(Source):
    """One domain of a SensorThings server."""

    time_column = "hour"

    def __init__(self, config: SensorThingsConfig) -> None:
        self.config = self.access = config
        self.domain = domain(config.domain)
        self.part = self.domain.id
        self.description = self.domain.dataset
        self.table = table(self.domain)
        self.dataset_name = config.dataset
        self.demo = config.demo

    @classmethod
    def configured(cls, text: str | None) -> Self:
        return cls(parse(text or "", SensorThingsConfig))

    def canonical(self) -> str:
        return canonical(self.config)

    def collect(self, http: Http, url: str, resource_id: str, now: datetime) -> Harvested:
        newest = tables.newest(resource_id, "hour", by="stream_id")
        history = timedelta(days=self.config.history_days)
        return collect(SensorThings(http, url), self.domain, newest, now, history)
