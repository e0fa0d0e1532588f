"""A source reads what has changed and nothing else; a wrong file stops the theme and says where."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import polars as pl
import pytest
from ckanext.herne.harvesters.hits.source import HitsSource
from ckanext.herne.harvesters.hits.theme import Atlas
from ckanext.herne.harvesters.operations.errors import SourceError
from ckanext.herne.harvesters.operations.source import Discovery, Reader
from herne_demo.workbooks import population
from herne_testing.sheets import Sheet, as_xlsx
from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ckanext.herne.harvesters.operations.http import Http
    from ckanext.herne.harvesters.operations.rows import Harvested

YEARS = (2021, 2022, 2023)


class Files:
    """Serves workbooks of the theme; `validators` says what the server tells to recognise them by."""

    def __init__(self, validators: str = "etag") -> None:
        self.books = {f"bevoelkerung_{year}.xlsx": population(year) for year in YEARS}
        self.validators = validators
        self.asked: list[tuple[str, int, int]] = []

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        request = Request(environ)
        name = request.path.rpartition("/")[2]
        answer = self._answer(name)
        if self.validators == "etag":
            answer.add_etag()
        elif self.validators == "date" and name:
            answer.last_modified = datetime(2024, 1, len(self.books[name]) % 28 + 1, tzinfo=UTC)
        if self.validators:
            answer.make_conditional(request)
        self.asked.append((name, answer.status_code, answer.content_length or 0))
        return answer(environ, start)

    def _answer(self, name: str) -> Response:
        if name:
            return Response(self.books[name])
        links = "".join(
            f'<a href="{book}">{book}</a>' for book in [*self.books, "andere.xlsx", "../info.html"]
        )
        return Response(f"<!doctype html>{links}", mimetype="text/html")


@pytest.fixture
def files() -> Files:
    return Files()


@pytest.fixture
def reader(files: Files, serve: Callable[[Any], str], http: Http) -> Callable[..., Reader]:
    url = f"{serve(files)}/hits/"
    return lambda memory=None: Reader(http, url, "s", None, datetime.now(UTC), memory or {})


SOURCE = HitsSource.configured("theme: bevoelkerung")


def rows(reader: Reader, found: Discovery, source: HitsSource = SOURCE) -> Harvested:
    series, item = found.items
    assert source.describe(reader, series, source.fetch(reader, series)).said["type"] == "dataset_series"
    content = source.fetch(reader, item)
    return source.describe(reader, item, content).tables[0]


@pytest.mark.parametrize("validators", ["etag", "date", ""])
def test_a_second_look_finds_everything_as_it_was(
    files: Files, reader: Callable[..., Reader], validators: str
) -> None:
    files.validators = validators
    first = SOURCE.discover(reader())
    assert len(first.items) == 2
    files.asked.clear()
    second = SOURCE.discover(reader(first.memory))
    assert second.same
    assert second.items == ()
    assert second.memory == first.memory
    statuses = {status for name, status, _length in files.asked if name}
    assert statuses == ({304} if validators else {200})


def test_only_the_year_that_changed_is_read_and_replaced(files: Files, reader: Callable[..., Reader]) -> None:
    memory = SOURCE.discover(reader()).memory
    files.books["bevoelkerung_2022.xlsx"] = population(2022) + b"\0"
    files.books["bevoelkerung_2024.xlsx"] = population(2024)
    found = SOURCE.discover(reader(memory))
    harvested = rows(reader(memory), found)
    assert harvested.rows.get_column("year").unique().sort().to_list() == [2022, 2024]
    assert [(scope.start, scope.end) for scope in harvested.scopes] == [(2022, 2023), (2024, 2025)]
    assert SOURCE.discover(reader(found.memory)).same


def test_another_description_of_the_theme_reads_all_files_again(reader: Callable[..., Reader]) -> None:
    first = SOURCE.discover(reader())
    found = SOURCE.discover(reader({**first.memory, "theme": "another"}))
    assert len(json.loads(found.items[1].content)["books"]) == len(YEARS)


def test_a_workbook_that_is_gone_takes_nothing_with_it(files: Files, reader: Callable[..., Reader]) -> None:
    first = SOURCE.discover(reader())
    del files.books["bevoelkerung_2021.xlsx"]
    assert SOURCE.discover(reader(first.memory)).same


def test_two_workbooks_of_one_year_are_refused(files: Files, reader: Callable[..., Reader]) -> None:
    files.books["bevoelkerung_2099.xlsx"] = population(2022)
    with pytest.raises(SourceError, match=r"of the year 2022, as .*bevoelkerung_2022"):
        rows(reader(), SOURCE.discover(reader()))


def test_an_index_without_workbooks_is_an_error(files: Files, reader: Callable[..., Reader]) -> None:
    files.books = {"andere_2023.xlsx": b""}
    with pytest.raises(SourceError, match="no link to a workbook named like"):
        SOURCE.discover(reader())


def test_a_changed_layout_names_file_sheet_and_cell(files: Files, reader: Callable[..., Reader]) -> None:
    files.books["bevoelkerung_2023.xlsx"] = as_xlsx(
        Sheet().line(1, "am 31.12.2023").line(4, "Nummer", "Bezirk")
    )
    with pytest.raises(
        SourceError, match=r"bevoelkerung_2023\.xlsx \(sheet 'Tabelle 1', cell A4\).*'Nummer'"
    ):
        rows(reader(), SOURCE.discover(reader()))


def test_one_workbook_may_stand_at_the_address(files: Files, reader: Callable[..., Reader]) -> None:
    base = reader()
    one = Reader(base.http, f"{base.url}bevoelkerung_2023.xlsx", "s", None, base.now)
    found = rows(one, SOURCE.discover(one))
    assert found.rows.get_column("year").unique().to_list() == [2023]


def test_the_rows_of_all_years_are_those_of_the_workbooks(reader: Callable[..., Reader]) -> None:
    found = rows(reader(), SOURCE.discover(reader())).rows
    assert found.height == len(YEARS) * 40 * 5
    assert found.get_column("reference").unique().sort().to_list() == [f"{year}-12-31" for year in YEARS]
    assert found.filter(pl.col("status") == "withheld").is_empty()


class Report:
    """Serves an index of a report and its theme file, each with an ETag."""

    def __init__(self) -> None:
        theme = {"themeId": "t", "themeName": "T", "fileName": "./g-t.js", "indicators": []}
        areas = {"id": "g", "name": "Bezirke", "features": [{"id": "1", "name": "A"}], "themes": [theme]}
        series = {"id": "i", "name": "I", "date": "2020", "values": [5]}
        self.files: dict[str, Any] = {
            "data.js": {"geographies": [areas]},
            "g-t.js": {"id": "t", "indicators": [series]},
        }

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        request = Request(environ)
        answer = Response(json.dumps(self.files[request.path.rpartition("/")[2]]))
        answer.add_etag()
        return answer.make_conditional(request)(environ, start)


@pytest.mark.parametrize("file", ["data.js", "g-t.js"])
def test_a_report_is_read_again_if_its_index_or_a_theme_file_changes(
    file: str, serve: Callable[[Any], str], http: Http
) -> None:
    report = Report()
    url = f"{serve(report)}/data.js"
    source = HitsSource.configured("theme: bevoelkerung")
    source.theme = msgspec.structs.replace(
        source.theme, atlas=Atlas("t", {"g": "statistischer_bezirk"}, {"i": "population"})
    )

    def reader(memory: Any) -> Reader:
        return Reader(http, url, "s", None, datetime.now(UTC), memory)

    first = source.discover(reader({}))
    assert rows(reader({}), first, source).rows.get_column("value").to_list() == [5]
    assert source.discover(reader(first.memory)).same
    report.files[file]["version"] = "2"
    second = source.discover(reader(first.memory))
    assert len(second.items) == 2
    assert source.discover(reader(second.memory)).same
