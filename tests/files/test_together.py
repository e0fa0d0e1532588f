"""Jobs and stewards at the same time: nobody's work is lost, nobody waits for ever."""

from __future__ import annotations

import hashlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from ckan import model
from ckanext.herne.files import jobs, records
from ckanext.herne.files.digest import SHA256, Facts

from .conftest import Steward, stored_file, waiting, work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OLD, NEW = b"jahr,wert\n2024,1\n", b"jahr,wert\n2024,1\n2025,2\n"
EDITS = 6


def right(content: bytes) -> Facts:
    return Facts(len(content), hashlib.sha256(content).hexdigest(), SHA256)


def stored(resource: dict[str, Any]) -> Facts:
    found = records.find(resource["id"])
    assert found is not None
    return found.stored


def compute(resource: dict[str, Any]) -> bool:
    return jobs.compute(resource["id"], "ein-datensatz")


def elsewhere(call: Callable[[], Any]) -> Any:
    """Do it in another thread, that is in another database session."""

    def clean() -> Any:
        try:
            return call()
        finally:
            model.Session.remove()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(clean).result(60)


@pytest.fixture
def while_reading(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], None]:
    """Has something happen once, between the job's reading of the file and its writing of the facts."""

    def arrange(happens: Callable[[], Any]) -> None:
        read, todo = jobs.chunks_of_file, [happens]

        def reading(resource_id: str) -> Iterator[bytes]:
            yield from read(resource_id)
            if todo:
                elsewhere(todo.pop())

        monkeypatch.setattr(jobs, "chunks_of_file", reading)

    return arrange


@pytest.mark.parametrize(
    ("action", "of", "change"),
    [
        ("resource_patch", "id", {"description": "Neu", "license_id": "cc-zero"}),
        ("package_patch", "package_id", {"notes": "Neu", "title": "Neu"}),
    ],
)
def test_an_edit_while_the_file_is_read_survives_and_so_do_the_facts(
    steward: Steward, while_reading: Any, action: str, of: str, change: dict[str, Any]
) -> None:
    resource = steward.upload(NEW)
    while_reading(lambda: steward.call(action, id=resource[of], **change))
    assert compute(resource)
    assert stored(resource) == right(NEW)
    dataset = steward.call("package_show", id=resource["package_id"])
    assert change.items() <= {**dataset, **(dataset["resources"][0] if of == "id" else {})}.items()
    assert dataset["resources"][0]["hash"] == right(NEW).hash


def test_a_file_replaced_while_the_old_one_is_read_gets_its_own_facts(
    steward: Steward, while_reading: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "PAUSE", 0)
    resource = steward.upload(OLD)
    while_reading(lambda: steward.send("resource_patch", NEW, id=resource["id"]))
    assert compute(resource)
    assert stored(resource) == right(NEW)


def test_a_file_given_up_while_it_is_read_leaves_no_facts(
    steward: Steward, while_reading: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "PAUSE", 0)
    resource = steward.upload(NEW)
    link = {"url": "https://herne.de/a.csv", "clear_upload": True}
    while_reading(lambda: steward.call("resource_patch", id=resource["id"], **link))
    assert not compute(resource)
    assert not steward.shown(resource).get("hash")


def test_a_resource_that_changes_all_the_time_gets_another_job(
    steward: Steward, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "PAUSE", 0)
    resource = steward.upload(NEW)
    work()
    assert waiting() == []
    monkeypatch.setattr(records, "write", lambda _file, _facts: records.Written.CHANGED)
    assert not compute(resource)
    assert waiting() == [resource["id"]]


def test_the_job_steps_back_for_who_holds_the_resource_and_waits_for_the_dataset(steward: Steward) -> None:
    """The order of locks that would deadlock with the job's own."""
    resource = steward.upload(NEW)
    holds = threading.Event()

    def save() -> None:
        with model.meta.engine.begin() as connection:
            connection.exec_driver_sql(
                "UPDATE resource SET description = 'Neu' WHERE id = %s", (resource["id"],)
            )
            holds.set()
            time.sleep(0.5)
            connection.exec_driver_sql(
                "UPDATE package SET notes = 'Neu' WHERE id = %s", (resource["package_id"],)
            )

    with ThreadPoolExecutor(1) as pool:
        saving = pool.submit(save)
        holds.wait(10)
        assert compute(resource)
        saving.result(10)
    assert stored(resource) == right(NEW)
    row = model.Session.get(model.Resource, resource["id"], populate_existing=True)
    assert row.description == "Neu"


def test_many_edits_beside_many_jobs_lose_nothing(steward: Steward) -> None:
    resource = steward.upload(OLD)
    content, done = OLD, threading.Event()

    def keep_computing() -> int:
        runs = 0
        while not done.is_set():
            compute(resource)
            runs += 1
        model.Session.remove()
        return runs

    with ThreadPoolExecutor(1) as pool:
        runs = pool.submit(keep_computing)
        try:
            for number in range(EDITS):
                steward.call("resource_patch", id=resource["id"], description=f"Fassung {number}")
                steward.call("package_patch", id=resource["package_id"], notes=f"Fassung {number}")
                if number % 3 == 0:
                    content = OLD + str(number).encode()
                    steward.send("resource_patch", content, id=resource["id"])
                shown = steward.call("package_show", id=resource["package_id"])
                assert shown["notes"] == shown["resources"][0]["description"] == f"Fassung {number}"
        finally:
            done.set()
        assert runs.result(60) > 1
    work()
    assert stored_file(resource).read_bytes() == content
    assert stored(resource) == right(content)
    assert steward.shown(resource)["hash"] == right(content).hash


def test_no_job_starts_before_the_upload_is_committed(
    steward: Steward, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process that looks when the job is enqueued finds the resource."""
    seen: list[records.UploadedFile | None] = []
    monkeypatch.setattr(
        jobs,
        "enqueue",
        lambda resource_id, _name, _size: seen.append(elsewhere(lambda: records.find(resource_id))),
    )
    resource = steward.upload(NEW)
    steward.send("resource_patch", OLD, id=resource["id"])
    first, second = seen
    assert first is not None
    assert second is not None
    assert first.version != second.version


def test_a_save_that_is_rolled_back_calls_for_no_job(steward: Steward) -> None:
    resource = steward.upload(NEW)
    work()
    row = model.Session.get(model.Resource, resource["id"])
    row.hash = ""
    with model.Session.begin_nested():
        model.Session.flush()
    model.Session.rollback()
    model.Session.commit()
    assert waiting() == []
    assert stored(resource) == right(NEW)
