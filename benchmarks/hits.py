"""HiTS: workbooks of 100 themes and 15 years to tables, against the same rows through `datastore_upsert`.

Invented workbooks of 50 areas with the hazards tables have. Measures reading, checking and loading of all, a
second run that finds every file as it was, and the peer's loading into tables of the same kind: the ratio
compares loading with loading. THEMES and YEARS set other numbers. Servers as in `tables.py`.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import threading
import time
import uuid
from typing import TYPE_CHECKING, Any

import msgspec
import polars as pl
from ckanext.herne import tables
from ckanext.herne.harvesters.hits import disclosure, files, hierarchy, watch
from ckanext.herne.harvesters.hits.table import read_workbook
from ckanext.herne.harvesters.hits.theme import TABLE, AreaRule, Indicator, theme
from ckanext.herne.harvesters.operations.http import Http
from ckanext.herne.tables import Scope
from herne_testing.live import listening
from herne_testing.servers import application
from herne_testing.sheets import Sheet, as_xlsx
from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from multiprocessing.connection import Connection

THEMES = int(os.environ.get("THEMES", "100"))
YEARS = range(2010, 2010 + int(os.environ.get("YEARS", "15")))
DISTRICTS = 49
CHUNK = 5000
LAYOUT = msgspec.structs.replace(
    theme("bevoelkerung"),
    year=r"31\.12\.(\d{4})",
    header_row=3,
    header_rows=1,
    key_heading="Nr.",
    name_heading="Bezirk",
    areas=(AreaRule("statistischer_bezirk", key=r"\d{2}"), AreaRule("city", name="Herne insgesamt")),
    indicators=(Indicator("cases", "Fälle", "1", "Fälle", "Cases"),),
    shares=(),
)
Books = dict[str, bytes]


def book(number: int, year: int) -> bytes:
    """The workbook of a theme and year: signs, flags, numbers as text, a total, a legend."""
    values = [(number * 31 + year * 7 + district * 13) % 997 + 5 for district in range(DISTRICTS)]
    sheet = Sheet().line(1, f"Thema {number} am 31.12.{year} (erfunden)").line(3, "Nr.", "Bezirk", "Fälle¹")
    for district, value in enumerate(values):
        shown: Any = "•" if district < 2 else f"{value} r" if district % 9 == 0 else value
        sheet.line(district + 4, f"{district:02d}", f"Bezirk {district}", shown)
    sheet.line(DISTRICTS + 4, None, "Herne insgesamt", f"{sum(values):,}".replace(",", "."))
    sheet.line(DISTRICTS + 6, "• = Fallzahl zu gering").line(DISTRICTS + 7, "¹ erfunden")
    return as_xlsx(sheet)


class Server:
    """Serves the workbooks and an index page of each theme, with ETags."""

    def __init__(self, books: dict[int, Books]) -> None:
        self.books = books

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        request = Request(environ)
        number, _, name = request.path.strip("/").partition("/")
        books = self.books[int(number)]
        if not name:
            links = "".join(f'<a href="{one}">{one}</a>' for one in books)
            return Response(f"<html>{links}</html>", mimetype="text/html")(environ, start)
        answer = Response(books[name])
        answer.add_etag()
        return answer.make_conditional(request)(environ, start)


def resources() -> tuple[list[str], list[str]]:
    """A dataset for each theme, with two empty tables of one kind: ours and the peer's."""
    import ckan.plugins.toolkit as tk

    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    context = {"ignore_auth": True, "user": user}
    if not tk.get_action("organization_list")({}, {"organizations": ["stadt-herne"]}):
        tk.get_action("organization_create")(dict(context), {"name": "stadt-herne"})
    ours, theirs = [], []
    for _number in range(THEMES):
        name = f"bench-{uuid.uuid4().hex[:12]}"
        entry = {"url": "/datastore", "url_type": "datastore", "format": "CSV"}
        data = {"name": name, "title": name, "notes": name, "resources": [entry, dict(entry)]}
        made = tk.get_action("package_create")(dict(context), data)
        for resource, kind in zip(made["resources"], (ours, theirs), strict=True):
            tables.ensure(TABLE, resource["id"])
            kind.append(resource["id"])
    return ours, theirs


def read(books: Books) -> pl.DataFrame:
    """The rows of a theme as they may be published, checked."""
    frames = [read_workbook(LAYOUT, name, content) for name, content in books.items()]
    rows, _finding = disclosure.protected(pl.concat(frames), LAYOUT)
    if hierarchy.differences(rows, LAYOUT):
        raise SystemExit("the invented totals do not add up")
    return rows


def load(resource_id: str, rows: pl.DataFrame) -> None:
    tables.load(TABLE, resource_id, rows, [Scope("year", year, year + 1) for year in YEARS])


def upsert(resource_id: str, rows: pl.DataFrame) -> None:
    """The rows through the DataStore's action, in chunks."""
    import ckan.plugins.toolkit as tk

    records = rows.with_columns(pl.col("value").cast(pl.String)).to_dicts()
    for start in range(0, len(records), CHUNK):
        chunk = records[start : start + CHUNK]
        data = {"resource_id": resource_id, "records": chunk, "method": "upsert", "force": True}
        tk.get_action("datastore_upsert")({"ignore_auth": True}, data)


def timed(label: str, work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    result = work()
    seconds = time.perf_counter() - started
    print(f"{label:<52} {seconds:8.2f} s", flush=True)
    return seconds, result


@contextlib.contextmanager
def serving(books: dict[int, Books]) -> Iterator[str]:
    """The address of the workbooks, served by a process of its own."""
    receiving, sending = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=_serve, args=(books, sending), daemon=True)
    process.start()
    try:
        yield receiving.recv()
    finally:
        process.terminate()


def _serve(books: dict[int, Books], sending: Connection) -> None:
    with listening(Server(books)) as url:
        sending.send(url)
        threading.Event().wait()


def again(url: str, memories: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a run finds on the server for each theme, with what the last one remembered."""
    http = Http(allow_private=True)
    found = []
    for number, memory in enumerate(memories):
        listing = files.listing(http, f"{url}/{number}/", r".*\.xlsx")
        changed, remembered = watch.news(http, listing.books, memory)
        if memory and changed:
            raise SystemExit(f"theme {number}: an unchanged file was taken for a new one")
        found.append(remembered)
    return found


def main() -> None:
    """Measures both and prints the ratio of loading."""
    _, books = timed(
        "(inventing the workbooks)",
        lambda: {n: {f"t_{year}.xlsx": book(n, year) for year in YEARS} for n in range(THEMES)},
    )
    with serving(books) as url:
        _, memories = timed("first look at all files over HTTP", lambda: again(url, [{}] * THEMES))
        timed("a run without change, over HTTP (wanted: 5)", lambda: again(url, memories))
    with application():
        _, (ours, theirs) = timed("(making datasets with empty tables)", resources)
        reading, frames = timed("workbooks to checked rows", lambda: [read(one) for one in books.values()])
        count = sum(frame.height for frame in frames)
        loading, _ = timed(f"{count:,} rows into {THEMES} tables", lambda: list(map(load, ours, frames)))
        print(f"{'workbooks to tables':<52} {reading + loading:8.2f} s (wanted: 60)")
        timed("the same rows loaded again, none changed", lambda: list(map(load, ours, frames)))
        peer, _ = timed("datastore_upsert of the same rows", lambda: list(map(upsert, theirs, frames)))
    print(f"against reading and loading {peer / (reading + loading):.1f}")
    print(f"ratio {peer / loading:.1f}")


if __name__ == "__main__":
    main()
