"""What stands on an address of the feed: stored texts of packages, joined under the head of their catalogue.

A page is made of rows without texts: they tell what it shows and name its state. The texts are read when
somebody wants them, and none goes out that is not what was stored. HTTP is left to `views`.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from functools import lru_cache, partial
from math import ceil
from typing import TYPE_CHECKING

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckanext.herne.feed import filters, store
from ckanext.herne.feed.errors import GoneError, UnavailableError
from ckanext.herne.feed.paging import Place
from ckanext.herne.feed.repair import repair
from ckanext.herne.feed.syntaxes import ENDINGS, document, statements
from ckanext.herne.portal.references import ANYBODY
from rdflib import XSD, Literal, URIRef

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from ckanext.herne.feed.asked import Asked
    from ckanext.herne.feed.catalogue import Catalogue
    from ckanext.herne.feed.fragments import Part
    from ckanext.herne.feed.store import Extent, Latest, Row
    from ckanext.herne.feed.syntaxes import Properties

log = logging.getLogger(__name__)

ATTEMPTS = 3  # at reading rows and texts of one state, while somebody saves or a text has to be made anew
TAG_LENGTH = 32  # hexadecimal digits

# By catalogue, ending and number of a page that exists, each with what it was made from.
_tags: dict[tuple[str, str, int | None], tuple[tuple[Latest, int, tuple[str, str, str]], str]] = {}


@dataclass(frozen=True)
class Page:
    """What an address shows in a syntax; `own` gives the bodies that belong to the page itself.

    `beside` are packages that others on the page refer to. `modified` is when it changed last, or anything
    that it depends on (UTC). `state` are the values from which `own` is made.
    """

    syntax: str
    rows: Sequence[Row]
    beside: Sequence[Row]
    modified: datetime | None
    state: Sequence[str] = ()
    own: Callable[[], Iterable[str]] = tuple

    @property
    def tag(self) -> str:
        """A name for the page's exact text."""
        packages = (f"{row.package_id} {row.kind} {row.has_tables} {row.digest}" for row in self.rows)
        beside = (f"{row.package_id} {row.digest}" for row in self.beside)
        state = "\0".join((document((), self.syntax), *self.state, *packages, "", *beside))
        return hashlib.sha256(state.encode()).hexdigest()[:TAG_LENGTH]

    def parts(self) -> list[tuple[Row, Part | None]]:
        """The text of each package, as far as there is one; what is said beside comes last."""
        found = []
        for name, rows in (("content", self.rows), ("beside", self.beside)):
            texts = store.parts(name, [row.package_id for row in rows], self.syntax) if rows else {}
            found += [(row, texts.get(row.package_id)) for row in rows]
        return found


def package_page(reference: str, syntax: str) -> Page:
    """The page of the package with this id or name.

    :raises GoneError: it was withdrawn from the catalogue.
    :raises toolkit.ObjectNotFound: there is none, or the catalogue does not list it.
    :raises toolkit.NotAuthorized: it is not public.
    """
    package_id = _package_id(reference)
    rows = store.rows_of([package_id], syntax)
    if not rows:
        raise _absent(package_id)
    beside = _beside(rows, syntax)
    return Page(syntax, rows, beside, max(row.published for row in (*rows, *beside)))


def catalogue_page(catalogue: Catalogue, asked: Asked) -> Page:
    """A page of a catalogue.

    :raises toolkit.ObjectNotFound: there are not that many pages.
    :raises toolkit.ValidationError: a filter cannot be understood.
    :raises UnavailableError: the feed or the search cannot answer now.
    """
    syntax, latest = ENDINGS[asked.ending].name, store.latest()
    extent = _extent(catalogue.owner_id, latest)
    if not extent.is_complete or (not extent.total and store.public_packages_exist(catalogue.owner_id)):
        _extent.cache_clear()  # it may become complete without a change of what is served
        raise UnavailableError(tk._("The catalogue is being built. Please try again in some minutes."))
    rows, place = (
        _found(catalogue, asked, extent) if asked.filters else _stored(catalogue, asked, extent, latest)
    )
    # times on one page only, so that a change somewhere leaves the others as they are
    is_first = place.number == place.numbers[0]
    times = {"dct:issued": extent.since, "dct:modified": latest.at} if is_first else {}
    own = partial(_own, catalogue, syntax, rows, place, times)
    state = (catalogue.head(syntax), catalogue.table_service(syntax), repr(place.properties), repr(times))
    return Page(syntax, rows, _beside(rows, syntax), latest.at, state, own)


def catalogue_tag(catalogue: Catalogue, asked: Asked) -> tuple[str, datetime | None]:
    """The `tag` of a page of a catalogue and when it changed last (UTC).

    The packages are read again only after a change: for a client that has the page, that is most of the work.
    A search may answer otherwise at any time, so that its tags are not kept.

    :raises: as `catalogue_page` does.
    """
    latest, syntax = store.latest(), ENDINGS[asked.ending].name
    head = (catalogue.head(syntax), catalogue.table_service(syntax), catalogue.addresses(asked.ending, {}))
    key, state = (catalogue.uri, asked.ending, asked.number), (latest, _page_size(), head)
    known = None if asked.filters else _tags.get(key)
    if known and known[0] == state:
        return known[1], latest.at
    page = catalogue_page(catalogue, asked)
    if not asked.filters:
        _tags[key] = state, page.tag
    return page.tag, page.modified


