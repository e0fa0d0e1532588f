"""A harvest source of the type `herne_dcat`: whole catalogues of DCAT-AP.de, versions 1.x to 3.0.

A catalogue is read whole or not at all; series and services come in, too; a value that a field refuses does
not cost the record.
"""

from __future__ import annotations

import hashlib
import json
import logging
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ckanext.herne.dcat_ap_de as reading_code
from ckan.plugins.toolkit import _
from ckanext.herne.dcat_ap_de import reading
from ckanext.herne.dcat_ap_de.profile import language
from ckanext.herne.harvesters.catalogues import checks, identity, refusals, report
from ckanext.herne.harvesters.catalogues.collect import LARGE, Page, news
from ckanext.herne.harvesters.catalogues.records import records, undescribed
from ckanext.herne.harvesters.operations import config
from ckanext.herne.harvesters.operations.errors import ConfigError, SourceError
from ckanext.herne.harvesters.operations.source import Described, Discovery, Item, Operated, Source
from ckanext.herne.licenses.register import licence
from ckanext.herne.portal.defaults import name_from
from ckanext.herne.portal.saving import is_name_taken

if TYPE_CHECKING:
    from typing import Self

    from ckanext.herne.harvesters.catalogues.collect import Catalogue
    from ckanext.herne.harvesters.catalogues.records import Record
    from ckanext.herne.harvesters.operations.source import Reader

log = logging.getLogger(__name__)


class CatalogueConfig(Operated, frozen=True):
    """What an administrator may set for a source of this type.

    `rdf_format`: media type where the server names a wrong one. `license`: id of the licence for records that
    state none.
    """

    rdf_format: str = ""
    license: str = ""


class CatalogueSource(Source):
    """A catalogue of another portal."""

    limits = LARGE

    def __init__(self, configuration: CatalogueConfig) -> None:
        self.config: CatalogueConfig = configuration

    @classmethod
    def configured(cls, text: str | None) -> Self:
        found = config.parse(text or "{}", CatalogueConfig)
        if found.license and licence(found.license) is None:
            raise ConfigError(
                _('license: "{text}" is not in the licence register').format(text=found.license)
            )
        return cls(found)

    def canonical(self) -> str:
        return config.canonical(self.config)

    def discover(self, reader: Reader) -> Discovery:
        """All records; pages that have the same bytes as last time are not parsed again."""
        known = reader.memory if reader.memory.get("reading") == self._reading() else {}
        pages = {url: Page(**page) for url, page in known.get("pages", {}).items()}
        found = news(reader.url, reader.http, self.config.rdf_format, pages)
        if found is None:
            return Discovery(same=True)
        items, problems = self._items(found)
        if not items and not problems:
            problem = _("there is no dataset, series or service in the answer; nothing was changed")
            raise SourceError(reader.url, "", problem, _("Check the address of the source"))
        # a catalogue with problems is read anew until they are gone
        seen = {} if problems else {url: page.data() for url, page in found.pages.items()}
        memory = {"reading": self._reading(), "pages": seen}
        return Discovery(tuple(items), found.announced, tuple(problems), memory)

    def _reading(self) -> str:
        """Differs where another version or configuration of the portal may read a record differently."""
        return hashlib.sha256(f"{_code_version()} {self.canonical()} {language()}".encode()).hexdigest()

    def _items(self, found: Catalogue) -> tuple[list[Item], list[tuple[str, SourceError]]]:
        items, problems = dict[str, Item](), list[tuple[str, SourceError]]()
        for uri in undescribed(found.graph):
            problem = _("the catalogue lists it, but nothing is said about it")
            error = SourceError(found.source, uri, problem, _("Have the source describe it"))
            problems.append((uri, error))
        for record in records(found.graph, found.source):
            if record.guid in items:
                problem = _("a second record says it is the same; only the first one was read")
                remedy = _("Have the source give each record an address or identifier of its own")
                problems.append((record.guid, SourceError(found.source, record.guid, problem, remedy)))
                continue
            try:
                items[record.guid] = self._item(found, record)
            except Exception as fault:
                log.exception("Fault while reading %s", record.guid)
                problem = _("the record cannot be read: {error}").format(error=repr(fault))
                remedy = _("Correct it at the source; the log says more. The other records came in")
                problems.append((record.guid, SourceError(found.source, record.guid, problem, remedy)))
        return list(items.values()), problems

    def _item(self, found: Catalogue, record: Record) -> Item:
        said = reading(found.graph, record.node, language())
        notes = report.encode(report.once(said.notes))
        content = json.dumps({"dataset": said.dataset, "notes": notes}, sort_keys=True, ensure_ascii=False)
        mark = hashlib.sha256(f"{self.config.license} {content}".encode()).hexdigest()
        return Item(record.guid, record.title, content, mark)

    def fetch(self, reader: Reader, item: Item) -> str:
        """The record as the portal takes it. Raises SourceError if it lacks what the portal must have."""
        read = json.loads(item.content)
        dataset = read["dataset"]
        if known := identity.stored_package(item.guid):
            dataset["id"] = known
        added = checks.complete(dataset, self.config.license)
        try:
            dataset, refused = refusals.acceptable(dataset, checks.errors)
        except refusals.MissingError as error:
            raise refusals.as_source_error(error, reader.url, item.guid) from error
        silent = checks.defaulted({**dataset, "owner_org": reader.owner_org})
        notes = [*report.decode(read["notes"]), *added, *refused, *silent]
        return json.dumps({"dataset": dataset, "notes": report.encode(notes)}, ensure_ascii=False)

    def describe(self, reader: Reader, item: Item, content: str) -> Described:
        """The dataset, with the ids of the portal it comes from where they are free."""
        dataset: dict[str, Any] = json.loads(content)["dataset"]
        identity.give_ids(dataset, item.guid, reader.source_id)
        name = name_from(str(dataset.get("title") or ""), is_name_taken)
        initial = {"name": name, **({"owner_org": reader.owner_org} if reader.owner_org else {})}
        return Described({"resources": [], **dataset}, initial)


@cache
def _code_version() -> str:
    """Over the files that turn a record into fields."""
    rooms = (Path(reading_code.__path__[0]), Path(__file__).parent)
    files = [path for room in rooms for kind in ("*.py", "**/*.yaml") for path in sorted(room.glob(kind))]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
