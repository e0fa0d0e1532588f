"""A harvest source of the type `herne_hits`: one theme, from workbooks behind an index page or a report."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import msgspec
from ckanext.herne import tables
from ckanext.herne.harvesters.hits import changes, datasets, files, reading, watch
from ckanext.herne.harvesters.hits.report import document
from ckanext.herne.harvesters.hits.theme import TABLE, theme
from ckanext.herne.harvesters.operations.addresses import normalised
from ckanext.herne.harvesters.operations.config import canonical, parse
from ckanext.herne.harvesters.operations.dataset import Identity
from ckanext.herne.harvesters.operations.rows import Harvested
from ckanext.herne.harvesters.operations.source import Described, Discovery, Item, Operated, Sole
from ckanext.herne.harvesters.operations.storing import shown
from ckanext.herne.harvesters.operations.tabular import TabularSource

if TYPE_CHECKING:
    from typing import Self

    from ckanext.herne.harvesters.operations.source import Reader


class HitsConfig(Operated, frozen=True):
    """The configuration of a source.

    `dataset` is the name in the portal's address, if not the theme's own. `report` is the address of the
    data of an InstantAtlas report that shows the same theme; workbooks and report are then compared.
    """

    theme: str
    dataset: str | None = None
    demo: bool = False
    report: str = ""


class _News(msgspec.Struct, frozen=True):
    """What a run reads: the workbooks that have changed, and the report if it or one of them has."""

    books: tuple[str, ...]
    report: str


class _Content(msgspec.Struct, frozen=True):
    """What travels from the fetch stage: the rows, and the sentence on what they change."""

    tidy: str
    note: str


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

    def sole(self, url: str) -> Sole:
        """One theme of what the address lists."""
        return Sole(normalised(url, self.config.headers), self.part)

    def discover(self, reader: Reader) -> Discovery:
        """The theme, if one of its files or its description has changed since the last successful run."""
        found = files.listing(reader.http, reader.url, self.theme.file)
        report = self.config.report or found.report
        known = reader.memory.get("files", {}) if reader.memory.get("theme") == self._layout else {}
        urls = (*found.books, report) if report else found.books
        changed, remembered = watch.news(reader.http, urls, known, self._parts)
        memory = {"theme": self._layout, "files": remembered}
        if not changed:
            return Discovery(memory=memory, same=True)
        books = tuple(url for url in found.books if url in changed or report in changed)
        content = msgspec.json.encode(_News(books, report)).decode()
        title, guid = self.description.title_de, Identity.of(reader.source_id, self.part).guid
        series = Item(datasets.series(self.theme, reader.source_id).guid, title, is_derived=True)
        return Discovery((series, Item(guid, title, content)), memory=memory)

    def _parts(self, url: str, body: bytes) -> list[str]:
        """The addresses of the theme files of a report; a workbook is whole by itself."""
        if files.is_workbook(body):
            return []
        names = reading.theme_files(self.theme, url, document(url, body))
        return [urljoin(url, name) for name in names]

    @property
    def _layout(self) -> str:
        """A fingerprint of the theme's description: another one reads the same files differently."""
        return hashlib.sha256(msgspec.json.encode(self.theme, order="sorted")).hexdigest()

    def fetch(self, reader: Reader, item: Item) -> str:
        """The rows of what is new, types included, and what they change."""
        if self._is_series(reader, item):
            return ""
        news = msgspec.json.decode(item.content, type=_News)
        found = reading.harvested(reader.http, self.theme, news.books, news.report)
        resource_id = Identity.of(reader.source_id, self.part).resource_id
        stored = tables.read(changes.COMPARED, resource_id) if tables.exists(resource_id) else None
        content = _Content(found.encode(), changes.note(stored, found.rows))
        return msgspec.json.encode(content).decode()

    def describe(self, reader: Reader, item: Item, content: str) -> Described:
        """The dataset of the theme with its tables (figures one by one, wide, codebook); or its series."""
        if self._is_series(reader, item):
            series = datasets.said_of_series(self.theme, reader.source_id, demo=self.demo)
            return Described(series, self._initial(reader, "-reihe"))
        given = msgspec.json.decode(content, type=_Content)
        tidy = Harvested.decode(TABLE, given.tidy)
        ids = datasets.resource_ids(reader.source_id, self.part)
        parts = [tidy.of(ids["tidy"], self.time_column)]
        used = set(tidy.rows.get_column("indicator")) | datasets.known(ids["codebook"])
        wide = datasets.wide_table(self.theme, used)
        wide_rows = datasets.wide_rows(wide, tidy.rows)
        parts.append(Harvested(wide, wide_rows, tidy.scopes).of(ids["wide"], self.time_column))
        codebook = datasets.codebook_rows(self.theme, used)
        parts.append(Harvested(datasets.CODEBOOK, codebook).of(ids["codebook"], ""))
        stored = shown(Identity.of(reader.source_id, self.part).dataset_id) or {}
        note = given.note or str(stored.get("version_notes") or "")
        said = datasets.said(self.theme, reader.source_id, note, used, demo=self.demo)
        found = tuple(part.as_demo() if self.demo else part for part in parts)
        return Described(said, self._initial(reader), found)

    def _is_series(self, reader: Reader, item: Item) -> bool:
        return item.guid == datasets.series(self.theme, reader.source_id).guid

    def _initial(self, reader: Reader, ending: str = "") -> dict[str, Any]:
        """What is said only when a dataset is created: its name and its organization."""
        name = self.dataset_name or f"{self.description.name}{'-demo' if self.demo else ''}"
        return {"name": f"{name}{ending}", **({"owner_org": reader.owner_org} if reader.owner_org else {})}

    def collect(self, reader: Reader, resource_id: str) -> Harvested:
        """All rows, whatever is known of the files."""
        del resource_id  # a workbook is read whole, whatever is stored
        found = files.listing(reader.http, reader.url, self.theme.file)
        return reading.harvested(reader.http, self.theme, found.books, self.config.report or found.report)
