"""What a file says beside its values: number formats, raised digits, stale formulas, hidden rows."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
import xlwt
from ckanext.herne.harvesters.hits.cells import CellError, understand
from ckanext.herne.harvesters.hits.sheets import grids
from ckanext.herne.harvesters.hits.sheets.formats import number
from ckanext.herne.harvesters.operations.errors import SourceError
from herne_testing.sheets import WRITERS, Sheet, Styled, as_ods, as_xlsx
from hypothesis import given
from hypothesis import strategies as st

if TYPE_CHECKING:
    from ckanext.herne.harvesters.hits.sheets import Content, Grid

SPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"


def part(content: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name).decode()


def changed(content: bytes, name: str, *changes: tuple[str, str]) -> bytes:
    """The workbook with these texts of a part replaced."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w") as new:
        for entry in old.infolist():
            text = old.read(entry)
            if entry.filename == name:
                for before, after in changes:
                    assert before.encode() in text, text
                    text = text.replace(before.encode(), after.encode())
            new.writestr(entry.filename, text)
    return buffer.getvalue()


def with_rows(rows: str, space: str = SPACE) -> Grid:
    """A workbook whose sheet has these rows, as its XML."""
    book = as_xlsx(Sheet().line(1, "x"))
    before = part(book, "xl/worksheets/sheet1.xml")
    after = f'<worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'
    (grid,) = grids("t.xlsx", changed(book, "xl/worksheets/sheet1.xml", (before, after)))
    return grid


@pytest.mark.parametrize(
    ("value", "code", "expected"),
    [
        ("2", '[<3]"•";0', (None, "suppressed", None)),
        ("3", '[<3]"•";0', (Decimal(3), "ok", None)),
        ("0", '[=0]"–";#,##0', (Decimal(0), "zero", None)),
        ("7", '"•";"•";"•"', (None, "suppressed", None)),
        ("0", '_-* #,##0_-;-* #,##0_-;_-* "-"??_-;_-@_-', (Decimal(0), "zero", None)),
        ("5", '0" r"', (Decimal(5), "ok", "revised")),
        ("5", "0\\p", (Decimal(5), "ok", "provisional")),
        ("5", "(0)", (Decimal(5), "low_reliability", None)),
        ("-5", "#,##0_);(#,##0)", (Decimal(-5), "ok", None)),
        ("5", '0" €"', (Decimal(5), "ok", None)),
        ("12345", "#,##0,", (Decimal("12.345"), "ok", None)),
        ("12345", "0.0,,", (Decimal("0.012345"), "ok", None)),
        ("1234.5", "#,##0.00", (Decimal("1234.5"), "ok", None)),
        ("0.5", '0.0"%"', (Decimal("0.5"), "ok", None)),
        ("1", "00", (Decimal(1), "ok", None)),
        ("0", "0;-0;;@", (Decimal(0), "rounded_zero", None)),
        ("5", "Standard", (Decimal(5), "ok", None)),
    ],
)
def test_what_a_number_format_shows_is_what_is_read(
    value: str, code: str, expected: tuple[Decimal | None, str, str | None]
) -> None:
    found = understand(number(Decimal(value), code))
    assert (found.value, found.status, found.flag) == expected


def test_a_format_that_marks_a_figure_with_a_star_marks_it() -> None:
    assert understand(number(Decimal(5), '0"*"')).marks == ("*",)


@pytest.mark.parametrize(
    ("value", "code", "words"),
    [
        ("2", ";;;", "its number format hides 2"),
        ("2", '[<3]"k.A.";0', "shows 'k.A.' for 2"),
        ("0", '0;-0;"nichts"', "shows 'nichts' for 0"),
    ],
)
def test_what_a_format_hides_or_shows_without_a_known_meaning_is_no_figure(
    value: str, code: str, words: str
) -> None:
    with pytest.raises(CellError, match=words):
        understand(number(Decimal(value), code))


@given(st.text(alphabet='0#?.,%;"\\[]<>=@_*-–•drpE()€ ', max_size=20), st.decimals(-(10**9), 10**9, places=2))
def test_no_format_makes_another_number_of_a_number(code: str, value: Decimal) -> None:
    """Whatever a format is, its number is the value, a power of ten of it, or none with a reason."""
    try:
        content = number(value, code)
        found = understand(content)
    except CellError:
        return
    if found.status == "ok" and not isinstance(content.value, date):
        assert found.value is not None
        scaled = {value.scaleb(power) for power in range(-60, 61)}
        assert any(abs(found.value - one) <= Decimal("1e-9") for one in scaled)


