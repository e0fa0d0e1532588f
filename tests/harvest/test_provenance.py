"""Everybody reads on a harvested dataset's page where it comes from and whether it is to go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from ckan import model
from ckan.common import config
from ckanext.herne.harvest.model import record_table

if TYPE_CHECKING:
    from tests.harvest.conftest import Office

pytestmark = pytest.mark.usefixtures("tidy")

SEEN = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
GUID = "https://amt.example/daten/7"


@pytest.fixture
def dataset(office: Office) -> dict[str, Any]:
    described = {"title": "Einwohner", "notes": "Probe.", "owner_org": office.id}
    return dict(office.visit("editor").call("package_create", **described))


def record(source: str, package: str | None, **changes: Any) -> None:
    row = {"source_id": source, "guid": GUID, "package_id": package, "first_seen": SEEN, "last_seen": SEEN}
    model.Session.execute(record_table.insert().values(**row | changes))
    model.Session.commit()


def origin(office: Office, dataset: dict[str, Any], person: str = "anonymous") -> Any:
    page = office.visit(person).page(f"/en/dataset/{dataset['name']}")
    heading = page.find(id="origin")
    return heading.find_parent("section") if heading else None


def test_a_page_tells_source_name_and_time(office: Office, dataset: dict[str, Any]) -> None:
    record(office.good, dataset["id"], changed_at=SEEN)
    told = origin(office, dataset)
    assert "Bevoelkerung" in told.text
    assert told.find("a")["href"] == GUID
    assert "Nov 20, 2026" in told.text
    assert "No longer at the source" not in told.text


def test_nothing_of_the_source_itself_is_told_but_to_its_editors(
    office: Office, dataset: dict[str, Any]
) -> None:
    record(office.good, dataset["id"])
    assert "/harvest/" not in str(origin(office, dataset))
    assert "bevoelkerung.example" not in str(origin(office, dataset))
    assert "/harvest/bevoelkerung" in str(origin(office, dataset, "editor"))


@pytest.mark.parametrize("days", [14, 3])
def test_what_is_to_go_says_when(
    office: Office, dataset: dict[str, Any], monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    monkeypatch.setitem(config, "ckanext.herne.harvest.grace_days", days)
    record(office.good, dataset["id"], missing_since=SEEN)
    told = " ".join(origin(office, dataset).text.split())
    assert "No longer at the source since Nov 20, 2026" in told
    assert f"deleted on {SEEN + timedelta(days=days):%b} {(SEEN + timedelta(days=days)).day}, 2026" in told


def test_other_sources_of_the_same_record_are_named(office: Office, dataset: dict[str, Any]) -> None:
    record(office.good, dataset["id"])
    record(office.new, None, held_by=office.good)
    assert "also at Verkehr (not taken over from there)" in " ".join(origin(office, dataset).text.split())


def test_the_api_tells_the_same_and_nothing_of_own_datasets(office: Office, dataset: dict[str, Any]) -> None:
    anybody = office.visit("anonymous")
    assert anybody.call("herne_harvest_provenance", id=dataset["name"]) is None
    record(office.good, dataset["id"], missing_since=SEEN)
    told = anybody.call("herne_harvest_provenance", id=dataset["name"])
    assert (told["guid"], told["missing_since"]) == (GUID, "2026-11-20T10:00:00+00:00")
    assert origin(office, {"name": dataset["name"]}) is not None


def test_a_dataset_of_our_own_has_no_origin(office: Office, dataset: dict[str, Any]) -> None:
    assert origin(office, dataset) is None
