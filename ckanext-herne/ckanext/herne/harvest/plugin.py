"""The plugin `herne_harvest`: operating harvests, whatever their source."""

from __future__ import annotations

import ckan.plugins as p


class HerneHarvestPlugin(p.SingletonPlugin):
    """Runs, reports and watches harvests."""