def raised_xls() -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Tabelle 1")
    raised, plain = xlwt.Font(), xlwt.Font()
    raised.escapement = xlwt.Font.ESCAPEMENT_SUPERSCRIPT
    sheet.write_rich_text(0, 0, [("1234", plain), ("1", raised)])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def raised_ods() -> bytes:
    style = (
        '<style:style style:name="T1" style:family="text">'
        '<style:text-properties style:text-position="super 58%"/></style:style></office:automatic-styles>'
    )
    return changed(
        as_ods(Sheet().line(1, "1234#")),
        "content.xml",
        ("</office:automatic-styles>", style),
        ("1234#", '1234<text:span text:style-name="T1">1</text:span>'),
    )


@pytest.mark.parametrize("book", [raised_xls(), raised_ods()], ids=["xls", "ods"])
def test_a_raised_digit_is_a_footnote_and_no_digit_of_the_number(book: bytes) -> None:
    (grid,) = grids("t", book)
    found = understand(grid.at(1, 1))
    assert (found.value, found.marks) == (1234, ("1",))


def test_a_formula_that_is_to_be_computed_anew_has_no_result_yet() -> None:
    """XlsxWriter stores 0 for each formula, and asks the program that opens the file to compute it."""
    book = as_xlsx(Sheet().line(1, "=1+1", 5))
    before = part(book, "xl/worksheets/sheet1.xml")
    after = before.replace("<v></v>", "<v>0</v>").replace("<v/>", "<v>0</v>").replace("<v />", "<v>0</v>")
    assert after != before
    (grid,) = grids("t.xlsx", changed(book, "xl/worksheets/sheet1.xml", (before, after)))
    assert "a formula without a stored result" in str(grid.at(1, 1).problem)
    assert grid.at(1, 2).value == 5


def test_texts_of_a_sheet_written_by_libreoffice_or_excel() -> None:
    grid = with_rows(
        '<row r="1"><c r="A1" t="inlineStr"><is><t>Bezirk</t></is></c>'
        '<c r="B1" t="inlineStr"><is><r><t>Zu</t></r><r><t>züge</t></r>'
        '<rPh sb="0" eb="1"><t>x</t></rPh></is></c>'
        '<c r="C1" t="str"><v>a_x000D_b</v></c><c r="D1" t="inlineStr"><is><t>a_x000D_b</t></is></c></row>'
        '<row><c><v>1</v></c><c t="d"><v>2023-12-31T00:00:00</v></c><c t="b"><v>true</v></c>'
        '<c t="e"><v>#NV</v></c><c t="n"><v>1E3</v></c></row>'
    )
    assert [grid.at(1, column).value for column in (1, 2, 4)] == ["Bezirk", "Zuzüge", "a\rb"]
    assert [grid.at(2, column).value for column in (1, 2, 3, 5)] == [1, date(2023, 12, 31), True, 1000]
    assert grid.at(2, 4).problem == "the error #NV"


def test_the_strict_form_of_office_open_xml() -> None:
    grid = with_rows('<row r="1"><c r="A1" t="n"><v>5</v></c></row>', STRICT)
    assert grid.at(1, 1).value == 5


def test_a_cell_that_stands_there_twice_is_a_damaged_file() -> None:
    with pytest.raises(SourceError, match="A1 stands there twice"):
        with_rows('<row r="1"><c r="A1"><v>5</v></c><c r="A1"><v>6</v></c></row>')


@pytest.mark.parametrize("text", ["#DIV/0!", "Err:502", "#NV"])
def test_an_error_of_an_old_open_document_is_no_zero(text: str) -> None:
    (grid,) = grids("t.ods", as_ods(Sheet().line(1, Styled(0, shown=text))))
    assert grid.at(1, 1).problem == f"the error {text}"


def test_what_an_open_document_shows_counts() -> None:
    shown = Sheet().line(1, Styled(2, shown="•"), Styled(5, shown="5 r"), Styled(5, shown="(5)"))
    (grid,) = grids("t.ods", as_ods(shown))
    found = [understand(grid.at(1, column)) for column in (1, 2, 3)]
    assert [(one.value, one.status, one.flag) for one in found] == [
        (None, "suppressed", None),
        (5, "ok", "revised"),
        (5, "low_reliability", None),
    ]


