"""Sources of tables for the matrix: the demo's sensors and workbooks, behind a server that may misbehave."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from ckanext.harvest.model import HarvestSource
from ckanext.herne.harvest.model import record_table
from ckanext.herne.harvesters.operations import lifecycle, scheduling
from ckanext.herne.harvesters.operations.http import Limits
from ckanext.herne.harvesters.operations.work import work
from herne_demo.server import Demo
from herne_testing.clock import Clock
from herne_testing.front import Front
from werkzeug.wrappers import Request, Response

from .conftest import told

if TYPE_CHECKING:
    from typing import Self

    from ckanext.herne.harvest.reports import Report

LIMITS = Limits(connect_seconds=1, read_seconds=1, total_seconds=3, backoff_seconds=0.01, attempts=3)
BEFORE = datetime(2026, 11, 20, 10, 7, tzinfo=UTC)
NEWEST = "2024"  # the year whose workbook is the news
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "herne_sensorthings": ("/sensorthings/v1.1", {"domain": "parking", "history_days": 1}),
    "herne_hits": ("/hits/", {"theme": "bevoelkerung"}),
}
Rows = list[list[tuple[Any, ...]]]


class Changing(Demo):
    """The demo in two versions: an hour and a workbook lie between them."""

    def __init__(self) -> None:
        super().__init__(self.time)
        self.version = 0

    def time(self) -> datetime:
        return BEFORE + timedelta(hours=self.version)

    def respond(self, request: Request) -> Response:
        answer = super().respond(request)
        if request.path == "/hits/" and self.version == 0:
            lines = answer.get_data(as_text=True).replace(f"bevoelkerung_{NEWEST}.xlsx", "#")
            return Response(lines, mimetype="text/html")
        return answer


class TableSource:
    """A source of the portal, and the demo it reads through a `front`."""

    def __init__(self, kind: str) -> None:
        self._demo = Changing()
        self.front = Front(self._demo)
        self._kind = kind

    def make(self) -> None:
        """Makes the harvest source; the front listens."""
        path, config = KINDS[self._kind]
        name = f"q-{uuid4().hex[:8]}"
        data = {
            "name": name,
            "title": "Unruly source",
            "url": f"{self.front.url}{path}",
            "source_type": self._kind,
            "frequency": "MANUAL",
            "owner_org": "stadt-herne",
            "config": json.dumps({**config, "dataset": f"d-{name}"}),
        }
        user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
        made = tk.get_action("harvest_source_create")({"ignore_auth": True, "user": user}, data)
        self.id = HarvestSource.get(made["id"]).id

    def news(self) -> None:
        self._demo.version = 1

    def run(self) -> Report:
        job_id = scheduling.prepare(self.id)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(lifecycle, "limits", lambda: LIMITS)
            patched.setattr(lifecycle, "datetime", Clock)
            patched.setattr(Clock, "at", self._demo.time())
            work(job_id)
        return told(job_id)

    def rows(self) -> Rows:
        """All rows of the tables of its datasets, in the order of both."""
        model.Session.rollback()
        mine = record_table.select().where(record_table.c.source_id == self.id)
        found = model.Session.execute(mine.order_by(record_table.c.guid)).all()
        context = {"ignore_auth": True, "use_cache": False}
        shown = [tk.get_action("package_show")(dict(context), {"id": one.package_id}) for one in found]
        files = [file for dataset in shown for file in dataset.get("resources", [])]
        return [_rows(file["id"]) for file in files if file.get("url_type") == "datastore"]


def _rows(resource_id: str) -> list[tuple[Any, ...]]:
    asked = {"resource_id": resource_id, "limit": 32000}
    found = tk.get_action("datastore_search")({"ignore_auth": True}, asked)["records"]
    return sorted(tuple(str(value) for key, value in row.items() if key != "_id") for row in found)


class Tables:
    """Makes sources, and knows what undisturbed ones leave."""

    def __init__(self) -> None:
        self._all = contextlib.ExitStack()
        self.undisturbed = cache(self._undisturbed)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._all.close()

    def source(self, kind: str) -> TableSource:
        made = TableSource(kind)
        self._all.enter_context(made.front.listening())
        made.make()
        return made

    def _undisturbed(self, kind: str, version: int) -> Rows:
        """The rows that a source of its own leaves which nobody disturbs."""
        made = self.source(kind)
        for _version in range(version):
            made.run()
            made.news()
        assert made.run().run.outcome == "ok"
        assert all(made.rows())
        return made.rows()
