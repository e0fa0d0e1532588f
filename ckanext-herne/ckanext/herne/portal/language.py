"""In which language to speak to whoever asks."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
from ckan.config import middleware
from flask import has_request_context
from flask_babel import force_locale

if TYPE_CHECKING:
    from collections.abc import Iterator

    import click


def page_language() -> str:
    """The page's locale ("de", "en", "de_AT"); outside of a page, as in jobs, the portal's default."""
    asked = tk.h.lang() if has_request_context() else ""
    return str(asked or tk.config["ckan.locale_default"])


def in_the_portals_language(context: click.Context) -> contextlib.AbstractContextManager[Any]:
    """Where a command's texts are translated: CKAN does that within a request only."""
    app = context.meta.get("flask_app")  # CKAN's command line sets it
    return app.test_request_context() if app else contextlib.nullcontext()


@contextlib.contextmanager
def speaking(language: str) -> Iterator[None]:
    """Where texts are in `language` whoever reads them later, as in a mail; in jobs too."""
    here = contextlib.nullcontext()
    if not has_request_context():
        here = middleware._internal_test_request_context.app.test_request_context()
    with here, force_locale(language):
        yield