def hidden(kind: str) -> Grid:
    """A sheet whose second row and second column are hidden."""
    book = WRITERS[kind](Sheet().line(1, 1, 2, 3).line(2, 4, 5, 6))
    if kind == "xlsx":
        book = changed(
            book,
            "xl/worksheets/sheet1.xml",
            ("<sheetData>", '<cols><col min="2" max="2" hidden="1"/></cols><sheetData>'),
            ('<row r="2"', '<row r="2" hidden="1"'),
        )
    elif kind == "ods":
        columns = '<table:table-column/><table:table-column table:visibility="collapse"/>'
        row = '<table:table-row><table:table-cell office:value-type="float" office:value="4">'
        book = changed(
            book,
            "content.xml",
            ('table:name="Tabelle 1">', f'table:name="Tabelle 1">{columns}'),
            (row, row.replace("row>", 'row table:visibility="filter">', 1)),
        )
    else:
        made = xlwt.Workbook()
        sheet = made.add_sheet("Tabelle 1")
        for row, column in ((0, 0), (0, 1), (1, 0), (1, 1)):
            sheet.write(row, column, 1)
        sheet.row(1).hidden = True
        sheet.col(1).hidden = True
        buffer = io.BytesIO()
        made.save(buffer)
        book = buffer.getvalue()
    (grid,) = grids(f"t.{kind}", book)
    return grid


@pytest.mark.parametrize("kind", sorted(WRITERS))
def test_it_is_known_what_nobody_sees(kind: str) -> None:
    grid = hidden(kind)
    seen = {(row, column): grid.is_seen(row, column) for row in (1, 2) for column in (1, 2)}
    assert seen == {(1, 1): True, (1, 2): False, (2, 1): False, (2, 2): False}


def test_a_hidden_sheet_of_an_open_document_is_hidden() -> None:
    style = (
        '<style:style style:name="ta1" style:family="table"><style:table-properties table:display="false"/>'
        "</style:style></office:automatic-styles>"
    )
    book = changed(
        as_ods(Sheet().line(1, 5)),
        "content.xml",
        ("</office:automatic-styles>", style),
        ('table:name="Tabelle 1"', 'table:name="Tabelle 1" table:style-name="ta1"'),
    )
    (grid,) = grids("t.ods", book)
    assert grid.hidden


def test_a_cell_at_the_far_end_of_a_sheet_costs_nothing() -> None:
    import time

    sheet = Sheet().line(1, "x").line(1, "y", column=16384)
    for row in range(2, 3000):
        sheet.line(row, row, "a", 5)
    (grid,) = grids("t.xlsx", as_xlsx(sheet))
    started = time.process_time()
    lines = [grid.line(row) for row in range(1, grid.rows + 1)]
    assert lines[1] == "2 a 5"
    assert time.process_time() - started < 1


def test_a_merged_area_as_large_as_the_sheet_many_times_is_a_trap() -> None:
    book = as_xlsx(Sheet().line(1, "x").line(3000, "y", column=500))
    merged = "".join('<mergeCell ref="A1:XFD1048576"/>' for _ in range(5))
    trap = changed(
        book, "xl/worksheets/sheet1.xml", ("</sheetData>", f"</sheetData><mergeCells>{merged}</mergeCells>")
    )
    with pytest.raises(SourceError, match="more than"):
        grids("t.xlsx", trap)


def content(grid: Grid) -> list[Content]:
    return [grid.cells[place] for place in sorted(grid.cells)]


def test_days_count_from_1904_where_the_workbook_says_so() -> None:
    book = as_xlsx(Sheet().line(1, Styled(43829, "dd.mm.yyyy")))
    (early,) = grids("t.xlsx", book)
    before = "<workbookPr />" if "<workbookPr />" in part(book, "xl/workbook.xml") else "<workbookPr/>"
    (late,) = grids("t.xlsx", changed(book, "xl/workbook.xml", (before, '<workbookPr date1904="1"/>')))
    assert (content(early)[0].value, content(late)[0].value) == (date(2019, 12, 30), date(2023, 12, 31))
