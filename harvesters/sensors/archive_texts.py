"""What the series of yearly files says of itself, and each year's dataset (`archive.yaml`). Pure."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from ckanext.herne.harvesters.operations.config import read
from ckanext.herne.harvesters.operations.dataset import Description

if TYPE_CHECKING:
    from ckanext.herne.harvesters.sensors.domain import Domain

_FREQUENCY = "http://publications.europa.eu/resource/authority/frequency/"


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    title_de: str
    title_en: str
    description_de: str
    description_en: str


class _Texts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    series: _Part
    year: _Part
    resource_de: str
    resource_en: str


_TEXTS = read(Path(__file__).parent / "archive.yaml", _Texts)


def of_series(domain: Domain) -> Description:
    """The series: a dataset joins it each year."""
    return _described(domain, _TEXTS.series, "", f"{_FREQUENCY}ANNUAL")


def of_year(domain: Domain, year: int) -> Description:
    """The dataset of a year, which is over."""
    return _described(domain, _TEXTS.year, str(year), f"{_FREQUENCY}NEVER")


def _described(domain: Domain, part: _Part, year: str, frequency: str) -> Description:
    text = domain.dataset
    de = {"subject": text.subject_de, "about": text.description_de, "year": year}
    en = {"subject": text.subject_en, "about": text.description_en, "year": year}
    return Description(
        name="",
        title_de=part.title_de.format(**de),
        title_en=part.title_en.format(**en),
        description_de=part.description_de.format(**de),
        description_en=part.description_en.format(**en),
        resource_de=_TEXTS.resource_de.format(**de),
        resource_en=_TEXTS.resource_en.format(**en),
        themes=text.themes,
        keywords=text.keywords,
        frequency=frequency,
    )
