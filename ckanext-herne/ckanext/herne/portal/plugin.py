"""The plugin `herne`: what a visitor and a steward of the portal see.

It only tells CKAN where things are. What they do is left to the modules beside it.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ckanext.herne.licenses.register import REGISTER_FILE


@tk.blanket.cli
@tk.blanket.config_declarations
class HernePlugin(p.SingletonPlugin):
    """Forms, defaults, licences and pages of the portal."""

    p.implements(p.IConfigurer)

    def update_config(self, config: Any) -> None:
        """Point CKAN at the licence register unless the operator has chosen another one."""
        if not config.get("licenses_group_url"):
            config["licenses_group_url"] = f"file://{REGISTER_FILE}"
