"""A sensor domain as its data file describes it, and the table its aggregates live in."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec
from ckanext.herne.harvesters.operations.config import read
from ckanext.herne.harvesters.operations.dataset import Description  # noqa: TC002 (msgspec reads it)
from ckanext.herne.harvesters.operations.errors import ConfigError
from ckanext.herne.tables import Column, Table

FOLDER = Path(__file__).parent / "domains"
_COLUMNS = read(FOLDER.parent / "columns.yaml", tuple[Column, ...])
_CAPACITY = read(FOLDER.parent / "columns_capacity.yaml", tuple[Column, ...])


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text in both languages."""

    de: str
    en: str


class Quantity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A measured quantity: how its streams are recognised and what they may say.

    `observed_properties` are the definitions (URIs) of the observed property; `unit` is the UCUM code of the
    published values and `units` maps every unit a stream may declare to the factor that leads to `unit`.
    `minimum` and `maximum` bound what is plausible; values beyond are left out and counted.
    """

    id: str
    label: Text
    observed_properties: tuple[str, ...]
    unit: str
    units: dict[str, float]
    minimum: float
    maximum: float | None = None


class Domain(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One domain: its quantities, the rules of its aggregation and the description of its dataset."""

    id: str
    dataset: Description
    aggregate: Literal["mean", "time_weighted"]
    cadence_minutes: int
    quantities: tuple[Quantity, ...]
    minimum_coverage: float = 0.75
    late_hours: int = 72
    stale_minutes: int = 30
    """How long a value holds when nothing newer comes (time-weighted aggregates only)."""
    minimum_capacity: int | None = None
    """Sites with fewer places are not published (privacy); streams without a known capacity neither."""

    @property
    def expected_per_hour(self) -> int:
        return 60 // self.cadence_minutes

    def quantity(self, definition: str | None) -> Quantity | None:
        """The quantity of an observed property, by its definition."""
        return next((entry for entry in self.quantities if definition in entry.observed_properties), None)


def domains() -> list[str]:
    """The names of the domains there are files for."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def domain(name: str) -> Domain:
    """The domain of a name. Raises ConfigError if there is no file for it or the file is wrong."""
    if name not in domains():
        raise ConfigError(f"There is no sensor domain '{name}'; known are {', '.join(domains())}")
    return read(FOLDER / f"{name}.yaml", Domain)


def table(domain: Domain) -> Table:
    """The hourly table of a domain: one row per stream and hour."""
    places = _CAPACITY if domain.minimum_capacity is not None else ()
    return Table(name=f"{domain.id} (hourly)", columns=(*_COLUMNS, *places), key=("stream_id", "hour"))
