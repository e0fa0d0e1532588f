"""Uploaded files get checksum and size from a job: when, what it writes, and what it never does."""

from __future__ import annotations

import hashlib
import io
import logging
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from ckan.common import config
from ckan.lib import files
from ckanext.herne.files import jobs
from ckanext.herne.files.digest import SHA256
from rdflib import Graph, Namespace, URIRef
from rq.timeouts import JobTimeoutException, UnixSignalDeathPenalty

from .conftest import Steward, queue, stored_file, waiting, work

CKAN = Path(sys.executable).with_name("ckan")
DCAT = Namespace("http://www.w3.org/ns/dcat#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
OLD, NEW = b"jahr,wert\n2024,1\n", b"jahr,wert\n2024,1\n2025,2\n"
MD5 = "http://spdx.org/rdf/terms#checksumAlgorithm_md5"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def facts(resource: dict[str, Any]) -> tuple[Any, Any, Any]:
    return resource.get("size"), resource.get("hash"), resource.get("hash_algorithm")


def right(content: bytes) -> tuple[int, str, str]:
    return len(content), sha256(content), SHA256


def compute(resource: dict[str, Any]) -> bool:
    return jobs.compute(resource["id"], "ein-datensatz")


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> pytest.LogCaptureFixture:
    monkeypatch.setattr(jobs.log, "disabled", False)  # CKAN's migrations disable every logger there is
    caplog.set_level(logging.INFO, jobs.__name__)
    return caplog


def test_an_uploaded_file_gets_its_facts(steward: Steward) -> None:
    resource = steward.upload(NEW)
    assert waiting() == [resource["id"]]
    work()
    assert facts(steward.shown(resource)) == right(NEW)
    assert steward.shown(resource)["mimetype"] == "text/csv"


def test_the_command_ckan_jobs_worker_does_it(steward: Steward) -> None:
    resource = steward.upload(NEW)
    command = [str(CKAN), "-c", "test.ini", "jobs", "worker", "--burst"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    assert facts(steward.shown(resource)) == right(NEW)


def test_the_feed_says_checksum_and_size(steward: Steward) -> None:
    resource = steward.upload(NEW)
    work()
    turtle = steward.get(f"/dataset/{resource['package_id']}.ttl", status=200).body
    graph = Graph().parse(data=turtle, format="turtle")
    (checksum,) = graph.objects(None, SPDX.checksum)
    assert str(graph.value(checksum, SPDX.checksumValue)).lower() == sha256(NEW)
    assert graph.value(checksum, SPDX.algorithm) == URIRef(SHA256)
    (size,) = graph.objects(None, DCAT.byteSize)
    assert size.toPython() == len(NEW)


def test_an_empty_file_has_zero_bytes(steward: Steward) -> None:
    resource = steward.upload(b"")
    work()
    assert facts(steward.shown(resource)) == right(b"")


@pytest.mark.parametrize("action", ["resource_update", "resource_patch"])
def test_a_replaced_file_gets_new_facts_and_never_shows_the_old_ones(steward: Steward, action: str) -> None:
    resource = steward.upload(OLD)
    work()
    replaced = steward.send(action, NEW, id=resource["id"])
    assert replaced.get("hash") in (None, "")
    assert replaced["size"] == len(NEW)
    assert waiting() == [resource["id"]]
    work()
    assert facts(steward.shown(resource)) == right(NEW)


def test_a_file_replaced_by_package_revise_gets_new_facts(steward: Steward) -> None:
    resource = steward.upload(OLD)
    work()
    sent = {
        "match__id": resource["package_id"],
        "update__resources__0__upload": (io.BytesIO(NEW), "neu.csv"),
    }
    answer = steward.app.post("/api/3/action/package_revise", data=sent, headers=steward.headers)
    assert answer.json["success"]
    assert waiting() == [resource["id"]]
    work()
    assert facts(steward.shown(resource)) == right(NEW)


def test_the_form_has_facts_computed_too(steward: Steward) -> None:
    resource = steward.upload(OLD)
    work()
    path = f"/dataset/{resource['package_id']}/resource/{resource['id']}/edit"
    answer = steward.submit(
        path, "resource-edit", "go-metadata", upload=(io.BytesIO(NEW), "neu.csv"), url="neu.csv"
    )
    assert answer.status_code == 302
    assert waiting() == [resource["id"]]
    work()
    assert facts(steward.shown(resource)) == right(NEW)


def test_the_job_changes_nothing_else_and_calls_for_no_second_job(steward: Steward) -> None:
    resource = steward.upload(NEW, description="Alt", license_id="cc-zero")
    before = steward.call("package_show", id=resource["package_id"])
    activities = steward.call("package_activity_list", id=resource["package_id"])
    queue().empty()
    assert compute(resource)
    assert waiting() == []
    after = steward.call("package_show", id=resource["package_id"])
    size, checksum, algorithm = right(NEW)
    before["resources"][0].update(size=size, hash=checksum, hash_algorithm=algorithm)
    assert after == before
    assert steward.call("package_activity_list", id=resource["package_id"]) == activities


def test_database_and_search_index_say_the_same(steward: Steward) -> None:
    resource = steward.upload(NEW)
    work()
    query = {"q": f"id:{resource['package_id']}", "include_private": True}
    (found,) = steward.call("package_search", **query)["results"]
    assert facts(found["resources"][0]) == right(NEW)
    assert facts(database(resource)) == right(NEW)


def database(resource: dict[str, Any]) -> dict[str, Any]:
    """The dataset's only resource as the database has it, not as the index remembers it."""
    import ckan.plugins.toolkit as tk

    context = {"ignore_auth": True, "use_cache": False}
    return tk.get_action("package_show")(context, {"id": resource["package_id"]})["resources"][0]


def test_repeating_the_job_writes_nothing(steward: Steward, log: pytest.LogCaptureFixture) -> None:
    resource = steward.upload(NEW)
    assert compute(resource)
    assert "Stored" in log.text
    log.clear()
    assert compute(resource)
    assert log.text == ""


def test_an_edit_without_a_new_file_calls_for_no_job(steward: Steward) -> None:
    resource = steward.upload(NEW)
    work()
    steward.call("resource_patch", id=resource["id"], description="Neu")
    steward.call("package_patch", id=resource["package_id"], notes="Neu")
    assert waiting() == []
    assert facts(steward.shown(resource)) == right(NEW)


@pytest.mark.parametrize("dropped", [{"hash": ""}, {"size": None}, {"hash_algorithm": MD5}])
def test_facts_that_an_api_caller_drops_or_changes_come_back(
    steward: Steward, dropped: dict[str, Any]
) -> None:
    resource = steward.upload(NEW)
    work()
    steward.call("resource_patch", id=resource["id"], **dropped)
    assert waiting() == [resource["id"]]
    work()
    assert facts(steward.shown(resource)) == right(NEW)
    assert waiting() == []


@pytest.mark.parametrize("action", ["resource_update", "package_update"])
def test_facts_of_an_older_file_that_an_api_caller_sends_back_do_not_last(
    steward: Steward, action: str
) -> None:
    """As a program does that has read the dataset before the file was replaced."""
    resource = steward.upload(OLD)
    work()
    read = steward.call("package_show", id=resource["package_id"])
    steward.send("resource_patch", NEW, id=resource["id"])
    work()
    steward.call(action, **(read if action == "package_update" else read["resources"][0]))
    assert waiting() == [resource["id"]]
    work()
    assert facts(steward.shown(resource)) == right(NEW)
    assert waiting() == []


def test_a_link_keeps_what_is_stated_of_it(steward: Steward) -> None:
    stated = {"url": "https://herne.de/a.csv", "hash": "ab" * 16, "hash_algorithm": MD5, "size": 7}
    dataset = steward.dataset(resources=[stated])
    assert waiting() == []
    assert not jobs.compute(dataset["resources"][0]["id"], dataset["name"])
    assert facts(database(dataset["resources"][0])) == (7, "ab" * 16, MD5)


def test_a_wrong_statement_about_an_uploaded_file_is_corrected_and_logged(
    steward: Steward, log: pytest.LogCaptureFixture
) -> None:
    resource = steward.upload(NEW, hash="0" * 64, hash_algorithm=SHA256)
    assert waiting() == [resource["id"]]
    assert compute(resource)
    assert facts(steward.shown(resource)) == right(NEW)
    assert "0" * 64 in log.text
    assert sha256(NEW) in log.text
    assert resource["id"] in log.text


def test_a_right_statement_in_capitals_is_no_contradiction(
    steward: Steward, log: pytest.LogCaptureFixture
) -> None:
    resource = steward.upload(NEW, hash=sha256(NEW).upper(), hash_algorithm=SHA256)
    assert compute(resource)
    assert facts(steward.shown(resource)) == right(NEW)
    assert "stated" not in log.text


def test_a_file_given_up_for_a_link_takes_its_facts_along(steward: Steward) -> None:
    resource = steward.upload(NEW)
    work()
    link = {"url": "https://herne.de/a.csv", "clear_upload": True}
    linked = steward.call("resource_patch", id=resource["id"], **link)
    assert facts(linked)[:2] in ((None, ""), (None, None))
    assert waiting() == []


def names_place_and_remedy(log: pytest.LogCaptureFixture, resource: dict[str, Any]) -> bool:
    text = log.text
    has_remedy = "Remedy:" in text or "Nothing is to be done" in text
    return has_remedy and resource["id"] in text and 'dataset "' in text


def test_a_vanished_file_is_logged(steward: Steward, log: pytest.LogCaptureFixture) -> None:
    resource = steward.upload(NEW)
    stored_file(resource).unlink()
    assert not compute(resource)
    assert names_place_and_remedy(log, resource)
    assert "missing" in log.text


def test_an_unreadable_file_is_logged(steward: Steward, log: pytest.LogCaptureFixture) -> None:
    resource = steward.upload(NEW)
    stored_file(resource).unlink()
    stored_file(resource).mkdir()
    assert not compute(resource)
    stored_file(resource).rmdir()
    assert names_place_and_remedy(log, resource)
    assert "cannot be read" in log.text


def test_a_path_out_of_the_storage_is_not_followed(
    steward: Steward, log: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    resource = steward.upload(NEW)
    (tmp_path / "secret").write_bytes(b"secret")
    place = stored_file(resource)
    place.unlink()
    place.symlink_to(tmp_path / "secret")
    assert not compute(resource)
    place.unlink()
    assert sha256(b"secret") not in str(steward.shown(resource))
    assert names_place_and_remedy(log, resource)


@pytest.mark.parametrize(("action", "of"), [("resource_delete", "id"), ("package_delete", "package_id")])
def test_what_was_deleted_meanwhile_ends_the_job(
    steward: Steward, log: pytest.LogCaptureFixture, action: str, of: str
) -> None:
    resource = steward.upload(NEW)
    steward.call(action, id=resource[of])
    assert not compute(resource)
    assert names_place_and_remedy(log, resource)


def test_a_purged_dataset_ends_the_job(steward: Steward, log: pytest.LogCaptureFixture) -> None:
    resource = steward.upload(NEW)
    steward.call("package_delete", id=resource["package_id"])
    steward.call("dataset_purge", id=resource["package_id"])
    assert not compute(resource)
    assert names_place_and_remedy(log, resource)


def test_a_storage_that_is_not_configured_is_logged(
    steward: Steward, log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    resource = steward.upload(NEW)
    monkeypatch.setitem(config, "ckan.storage_path", "")
    assert not compute(resource)
    assert names_place_and_remedy(log, resource)
    assert "ckan.storage_path" in log.text


def test_solr_that_is_down_leaves_the_database_as_it_is(
    steward: Steward, log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    resource = steward.upload(NEW)
    with monkeypatch.context() as patch:
        patch.setitem(config, "solr_url", "http://127.0.0.1:9/solr/ckan")
        assert not compute(resource)
    assert names_place_and_remedy(log, resource)
    assert "Solr" in log.text
    assert not database(resource).get("hash")
    assert compute(resource)


def test_one_bad_file_does_not_keep_the_others_waiting(steward: Steward) -> None:
    bad, good = steward.upload(OLD), steward.upload(NEW)
    stored_file(bad).unlink()
    work()
    assert queue().count == 0
    assert queue().failed_job_registry.count == 0
    assert facts(steward.shown(good)) == right(NEW)


def test_an_upload_succeeds_while_the_job_queue_is_down(
    steward: Steward, log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ckan.lib.jobs
    import ckan.lib.redis
    from redis import ConnectionPool

    dataset = steward.dataset()
    with monkeypatch.context() as patch:
        patch.setattr(ckan.lib.redis, "_connection_pool", ConnectionPool.from_url("redis://127.0.0.1:9/1"))
        patch.setattr(ckan.lib.jobs, "_queues", {})
        resource = steward.send("resource_create", NEW, package_id=dataset["id"])
    assert stored_file(resource).read_bytes() == NEW
    assert resource["id"] in log.text
    assert dataset["name"] in log.text
    assert "ckan herne files check --repair" in log.text


def test_files_of_ckans_file_storages_are_read_too(
    steward: Steward, log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = {"type": "ckan:fs", "path": str(tmp_path), "initialize": True}
    monkeypatch.setitem(config, "ckan.files.default_storages.resource", "elsewhere")
    files.storages.register("elsewhere", files.make_storage("elsewhere", settings))
    try:
        resource = steward.upload(NEW)
        (place,) = (path for path in tmp_path.rglob("*") if path.is_file())
        assert compute(resource)
        place.unlink()
        assert not compute(resource)
    finally:
        files.storages.pop("elsewhere")
    assert facts(steward.shown(resource)) == right(NEW)
    assert names_place_and_remedy(log, resource)
    assert "missing" in log.text


@pytest.mark.parametrize("kind", [{"private": True}, {"state": "draft"}])
def test_files_that_are_not_public_yet_get_facts_too(steward: Steward, kind: dict[str, Any]) -> None:
    dataset = steward.dataset(**kind)
    resource = steward.send("resource_create", NEW, package_id=dataset["id"])
    work()
    assert facts(steward.shown(resource)) == right(NEW)
    shown = steward.call("package_show", id=dataset["id"])
    assert kind.items() <= shown.items()


def test_reading_that_hangs_is_logged_and_fails_the_job(
    steward: Steward, log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    resource = steward.upload(NEW)

    def hanging(_resource_id: str) -> list[bytes]:
        with UnixSignalDeathPenalty(1, JobTimeoutException):
            time.sleep(30)
        return []

    monkeypatch.setattr(jobs, "chunks_of_file", hanging)
    with pytest.raises(JobTimeoutException):
        compute(resource)
    assert names_place_and_remedy(log, resource)
    assert "too long" in log.text


def test_a_large_file_gets_the_time_it_needs(steward: Steward) -> None:
    jobs.enqueue("small", "ein-datensatz", None)
    jobs.enqueue("large", "ein-datensatz", 10_000_000_000)
    small, large = (job.timeout for job in queue().jobs)
    assert small == config["ckan.jobs.timeout"]
    assert large - small == 2000
