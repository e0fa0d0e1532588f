"""Workbooks of Office Open XML (ECMA-376), transitional or strict, as grids.

Own, small reading with lxml: other readers drop what the honesty of a table hangs on, as a formula without a
stored result, a superscript footnote mark or the format that shows a zero as a sign.
"""

from __future__ import annotations

import posixpath
import re
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.hits.sheets import formats, safety
from ckanext.herne.harvesters.hits.sheets.grid import Content, Grid, Merged, Unseen, position

if TYPE_CHECKING:
    import zipfile

    from lxml.etree import _Element

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_COLUMNS = 16384


class _Style(NamedTuple):
    code: str = "General"
    red: bool = False


class _About(NamedTuple):
    """What a workbook says of itself: how days count, and whether results of formulas are to be made anew."""

    from_1904: bool = False
    is_stale: bool = False


class _Book(NamedTuple):
    """What all sheets of a workbook share."""

    texts: list[str]
    styles: list[_Style]
    about: _About


def read(name: str, archive: zipfile.ZipFile) -> tuple[Grid, ...]:
    """The work sheets in their order. Raises SourceError, KeyError or ValueError."""
    _refuse(name, archive)
    root = dict(_relations(archive, "").values())["officeDocument"]
    relations = _relations(archive, root)
    parts = dict(relations.values())
    sheets, about = _sheets(archive, root)
    book = _Book(
        _texts(archive, parts["sharedStrings"]) if "sharedStrings" in parts else [],
        _styles(archive, parts["styles"]) if "styles" in parts else [],
        about,
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


def _sheets(archive: zipfile.ZipFile, part: str) -> tuple[list[tuple[str, str, bool]], _About]:
    """Name, relation and whether hidden of each sheet; and what the workbook says of itself."""
    sheets, about = [], _About()
    with archive.open(part) as file:
        for entry in safety.elements(file, "sheet", "workbookPr", "calcPr"):
            if _local(entry) == "workbookPr":
                about = about._replace(from_1904=_is_true(entry.get("date1904")))
            elif _local(entry) == "calcPr":
                about = about._replace(is_stale=_is_true(entry.get("fullCalcOnLoad")))
            else:
                (relation,) = (str(value) for key, value in entry.items() if str(key).endswith("}id"))
                sheets.append((entry.get("name", ""), relation, entry.get("state", "visible") != "visible"))
    return sheets, about


def _is_true(text: str | None) -> bool:
    return text in ("1", "true")


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
            parts.append(formats.raised(text) if raised else text)
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), "".join(parts))


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


def _no_result() -> str:
    """Writers that cannot compute leave a formula empty, or with a zero that a program is to compute anew."""
    problem: str = _("a formula without a stored result; open the workbook in Excel or LibreOffice, save it")
    return problem


class _Sheet:
    """Reads one sheet; rows and cells that do not say where they stand follow the one before."""

    def __init__(self, name: str, title: str, book: _Book) -> None:
        self.name, self.title, self.book = name, title, book
        self.cells: dict[tuple[int, int], Content] = {}
        self.merged: list[Merged] = []
        self.unseen: tuple[set[int], set[int]] = (set(), set())
        self.row = 0

    def read(self, archive: zipfile.ZipFile, part: str, *, hidden: bool) -> Grid:
        count = 0
        with archive.open(part) as file:
            for entry in safety.elements(file, "row", "mergeCell", "col"):
                if _local(entry) == "mergeCell":
                    self._merge(entry.get("ref", ""))
                    continue
                if _local(entry) == "col":
                    self._column(entry)
                    continue
                count += 1
                self._line(entry)
                if count > safety.ROWS or len(self.cells) > safety.CELLS:
                    raise safety.too_long(self.name, self.title)
        rows, columns = map(frozenset, self.unseen)
        return Grid(self.title, self.cells, tuple(self.merged), hidden, Unseen(rows, columns))

    def _column(self, entry: _Element) -> None:
        if _is_true(entry.get("hidden")):
            last = min(int(entry.get("max", "1")), _COLUMNS)
            self.unseen[1].update(range(int(entry.get("min", "1")), last + 1))

    def _merge(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        if last:
            self.merged.append(Merged(*position(first), *position(last)))

    def _line(self, row: _Element) -> None:
        self.row = int(row.get("r") or self.row + 1)
        if _is_true(row.get("hidden")):
            self.unseen[0].add(self.row)
        column = 0
        for cell in row:
            reference = cell.get("r")
            column = position(reference)[1] if reference else column + 1
            content = self._content(cell)
            if content is not None and (self.row, column) in self.cells:
                raise ValueError(f"cell {reference} stands there twice")
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
            is_text = cell.get("t") == "str" and not self.book.about.is_stale
            return Content(None, problem=_no_result()) if has_formula and not is_text else None
        if has_formula and self.book.about.is_stale:
            return Content(None, problem=_no_result())
        return self._typed(cell.get("t", "n"), value, self._style(cell))

    def _style(self, cell: _Element) -> _Style:
        index = int(cell.get("s") or 0)
        return self.book.styles[index] if index < len(self.book.styles) else _Style()

    def _typed(self, kind: str, value: str, style: _Style) -> Content | None:
        if kind == "n":
            number = formats.exact(value)
            return formats.number(number, style.code, from_1904=self.book.about.from_1904, red=style.red)
        if kind == "e":
            return Content(None, problem=_("the error {error}").format(error=value))
        if kind == "b":
            return Content(_is_true(value), red=style.red)
        if kind == "d":
            return Content(date.fromisoformat(value[:10]), red=style.red)
        text = self.book.texts[int(value)] if kind == "s" else value
        return formats.text(text, style.code, red=style.red) if text.strip() else None
