"""A sensor domain as its data file describes it: what is measured, how aggregated, what stays private."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Literal

import msgspec
from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.operations.dataset import Description
from ckanext.herne.harvesters.operations.shelf import Shelf
from ckanext.herne.harvesters.sensors.aggregate import Aggregate, Rule


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text in both languages."""

    de: str
    en: str


class DomainDescription(Description, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The domain's dataset; its tables are the hours (`resource`), the days and the stations.

    The `subject` begins the titles of its yearly files (`archive.yaml`).
    """

    subject_de: str
    subject_en: str
    daily_de: str = "Tageswerte (Tabelle)"
    daily_en: str = "Daily values (table)"
    stations_de: str = "Stationen (Tabelle)"
    stations_en: str = "Stations (table)"
    hvd_category: str | None = None
    """URI, if the dataset is one of the high-value datasets of Regulation (EU) 2023/138."""


class Quantity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A measured quantity: how its streams are recognised and what they may say.

    `observed_properties` are the definitions (URIs) of SensorThings' observed property; `attributes` the
    names of NGSI attributes with the unit that their data model gives them where an entity names none.
    `complements` are definitions and attributes of the free places where the quantity is the occupied ones.
    `unit` is the UCUM code of the published values, and `units` maps every unit a stream may declare to the
    factor that leads there. `minimum` and `maximum` bound what is plausible; values beyond are left out and
    counted. What is not said of the aggregate, the domain says.
    """

    id: str
    label: Text
    unit: str
    units: dict[str, float]
    minimum: float
    maximum: float | None = None
    observed_properties: tuple[str, ...] = ()
    attributes: dict[str, str] = {}
    complements: tuple[str, ...] = ()
    aggregate: Aggregate | None = None
    cadence_minutes: int | None = None
    minimum_coverage: float | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The properties and attributes whose streams belong to the quantity."""
        return (*self.observed_properties, *self.attributes, *self.complements)


class Privacy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is not published, so that nobody can be watched: sites only, never single bays or boxes.

    A site with fewer places than `smallest_site` is left out, and so is one whose places nobody knows; one
    with fewer than `smallest_site_hourly` is published by days only.
    """

    smallest_site: int
    smallest_site_hourly: int


class Domain(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One domain: its quantities, the rules of its aggregation and the description of its dataset.

    `entity_types` are the NGSI types of its stations; `capacity` names the properties of a station that tell
    its places. How long a value is believed when nothing newer comes is `stale_minutes`.
    """

    id: str
    dataset: DomainDescription
    aggregate: Aggregate
    cadence_minutes: int
    privacy: Privacy | Literal["open"]
    quantities: tuple[Quantity, ...]
    minimum_coverage: float = 0.75
    late_hours: int = 72
    stale_minutes: int = 30
    entity_types: tuple[str, ...] = ()
    capacity: tuple[str, ...] = ("capacity",)

    def __post_init__(self) -> None:
        if not 0 < self.stale_minutes <= 60:
            raise ValueError("stale_minutes: at most 60, or a value would fill hours nobody measured in")
        if any(not 0 < self.rule(entry).cadence.total_seconds() <= 3600 for entry in self.quantities):
            raise ValueError("cadence_minutes: at most 60, or an hour would be full without any value")

    def quantity(self, name: str | None) -> Quantity | None:
        """The quantity of an observed property (its definition) or an NGSI attribute."""
        return next((entry for entry in self.quantities if name in entry.names), None)

    def rule(self, quantity: Quantity) -> Rule:
        """How a quantity of the domain is aggregated."""
        coverage = quantity.minimum_coverage
        return Rule(
            quantity.aggregate or self.aggregate,
            timedelta(minutes=quantity.cadence_minutes or self.cadence_minutes),
            self.minimum_coverage if coverage is None else coverage,
            timedelta(minutes=self.stale_minutes),
        )


DOMAINS = Shelf(
    Path(__file__).parent / "domains",
    Domain,
    lambda: _("There is no sensor domain '{name}'; known are {names}"),
)
domains, domain = DOMAINS.names, DOMAINS.take
