"""`ckan herne files check`: finds what differs, repairs what can be repaired, and says it by its status."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ckan import model
from ckanext.herne.files import records
from ckanext.herne.files.cli import files
from click.testing import CliRunner, Result

from .conftest import Steward, stored_file, waiting, work

CKAN = Path(sys.executable).with_name("ckan")
CONTENT = b"jahr,wert\n2025,2\n"


def check(*options: str) -> Result:
    return CliRunner().invoke(files, ["check", *options])


def report(*options: str) -> tuple[int, list[dict[str, Any]]]:
    result = check("--json", *options)
    return result.exit_code, json.loads(result.stdout)["differing"]


def store(resource: dict[str, Any], **columns: Any) -> None:
    """What nobody should: change the database behind CKAN's back."""
    of_resource = model.resource_table.c.id == resource["id"]
    model.Session.execute(model.resource_table.update().where(of_resource).values(**columns))
    model.Session.commit()


@pytest.fixture
def uploaded(steward: Steward) -> dict[str, Any]:
    resource = steward.upload(CONTENT)
    work()
    return resource


def test_what_is_right_is_status_0(uploaded: dict[str, Any]) -> None:
    result = check()
    assert result.exit_code == 0
    assert result.stdout.startswith("1 ")
    assert uploaded["id"] not in result.stdout


def test_no_files_at_all_are_right(steward: Steward) -> None:
    assert report() == (0, [])


def change_file(resource: dict[str, Any]) -> None:
    stored_file(resource).write_bytes(CONTENT.replace(b"2\n", b"3\n"))


def cut_file(resource: dict[str, Any]) -> None:
    stored_file(resource).write_bytes(CONTENT[:-1])


DIFFERENCES = [
    (lambda resource: store(resource, hash="", extras=None), ["not_computed"]),
    (lambda resource: store(resource, hash="", size=3, extras=None), ["not_computed", "wrong_size"]),
    (lambda resource: store(resource, size=3), ["wrong_size"]),
    (lambda resource: store(resource, size=None), ["not_computed"]),
    (lambda resource: store(resource, hash="0" * 64), ["wrong_hash"]),
    (change_file, ["wrong_hash"]),
    (cut_file, ["wrong_hash", "wrong_size"]),
]


@pytest.mark.parametrize(("damage", "problems"), DIFFERENCES)
def test_a_difference_is_found_and_repaired(
    uploaded: dict[str, Any], damage: Any, problems: list[str]
) -> None:
    damage(uploaded)
    status, (found,) = report()
    assert (status, found["resource"], found["problems"]) == (1, uploaded["id"], problems)
    assert found["actual"]["size"] == stored_file(uploaded).stat().st_size
    text = check().stdout
    assert uploaded["id"] in text
    assert "--repair" in text
    status, (found,) = report("--repair")
    assert (status, found["repaired"]) == (0, True)
    assert report() == (0, [])
    assert waiting() == []


def test_a_missing_file_cannot_be_repaired_and_keeps_its_facts(uploaded: dict[str, Any]) -> None:
    before = records.find(uploaded["id"])
    stored_file(uploaded).unlink()
    status, (found,) = report("--repair")
    assert (status, found["problems"], found["repaired"]) == (1, ["missing"], False)
    assert records.find(uploaded["id"]) == before
    assert "backup" in check().stdout


def test_only_uploaded_files_that_are_still_there_count(steward: Steward) -> None:
    steward.dataset(resources=[{"url": "https://herne.de/a.csv", "hash": "ab"}])
    steward.call("resource_delete", id=steward.upload(CONTENT)["id"])
    steward.call("package_delete", id=steward.upload(CONTENT)["package_id"])
    assert report() == (0, [])


def test_many_files_are_read_in_batches(steward: Steward, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "BATCH", 2)
    made = {steward.upload(CONTENT)["id"] for _ in range(5)}
    status, found = report()
    assert status == 1
    assert [one["resource"] for one in found] == sorted(made)
    assert records.count() == len(made)
    assert report("--repair")[0] == 0
    assert report() == (0, [])


def test_the_installed_command_repairs_too(steward: Steward) -> None:
    resource = steward.upload(CONTENT)
    command = [str(CKAN), "-c", "test.ini", "herne", "files", "check", "--json"]
    found = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert found.returncode == 1
    assert json.loads(found.stdout)["differing"][0]["resource"] == resource["id"]
    repaired = subprocess.run(
        [*command, "--repair"], capture_output=True, text=True, timeout=120, check=False
    )
    assert repaired.returncode == 0, repaired.stderr
    assert report() == (0, [])
