"""What went wrong with a record or a run, in words; whatever was not expected is logged whole."""

from __future__ import annotations

import logging

import ckan.plugins.toolkit as tk
from ckan.plugins.toolkit import _
from ckanext.herne import tables
from ckanext.herne.harvesters.operations.errors import ConfigError, SourceError

log = logging.getLogger(__name__)

EXPECTED = (SourceError, ConfigError, tables.TableError, tk.ValidationError)
"""Failures whose text tells the reader what to do; any other is a fault of this software."""


def told(error: Exception, what: str) -> str:
    """The error in words; a fault of this software is logged whole."""
    if isinstance(error, tk.ValidationError):
        said = "; ".join(f"{field}: {text}" for field, text in error.error_summary.items())
        text = _("{what}: the portal refuses it: {said}. Correct it at the source, and harvest again")
        return str(text.format(what=what, said=said))
    if isinstance(error, EXPECTED):
        return str(error)
    log.error("Fault while harvesting %s", what, exc_info=error)
    text = _("{what}: a fault in the harvester: {error}. Nothing of it was stored; the log says more")
    return str(text.format(what=what, error=repr(error)))
