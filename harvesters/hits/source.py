"""A harvest source of the type `herne_hits`: the workbooks of one theme behind an index page, or one."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit

import polars as pl
from ckanext.herne.harvesters.hits.table import read_workbook
from ckanext.herne.harvesters.hits.theme import TABLE, theme
from ckanext.herne.harvesters.operations.config import canonical, parse
from ckanext.herne.harvesters.operations.errors import SourceError
from ckanext.herne.harvesters.operations.http import answers
from ckanext.herne.harvesters.operations.rows import Harvested
from ckanext.herne.harvesters.operations.source import Operated
from ckanext.herne.harvesters.operations.tabular import TabularSource
from ckanext.herne.tables import Scope

if TYPE_CHECKING:
    from typing import Self

    from ckanext.herne.harvesters.operations.http import Answer, Http
    from ckanext.herne.harvesters.operations.source import Reader


class HitsConfig(Operated, frozen=True):
    """The configuration of a source."""

    theme: str
    dataset: str | None = None
    """Name of the dataset in the portal's address, if not the theme's own."""
    demo: bool = False


class HitsSource(TabularSource):
    """One theme with all its years."""

    time_column = "year"

    def __init__(self, config: HitsConfig) -> None:
        self.config: HitsConfig = config
        self.theme = theme(config.theme)
        self.part = self.theme.id
        self.description = self.theme.dataset
        self.table = TABLE
        self.dataset_name = config.dataset
        self.demo = config.demo

    @classmethod
    def configured(cls, text: str | None) -> Self:
        return cls(parse(text or "", HitsConfig))

    def canonical(self) -> str:
        return canonical(self.config)

    def collect(self, reader: Reader, resource_id: str) -> Harvested:
        del resource_id  # a workbook is read whole, whatever is stored
        url, books = reader.url, self._workbooks(reader.http, reader.url)
        frames = [read_workbook(self.theme, answer.url, answer.body) for answer in books]
        rows = pl.concat(frames)
        years = rows.get_column("year").unique().sort().to_list()
        if len(years) < len(frames):
            raise SourceError(
                url, "", f"several workbooks are of one year; found {years}", "Remove the old one"
            )
        # a year that is read replaces itself; a year whose workbook is gone stays
        scopes = tuple(Scope("year", year, year + 1) for year in years)
        return Harvested(TABLE, rows, scopes)

    def _workbooks(self, http: Http, url: str) -> list[Answer]:
        answer, page = http.read(url, _entry)
        if not page:
            return [answer]
        links = _links(answer.url, page, self.theme.file)
        if not links:
            problem = f"no link to a workbook named like '{self.theme.file}'"
            raise SourceError(
                url, "index page", problem, "Check the address, or the theme's pattern for files"
            )
        return [http.read(link, answers.data) for link in links]


def _entry(answer: Answer) -> tuple[Answer, str]:
    """What stands at the source's address, and its text; a workbook has none."""
    return answer, "" if answer.body.startswith(b"PK") else answers.text(answer)


def _links(url: str, page: str, pattern: str) -> list[str]:
    """The absolute addresses of the links whose file name matches, each once, in order."""
    collector = _Links()
    collector.feed(page)
    found = [urljoin(url, link) for link in collector.links]
    named = [link for link in found if re.fullmatch(pattern, unquote(urlsplit(link).path.rpartition("/")[2]))]
    return list(dict.fromkeys(named))


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.links += [value for name, value in attrs if name == "href" and value]
