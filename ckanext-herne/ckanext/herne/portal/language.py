"""In which language to speak to whoever asks."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from flask import has_request_context


def page_language() -> str:
    """The page's locale ("de", "en", "de_AT"); outside of a page, as in jobs, the portal's default."""
    asked = tk.h.lang() if has_request_context() else ""
    return str(asked or tk.config["ckan.locale_default"])