def with_text(make: Callable[[], Page], page: Page | None = None) -> tuple[Page, str]:
    """The page that `make` gives or gave, with its document; a damaged text is made anew and never goes out.

    :raises UnavailableError: a text stays damaged.
    """
    for _attempt in range(ATTEMPTS):
        page = page or make()
        parts = page.parts()
        texts = [part.text for row, part in parts if part and part.is_whole and part.digest == row.digest]
        if len(texts) == len(parts):
            return page, document((*page.own(), *texts), page.syntax)
        for row, part in parts:
            if not part or not part.is_whole:
                _repair(row.package_id, page.syntax)
        page = None
    raise UnavailableError(tk._("A part of this page is damaged. Please try again in some minutes."))


def _own(
    catalogue: Catalogue,
    syntax: str,
    rows: Sequence[Row],
    place: Place,
    times: Mapping[str, datetime | None],
) -> Iterator[str]:
    """What the catalogue says on a page: of itself, of its pages and of the tables of its packages."""
    told: Properties = {
        term: [Literal(time.isoformat(), datatype=XSD.dateTime)] for term, time in times.items() if time
    }
    yield catalogue.head(syntax)
    yield statements(catalogue.uri, {**told, **_links(catalogue, rows)}, syntax)
    if place.total:
        yield statements(place.url(place.number), place.properties, syntax)
    if tables := [URIRef(row.uri) for row in rows if row.has_tables]:
        yield catalogue.table_service(syntax)
        yield statements(catalogue.table_service_uri, {"dcat:servesDataset": tables}, syntax)


def _repair(package_id: str, syntax: str) -> None:
    log.error("Feed: the text of package %s in %s is damaged and is made anew", package_id, syntax)
    try:
        repair(package_id)
    except LookupError:
        log.exception("Feed: package %s cannot be made anew; run `ckan herne feed check`", package_id)


def _stored(catalogue: Catalogue, asked: Asked, extent: Extent, latest: Latest) -> tuple[list[Row], Place]:
    """The packages whose positions belong to the page."""
    size = _page_size()
    place = _place(catalogue, asked, _numbers(size, catalogue.owner_id, latest), extent.total)
    last = place.number * size
    rows = store.rows(last - size + 1, last, ENDINGS[asked.ending].name, catalogue.owner_id)
    return rows, place


def _found(catalogue: Catalogue, asked: Asked, extent: Extent) -> tuple[list[Row], Place]:
    """The page's share of the packages that meet the filters."""
    size = _page_size()
    start = ((asked.number or 1) - 1) * size
    total, ids = filters.found(asked.filters, catalogue.owner_id, start, size)
    if not total and extent.total and not filters.found({}, "", 0, 0)[0]:
        raise UnavailableError(tk._("The search index is being built. Please try again in some minutes."))
    place = _place(catalogue, asked, range(1, ceil(total / size) + 1), total)
    return store.rows_of(ids, ENDINGS[asked.ending].name), place


def _place(catalogue: Catalogue, asked: Asked, numbers: Sequence[int], total: int) -> Place:
    """The page asked for, or the first one."""
    numbers = numbers or (1,)
    addresses = catalogue.addresses(asked.ending, asked.filters)
    place = Place(addresses, asked.number or numbers[0], numbers, _page_size(), total)
    if place.number > numbers[-1]:
        message = tk._("There is no page {}. The last one is {}: {}")
        raise tk.ObjectNotFound(message.format(place.number, numbers[-1], place.url(numbers[-1])))
    return place


@lru_cache(maxsize=64)
def _numbers(size: int, owner_id: str, latest: Latest) -> tuple[int, ...]:
    """The pages that have anything on them; they change only with `latest`."""
    return tuple(store.pages(size, owner_id))


def _page_size() -> int:
    return int(tk.config["ckanext.dcat.datasets_per_page"])


def _links(catalogue: Catalogue, rows: Sequence[Row]) -> Properties:
    """The catalogue's links to packages and their entries, and to the service that delivers their tables."""
    links: dict[str, list[URIRef | Literal]] = {"dcat:dataset": [], "dcat:service": [], "dcat:record": []}
    for row in rows:
        links[f"dcat:{row.kind}"].append(URIRef(row.uri))
        links["dcat:record"].append(URIRef(row.record_uri))
    if any(row.has_tables for row in rows):
        links["dcat:service"].append(URIRef(catalogue.table_service_uri))
    return links


@lru_cache(maxsize=64)
def _extent(owner_id: str, latest: Latest) -> Extent:
    """Counting takes longer with each package, but changes only with `latest`."""
    return store.extent(owner_id)


def _beside(rows: Sequence[Row], syntax: str) -> list[Row]:
    """What the rows refer to and is not one of them."""
    here = {row.uri for row in rows}
    return store.beside_rows({uri for row in rows for uri in row.refers} - here, syntax)


def _package_id(reference: str) -> str:
    """The id of the package that has it as id or name; the reference itself if none has."""
    package = model.package_table.c
    named = sa.select(package.id).where(sa.or_(package.id == reference, package.name == reference))
    return str(model.Session.execute(named).scalar() or reference)


def _absent(package_id: str) -> tk.ObjectNotFound:
    """Why a package has no page.

    :raises toolkit.NotAuthorized: nobody may know whether it is there.
    """
    change = store.last_change(package_id)
    if change and change.kind == "withdrawn":
        return GoneError(change.uri, change.at, change.replaced_by)
    tk.get_action("package_show")(dict(ANYBODY), {"id": package_id})  # raises what a visitor may know
    return tk.ObjectNotFound(
        tk._(
            "This is not in the catalogue: it is no dataset, is not public, or has errors to be mended first."
        )
    )
