"""In which language to speak to whoever asks."""

from __future__ import annotations

import ckan.plugins.toolkit as tk


def page_language() -> str:
    """The page's locale ("de", "en", "de_AT"); outside of a page the portal's default."""
    return str(tk.h.lang() or tk.config["ckan.locale_default"])
