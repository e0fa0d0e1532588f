"""Workbooks of Office Open XML (ECMA-376), transitional or strict, as grids.

Own, small reading with lxml: other readers drop what the honesty of a table hangs on, as a formula without a
stored result, a superscript footnote mark or the format that shows a zero as a sign.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, NamedTuple

from ckanext.herne.harvesters.hits.sheets import formats, safety
from ckanext.herne.harvesters.hits.sheets.grid import Content, Grid, Merged, position

if TYPE_CHECKING:
    import zipfile

    from lxml.etree import _Element

_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_NO_RESULT = "a formula without a stored result; open the workbook in Excel or LibreOffice and save it"


class _Style(NamedTuple):
    code: str = "General"
    red: bool = False


class _Book(NamedTuple):
    """What all sheets of a workbook share."""

    texts: list[str]
    styles: list[_Style]
    from_1904: bool


def read(name: str, archive: zipfile.ZipFile) -> tuple[Grid, ...]:
    """The work sheets in their order. Raises SourceError, KeyError or ValueError."""
    _refuse(name, archive)
    root = dict(_relations(archive, "").values())["officeDocument"]
    relations = _relations(archive, root)
    parts = dict(relations.values())
    sheets, from_1904 = _sheets(archive, root)
    book = _Book(
        _texts(archive, parts["sharedStrings"]) if "sharedStrings" in parts else [],
        _styles(archive, parts["styles"]) if "styles" in parts else [],
        from_1904,
    )
    found = []
    for title, relation, hidden in sheets:
        kind, target = relations[relation]
        if kind == "worksheet":
            found.append(_Sheet(name, title, book).read(archive, target, hidden=hidden))
    return tuple(found)


def _refuse(name: str, archive: zipfile.ZipFile) -> None:
    for part in archive.namelist():
        if part.lower().endswith("vbaproject.bin") or "/macrosheets/" in part.lower():
            raise safety.macros(name)
        if part.startswith("xl/externalLinks/") and "/_rels/" not in part:
            raise safety.links(name, part)


def _relations(archive: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """Kind and target of the parts a part refers to, by the id of the relation."""
    folder, base = posixpath.split(part)
    found = {}
    with archive.open(posixpath.join(folder, "_rels", f"{base}.rels")) as file:
        for entry in safety.elements(file, "Relationship"):
            target = posixpath.normpath(posixpath.join("/", folder, entry.get("Target", ""))).lstrip("/")
            found[entry.get("Id", "")] = (posixpath.basename(entry.get("Type", "")), target)
    return found


def _sheets(archive: zipfile.ZipFile, part: str) -> tuple[list[tuple[str, str, bool]], bool]:
    """Name, relation and whether hidden of each sheet; and whether days count from 1904."""
    sheets, from_1904 = [], False
    with archive.open(part) as file:
        for entry in safety.elements(file, "sheet", "workbookPr"):
            if _local(entry) == "workbookPr":
                from_1904 = entry.get("date1904") in ("1", "true")
                continue
            (relation,) = (str(value) for key, value in entry.items() if str(key).endswith("}id"))
            sheets.append((entry.get("name", ""), relation, entry.get("state", "visible") != "visible"))
    return sheets, from_1904


def _local(element: _Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _texts(archive: zipfile.ZipFile, part: str) -> list[str]:
    with archive.open(part) as file:
        return [_text(entry) for entry in safety.elements(file, "si")]


def _text(item: _Element) -> str:
    """The text of an item with its runs, without reading aids; a raised digit becomes a superscript one."""
    parts = []
    for child in item:
        kind = _local(child)
        if kind == "t":
            parts.append(child.text or "")
        elif kind == "r":
            text = "".join(entry.text or "" for entry in child if _local(entry) == "t")
            raised = child.find("{*}rPr/{*}vertAlign[@val='superscript']") is not None
            parts.append(text.translate(_RAISED) if raised else text)
    return "".join(parts)


def _styles(archive: zipfile.ZipFile, part: str) -> list[_Style]:
    """Format code and colour of each cell format."""
    codes = dict(formats.BUILT_IN)
    fonts: list[bool] = []
    styles: list[_Style] = []
    with archive.open(part) as file:
        for entry in safety.elements(file, "numFmts", "fonts", "cellXfs"):
            if _local(entry) == "numFmts":
                codes |= {int(child.get("numFmtId", "0")): child.get("formatCode", "") for child in entry}
            elif _local(entry) == "fonts":
                fonts = [_is_red(child.find("{*}color")) for child in entry]
            else:
                for child in entry:
                    code = codes.get(int(child.get("numFmtId") or 0), "General")
                    font = int(child.get("fontId") or 0)
                    styles.append(_Style(code, font < len(fonts) and fonts[font]))
    return styles


def _is_red(colour: _Element | None) -> bool:
    return colour is not None and (
        colour.get("rgb", "")[-6:].upper() == "FF0000" or colour.get("indexed") == "10"
    )


class _Sheet:
    """Reads one sheet; rows and cells that do not say where they stand follow the one before."""

    def __init__(self, name: str, title: str, book: _Book) -> None:
        self.name, self.title, self.book = name, title, book
        self.cells: dict[tuple[int, int], Content] = {}
        self.merged: list[Merged] = []
        self.row = 0

    def read(self, archive: zipfile.ZipFile, part: str, *, hidden: bool) -> Grid:
        count = 0
        with archive.open(part) as file:
            for entry in safety.elements(file, "row", "mergeCell"):
                if _local(entry) == "mergeCell":
                    self._merge(entry.get("ref", ""))
                    continue
                count += 1
                self._line(entry)
                if count > safety.ROWS or len(self.cells) > safety.CELLS:
                    raise safety.too_long(self.name, self.title)
        return Grid(self.title, self.cells, tuple(self.merged), hidden)

    def _merge(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        if last:
            self.merged.append(Merged(*position(first), *position(last)))

    def _line(self, row: _Element) -> None:
        self.row = int(row.get("r") or self.row + 1)
        column = 0
        for cell in row:
            reference = cell.get("r")
            column = position(reference)[1] if reference else column + 1
            content = self._content(cell)
            if content is not None:
                self.cells[self.row, column] = content

    def _content(self, cell: _Element) -> Content | None:
        value: str | None = None
        has_formula = False
        for child in cell:
            kind = _local(child)
            if kind == "v":
                value = child.text
            elif kind == "is":
                value = _text(child)
            has_formula |= kind == "f"
        if value is None:
            return Content(None, problem=_NO_RESULT) if has_formula and cell.get("t") != "str" else None
        return self._typed(cell.get("t", "n"), value, self._style(cell))

    def _style(self, cell: _Element) -> _Style:
        index = int(cell.get("s") or 0)
        return self.book.styles[index] if index < len(self.book.styles) else _Style()

    def _typed(self, kind: str, value: str, style: _Style) -> Content | None:
        if kind == "n":
            number = formats.exact(value)
            return formats.number(number, style.code, from_1904=self.book.from_1904, red=style.red)
        if kind == "e":
            return Content(None, problem=f"the error {value}")
        if kind == "b":
            return Content(value == "1", red=style.red)
        text = self.book.texts[int(value)] if kind == "s" else value
        return formats.text(text, style.code, red=style.red) if text.strip() else None
