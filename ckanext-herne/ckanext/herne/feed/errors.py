"""Why the feed has no answer, beyond what CKAN has exceptions for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ckan.plugins.toolkit as tk

if TYPE_CHECKING:
    from datetime import datetime


class UnavailableError(Exception):
    """The feed cannot answer now; what it could say would have datasets deleted elsewhere."""


class GoneError(tk.ObjectNotFound):
    """A package was served until it was withdrawn (`at`, UTC); `replaced_by` is a URI, if one is known."""

    def __init__(self, uri: str, at: datetime, replaced_by: str | None) -> None:
        super().__init__(tk._("{} was withdrawn from the catalogue.").format(uri))
        self.uri = uri
        self.at = at
        self.replaced_by = replaced_by
