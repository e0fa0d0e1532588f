"""What StatDCAT-AP says of a statistical dataset: its dimensions, attributes and units, as URIs. Pure."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from ckanext.herne.harvesters.hits.measures import measures
from ckanext.herne.harvesters.operations.config import read

if TYPE_CHECKING:
    from collections.abc import Collection

    from ckanext.herne.harvesters.hits.theme import Theme


class _Always(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    dimensions: tuple[str, ...]
    attributes: tuple[str, ...]


class _Terms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    always: _Always
    dimensions: dict[str, str]
    units: dict[str, str]


_TERMS = read(Path(__file__).parent / "statistics.yaml", _Terms)


def statistics(theme: Theme, used: Collection[str]) -> dict[str, list[str]]:
    """The fields of the dataset of a theme whose rows are of these indicators."""
    found = measures(theme, used)
    kinds = dict.fromkeys(kind for entry in found for kind in entry.dimensions)
    units = dict.fromkeys(entry.unit for entry in found)
    return {
        "stat_dimension": [*_TERMS.always.dimensions, *_known(kinds, _TERMS.dimensions)],
        "stat_attribute": list(_TERMS.always.attributes),
        "stat_unit_measure": _known(units, _TERMS.units),
    }


def _known(names: Collection[str], terms: dict[str, str]) -> list[str]:
    return [terms[name] for name in names if name in terms]
