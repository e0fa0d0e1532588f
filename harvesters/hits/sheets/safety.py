"""Refusal of files that are a danger or a trap, before anything of them is read.

Limits are generous: a table of a theme and year has some hundred cells and 10 KB. Reading stays within them
even if a file lies about its sizes.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.operations.errors import SourceError
from lxml import etree

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Iterator

UNPACKED_BYTES = 200 * 1024 * 1024
"""A workbook that unpacks to more is refused."""
ENTRIES = 5000
"""Files a workbook may consist of."""
ROWS = 100_000
"""Rows of a sheet."""
CELLS = 2_000_000
"""Cells of a workbook that hold something."""


def check_archive(name: str, archive: zipfile.ZipFile) -> None:
    """Refuses an archive that is encrypted, has too many parts, or unpacks to too much."""
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > UNPACKED_BYTES:
        problem = _("it unpacks to {bytes} bytes, {allowed} are allowed")
        raise _trap(name, problem.format(bytes=unpacked, allowed=UNPACKED_BYTES))
    if len(entries) > ENTRIES:
        problem = _("it consists of {count} parts, {allowed} are allowed")
        raise _trap(name, problem.format(count=len(entries), allowed=ENTRIES))
    if any(entry.flag_bits & 1 for entry in entries):
        raise encrypted(name)


def _trap(name: str, problem: str) -> SourceError:
    return SourceError(name, "", problem, _("Check the file; it looks like a trap"))


def damaged(name: str, error: Exception) -> SourceError:
    problem = _("not a readable xlsx, xls or ods workbook: {detail}").format(detail=str(error) or repr(error))
    remedy = _("It may be cut off or damaged: fetch it anew, or save it again as .xlsx")
    return SourceError(name, "", problem, remedy)


def encrypted(name: str) -> SourceError:
    return SourceError(name, "", _("the workbook is encrypted"), _("Save it without a password"))


def macros(name: str) -> SourceError:
    remedy = _("Save it without macros (.xlsx or .ods)")
    return SourceError(name, "", _("the workbook holds macros"), remedy)


def links(name: str, target: str) -> SourceError:
    problem = _("cells of the workbook take their values from another file ({target})")
    remedy = _("Replace these links by their values and save it again")
    return SourceError(name, "", problem.format(target=target), remedy)


def too_long(name: str, sheet: str) -> SourceError:
    problem = _("the sheet has more than {rows} rows or the workbook more than {cells} cells")
    remedy = _("Delete the rows below the table and save it again")
    place = _("sheet '{sheet}'").format(sheet=sheet)
    return SourceError(name, place, problem.format(rows=ROWS, cells=CELLS), remedy)


def elements(part: IO[bytes], *tags: str) -> Iterator[etree._Element]:
    """The elements of these local names, each when it is complete; what was given is forgotten.

    Entities are refused: no table needs one. Raises ValueError for a
    document type and etree.XMLSyntaxError for XML that breaks off.
    """
    found = etree.iterparse(
        part,
        events=("end",),
        tag=[f"{{*}}{tag}" for tag in tags],
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
    )
    for number, (_event, element) in enumerate(found):
        if not number and element.getroottree().docinfo.doctype:
            raise ValueError("a document type declaration has no place in a workbook")
        yield element
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]
