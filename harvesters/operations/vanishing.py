"""When a run may take datasets away: never many at once without being told, and never at once. Pure.

What a source no longer has stays for a time of grace, marked as no longer there, and is deleted by the first
run after it that still does not find it. A source that cannot be read deletes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import ckan.plugins.toolkit as tk
from ckan.plugins.toolkit import _

if TYPE_CHECKING:
    from datetime import datetime

    from ckanext.herne.harvesters.operations.source import Operated


@dataclass(frozen=True)
class Bounds:
    """So much may vanish in one run without anybody being asked, and so long it stays."""

    share: float
    count: int
    grace: timedelta

    @classmethod
    def of(cls, config: Operated) -> Bounds:
        """What the source's configuration says, else the portal's options."""
        share, count, days = config.deletable_share, config.deletable_count, config.grace_days
        prefix = "ckanext.herne.harvest."
        return cls(
            tk.config[f"{prefix}deletable_share"] / 100 if share is None else share,
            tk.config[f"{prefix}deletable_count"] if count is None else count,
            timedelta(days=tk.config[f"{prefix}grace_days"] if days is None else days),
        )

    def asks(self, stored: int, gone: int) -> str:
        """Why a person has to be asked before `gone` of `stored` datasets vanish; empty if nobody has."""
        if gone == 0 or (gone <= self.count and gone <= self.share * stored):
            return ""
        text = _(
            "{gone} of {stored} datasets are no longer at the source. Nothing was changed. Check the source. "
            'If it is right, choose "Accept deletions", or run '
            "`ckan herne harvest run SOURCE --accept-deletions`"
        )
        return str(text.format(gone=gone, stored=stored))

    def deletes(self, missing_since: datetime, now: datetime) -> bool:
        """Whether the time of grace is over."""
        return missing_since + self.grace <= now
