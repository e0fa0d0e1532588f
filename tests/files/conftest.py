"""Uploads through the API, the job queue, and a worker that works it off."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from herne_testing.browser import Browser

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Steward(Browser):
    """A browser that also sends files to the API."""

    def dataset(self, **fields: Any) -> dict[str, Any]:
        return self.call("package_create", **{"title": "Zählstellen", "notes": "Zählwerte", **fields})

    def send(self, action: str, content: bytes, name: str = "werte.csv", **fields: Any) -> dict[str, Any]:
        """Call an action with a file, as a client with a multipart request does."""
        sent = {**fields, "upload": (io.BytesIO(content), name)}
        answer = self.app.post(f"/api/3/action/{action}", data=sent, headers=self.headers).json
        assert answer["success"], answer
        return answer["result"]

    def upload(self, content: bytes, name: str = "werte.csv", **fields: Any) -> dict[str, Any]:
        """A resource with this file in a dataset of its own."""
        return self.send("resource_create", content, name, package_id=self.dataset()["id"], **fields)

    def shown(self, resource: dict[str, Any]) -> dict[str, Any]:
        return self.call("resource_show", id=resource["id"])


@pytest.fixture(scope="module")
def account(portal: Any) -> Steward:
    from ckan.tests import factories

    return Steward(portal, factories.SysadminWithToken(image_url="")["token"])


@pytest.fixture
def steward(account: Steward) -> Iterator[Steward]:
    """A system administrator; job queue and portal hold nothing of earlier tests."""
    from ckan import model

    queue().empty()
    yield account
    model.Session.rollback()
    model.Session.execute(model.resource_table.update().values(state="deleted"))
    model.Session.commit()


def queue() -> Any:
    """The job queue of the real Valkey."""
    from ckan.lib.jobs import get_queue

    return get_queue()


def waiting() -> list[str]:
    """The resources whose files wait for a job."""
    return [job.args[0] for job in queue().jobs if job.func_name.startswith("ckanext.herne.files.")]


def work() -> None:
    """Let a worker do what is in the queue.

    It stays in this process: in one of its own CKAN loads all its plugins again, which takes seconds per job.
    The tests of the commands do it that way.
    """
    from ckan import model
    from rq import SimpleWorker

    model.Session.remove()
    SimpleWorker([queue()]).work(burst=True)
    model.Session.remove()


def stored_file(resource: dict[str, Any]) -> Path:
    """Where CKAN keeps the uploaded file of a resource."""
    from ckan.lib.uploader import get_resource_uploader

    return Path(get_resource_uploader({}).get_path(resource["id"]))
