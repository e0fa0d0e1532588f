"""What templates of other rooms ask about harvests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ckanext.herne.harvest import provenance, words
from ckanext.herne.harvest.pages import shown

if TYPE_CHECKING:
    from datetime import datetime

    from ckanext.herne.harvest.provenance import Provenance


def herne_harvest_provenance(package_id: str) -> Provenance | None:
    """Where a dataset comes from; None for one that was not harvested."""
    return provenance.provenance(package_id)


def herne_moment(at: datetime) -> str:
    """A day and time where the portal is."""
    return shown.moment(at)


def herne_harvest_frequency(name: str) -> str:
    """How often a source is harvested, in words."""
    return words.frequency(name)
