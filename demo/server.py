"""HTTP for the demo: SensorThings below /sensorthings/v1.1, workbooks below /hits/; reads only, no state."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Any

import msgspec
from herne_demo.odata import QueryError
from herne_demo.sensorthings import ROOT, NotFoundError, Service
from herne_demo.workbooks import NAME, YEARS, population
from herne_demo.world import LABEL
from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_WORKBOOK = re.compile(re.escape(NAME).replace(r"\{year\}", r"(\d{4})"))
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Demo:
    """The WSGI application; `now` gives the current time (aware), so that a test can stop the clock."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.now = now

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        body: Iterable[bytes] = self.respond(Request(environ))(environ, start_response)
        return body

    def respond(self, request: Request) -> Response:
        """The answer to one request."""
        if request.method not in ("GET", "HEAD"):
            return _error(405, "The demo is read only")
        if request.path.startswith(ROOT):
            return self._sensorthings(request)
        if request.path == "/hits/":
            return _page("HiTS-Demo", [NAME.format(year=year) for year in YEARS])
        if request.path == "/":
            return _page("Herne-Demo", [f"{ROOT.strip('/')}/", "hits/"])
        workbook = _WORKBOOK.fullmatch(request.path.removeprefix("/hits/"))
        if workbook and int(workbook[1]) in YEARS:
            return Response(population(int(workbook[1])), mimetype=_XLSX)
        return _error(404, f"Nothing at {request.path}")

    def _sensorthings(self, request: Request) -> Response:
        service = Service(request.host_url.rstrip("/") + ROOT, self.now())
        try:
            body = service.answer(request.path.removeprefix(ROOT), request.args.to_dict())
        except NotFoundError:
            return _error(404, "Not Found")
        except QueryError as error:
            return _error(400, str(error))
        return Response(msgspec.json.encode(body), mimetype="application/json")


def _error(code: int, message: str) -> Response:
    body = {"code": code, "type": "error", "message": message}
    return Response(msgspec.json.encode(body), status=code, mimetype="application/json")


def _page(title: str, links: list[str]) -> Response:
    items = "".join(f'<li><a href="{escape(link)}">{escape(link)}</a></li>' for link in links)
    html = (
        f'<!doctype html><html lang="de"><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<h1>{escape(title)}</h1><p>{LABEL}</p><ul>{items}</ul></html>"
    )
    return Response(html, mimetype="text/html")
