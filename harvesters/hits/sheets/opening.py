"""The sheets of a file, by what the file is, not by what it is called."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import TYPE_CHECKING

from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.hits.sheets import ods, safety, xls, xlsx
from ckanext.herne.harvesters.operations.errors import SourceError
from lxml import etree

if TYPE_CHECKING:
    from ckanext.herne.harvesters.hits.sheets.grid import Grid

_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    etree.XMLSyntaxError,
    LookupError,
    ValueError,
    EOFError,
    OSError,
    RuntimeError,  # a way of packing that is not known here
)
"""What a file that breaks off or was changed on its way makes the parsers raise."""
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def grids(name: str, content: bytes) -> tuple[Grid, ...]:
    """The sheets of a workbook in their order. `name` is for messages.

    Raises SourceError for what is no whole workbook of a known kind, and for a dangerous one.
    """
    found = _grids(name, content)
    for grid in found:
        if grid.covered > safety.CELLS:
            raise safety.too_long(name, grid.name)
    return found


def _grids(name: str, content: bytes) -> tuple[Grid, ...]:
    if content.startswith(_OLE):
        return xls.read(name, content)
    if not content.startswith(b"PK"):
        is_page = content[:512].lstrip().lower().startswith((b"<!doctype html", b"<html"))
        problem = _("not a readable xlsx, xls or ods workbook")
        problem = _("not a readable xlsx, xls or ods workbook, but a web page") if is_page else problem
        raise SourceError(name, "", problem, _("Check the address; save the table as .xlsx or .ods"))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            safety.check_archive(name, archive)
            is_open_document = "content.xml" in archive.namelist()
            return ods.read(name, archive) if is_open_document else xlsx.read(name, archive)
    except _DAMAGED as error:
        raise safety.damaged(name, error) from error
