"""Files of harvested datasets and series on the real portal: stored once, replaced whole, safe to repeat."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import ckan.plugins.toolkit as tk
import polars as pl
import pytest
from ckan import model
from ckan.common import config
from ckanext.harvest.model import HarvestSource
from ckanext.herne.files.storage import chunks_of_file
from ckanext.herne.harvest.model import run_table
from ckanext.herne.harvesters.operations import records, scheduling, storing
from ckanext.herne.harvesters.operations.dataset import (
    Description,
    Identity,
    dataset_dict,
    file_resource,
    series_dict,
    table_resource,
)
from ckanext.herne.harvesters.operations.files import File
from ckanext.herne.harvesters.operations.rows import Harvested
from ckanext.herne.harvesters.operations.source import Described, Discovery, Item, Operated, Source
from ckanext.herne.harvesters.operations.work import work
from ckanext.herne.harvesters.plugin import HitsHarvester
from ckanext.herne.portal.relations import herne_members
from ckanext.herne.tables import Column, Table
from herne_testing import publishing
from herne_testing.runs import run

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("site")

TABLE = Table(
    "days",
    (
        Column("day", "date", "Tag", "Day", "Tag.", "Day."),
        Column("value", "numeric", "Wert", "Value", "Wert.", "Value."),
    ),
    ("day",),
)
SHARED: dict[str, Any] = {
    "description_de": "Archiv (erfunden)",
    "description_en": "Archive (invented)",
    "resource_de": "Tabelle",
    "resource_en": "Table",
    "themes": ("http://publications.europa.eu/resource/authority/data-theme/ENVI",),
    "keywords": ("archiv",),
    "frequency": "http://publications.europa.eu/resource/authority/frequency/ANNUAL",
}


@dataclass
class Archive(Source):
    """A series with a dataset per year, each with one file; the test changes the bytes."""

    years: dict[int, bytes] = field(default_factory=dict)
    series_title: str = "Luft, Jahresarchive"
    rows: pl.DataFrame | None = None
    config = Operated()

    def configured(self, text: str | None) -> Any:  # for the test the class is this object
        return self

    def canonical(self) -> str:
        return "{}"

    def discover(self, reader: Any) -> Discovery:
        parts = ["series", *map(str, self.years)]
        return Discovery(tuple(Item(Identity.of(reader.source_id, part).guid, part) for part in parts))

    def fetch(self, reader: Any, item: Item) -> str:
        return item.title

    def describe(self, reader: Any, item: Item, content: str) -> Described:
        series, identity = (Identity.of(reader.source_id, name) for name in ("series", content))
        prefix = reader.source_id[:8]
        initial = {"name": f"archiv-{prefix}-{content}", "owner_org": "stadt-herne"}
        if content == "series":
            text = Description(
                name="x", title_de=self.series_title, title_en="Air, yearly archives", **SHARED
            )
            return Described(series_dict(text, series, demo=False), initial)
        text = Description(name="x", title_de=f"Luft {content}", title_en=f"Air {content}", **SHARED)
        said = dataset_dict(text, identity, demo=False)
        resource = file_resource(identity.resource_id, "Stundenwerte", "Hours", "Parquet", demo=False)
        said |= {"in_series": [series.uri], "resources": [resource]}
        name, media_type = f"luft-{content}.parquet", "application/vnd.apache.parquet"
        file = File(identity.resource_id, name, media_type, io.BytesIO(self.years[int(content)]))
        if self.rows is None:
            return Described(said, initial, files=(file,))
        table_id = Identity.of(reader.source_id, f"{content}:days").resource_id
        said["resources"].append(table_resource(table_id, "Tage", "Days", demo=False))
        harvested = Harvested(TABLE, self.rows, resource_id=table_id, time_column="day")
        return Described(said, initial, (harvested,), (file,))


@pytest.fixture
def archive(monkeypatch: pytest.MonkeyPatch) -> Archive:
    """The source that stands in for the one of HiTS."""
    made = Archive({2024: b"PAR1 vierundzwanzig", 2025: b"PAR1 fuenfundzwanzig"})
    monkeypatch.setattr(HitsHarvester, "source", made)
    return made


@pytest.fixture
def source(site: dict[str, Any], archive: Archive) -> Iterator[Any]:
    data = {
        "name": f"a-{uuid4().hex}",
        "title": "Archivquelle",
        "url": f"https://quelle.example.org/{uuid4().hex}",
        "source_type": "herne_hits",
        "frequency": "MANUAL",
        "owner_org": "stadt-herne",
        "config": "{}",
    }
    made = HarvestSource.get(tk.get_action("harvest_source_create")(dict(site), data)["id"])
    yield made
    model.Session.rollback()
    tk.get_action("harvest_source_clear")(dict(site), {"id": made.id})
    tk.get_action("harvest_source_delete")(dict(site), {"id": made.id})


def stored(source: Any, part: str) -> dict[str, Any]:
    model.Session.rollback()
    return storing.shown(Identity.of(source.id, part).dataset_id) or {}


def content_of(source: Any, year: str) -> bytes:
    return b"".join(chunks_of_file(Identity.of(source.id, year).resource_id))


def written(source: Any) -> dict[str, Any]:
    """What changes with any write to one of the packages."""
    return {part: stored(source, part) for part in ("series", "2024", "2025")}


def test_series_and_files_come_in_with_checksum_size_and_type(source: Any, archive: Archive) -> None:
    done = run(source)
    assert done["errors"] == []
    series, member = stored(source, "series"), stored(source, "2024")
    assert (series["type"], series["state"]) == ("dataset_series", "active")
    assert member["in_series"] == [Identity.of(source.id, "series").uri]
    assert {entry["title"] for entry in herne_members(series)} == {"Luft 2024", "Luft 2025"}
    (resource,) = member["resources"]
    assert content_of(source, "2024") == archive.years[2024]
    assert resource["hash"] == hashlib.sha256(archive.years[2024]).hexdigest()
    assert (resource["size"], resource["mimetype"], resource["format"]) == (
        len(archive.years[2024]),
        "application/vnd.apache.parquet",
        "Parquet",
    )
    assert resource["url"].endswith(f"/resource/{resource['id']}/download/luft-2024.parquet")
    assert member["state"] == "active"


def test_the_file_is_downloaded_as_it_is(source: Any, archive: Archive, portal: Any) -> None:
    run(source)
    (resource,) = stored(source, "2025")["resources"]
    answer = portal.get(resource["url"].partition("5000")[2] or resource["url"])
    assert answer.status_code == 200
    assert answer.get_data() == archive.years[2025]


def test_a_second_run_writes_nothing(source: Any) -> None:
    run(source)
    before = written(source)
    done = run(source)
    assert (done["plan"]["change"], len(done["plan"]["unchanged"])) == ([], 3)
    assert written(source) == before


def test_what_was_stored_before_is_known_without_the_record_of_it(source: Any) -> None:
    """As after a run that broke off between the dataset and its record."""
    run(source)
    before = written(source)
    for guid in list(records.of_source(source.id)):
        records.forget(source.id, guid)
    model.Session.commit()
    assert run(source)["plan"]["change"] == []
    assert written(source) == before


def test_a_changed_file_is_planned_and_takes_the_place_of_the_old_one(source: Any, archive: Archive) -> None:
    run(source)
    before = written(source)
    archive.years[2025] += b" und ein Nachtrag"
    planned = tk.get_action("herne_harvest_plan")({"ignore_auth": True}, {"id": source.id, "wait": True})
    (change,) = planned["plan"]["change"]
    assert {entry["field"] for entry in change["fields"]} == {
        "resources / Stundenwerte / size",
        "resources / Stundenwerte / hash",
    }
    assert content_of(source, "2025") == b"PAR1 fuenfundzwanzig"
    assert written(source) == before
    assert run(source)["errors"] == []
    after = written(source)
    assert content_of(source, "2025") == archive.years[2025]
    (old,), (new,) = before["2025"]["resources"], after["2025"]["resources"]
    assert (new["id"], new["url"]) == (old["id"], old["url"])
    assert new["hash"] == hashlib.sha256(archive.years[2025]).hexdigest()
    assert new["last_modified"] > old["last_modified"]
    assert new["modified"] == after["2025"]["modified"]
    assert (after["2024"], after["series"]) == (before["2024"], before["series"])


def test_other_words_about_a_file_leave_it_alone(source: Any, archive: Archive) -> None:
    run(source)
    archive.series_title = "Luft, Archive der Jahre"
    (resource,) = stored(source, "2024")["resources"]
    patch = {"id": resource["package_id"], "url": "https://www.herne.de/luft"}
    tk.get_action("package_patch")(storing.site_context(), patch)
    assert run(source)["errors"] == []
    assert stored(source, "series")["title"] == "Luft, Archive der Jahre"
    (same,) = stored(source, "2024")["resources"]
    assert {**same, "metadata_modified": ""} == {**resource, "metadata_modified": ""}
    assert content_of(source, "2024") == archive.years[2024]


def test_a_run_that_broke_off_before_the_file_is_finished_by_the_next(
    source: Any, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = storing._finish

    def breaks(*given: Any, **asked: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(storing, "_finish", breaks)
    job_id = scheduling.prepare(source.id)
    with pytest.raises(KeyboardInterrupt):
        work(job_id)
    assert stored(source, "2024")["state"] == "draft"
    expired = run_table.update().where(run_table.c.job_id == job_id).values(lease_until=datetime.now(UTC))
    with model.meta.engine.begin() as connection:
        connection.execute(expired)
    monkeypatch.setattr(storing, "_finish", whole)
    work(job_id)
    assert stored(source, "2024")["state"] == "active"
    assert content_of(source, "2024") == archive.years[2024]


def test_a_file_that_cannot_be_stored_leaves_the_last_good_one(
    source: Any, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(source)
    before = written(source)
    archive.years[2024] = b"x" * (1 << 20) + b"x"
    monkeypatch.setitem(config, "ckan.max_resource_size", 1)
    done = run(source)
    (error,) = done["errors"]
    assert "luft-2024.parquet" in error
    assert "ckan.max_resource_size" in error
    assert written(source) == before
    assert content_of(source, "2024") == b"PAR1 vierundzwanzig"


def test_a_stewards_own_file_stays_until_the_source_has_another(source: Any, archive: Archive) -> None:
    run(source)
    (resource,) = stored(source, "2024")["resources"]
    own = File(resource["id"], "eigene.parquet", "application/octet-stream", io.BytesIO(b"von Hand"))
    tk.get_action("resource_patch")(storing.site_context(), {"id": resource["id"], "upload": own.sent()})
    assert run(source)["errors"] == []
    assert content_of(source, "2024") == b"von Hand"
    archive.years[2024] += b"!"
    assert run(source)["errors"] == []
    assert content_of(source, "2024") == archive.years[2024]
    (after,) = stored(source, "2024")["resources"]
    assert after["hash"] == hashlib.sha256(archive.years[2024]).hexdigest()


def test_a_series_keeps_edits_and_is_guarded_as_datasets_are(source: Any, archive: Archive) -> None:
    run(source)
    edits = {"id": stored(source, "series")["id"], "title": "Von Hand"}
    tk.get_action("package_patch")(storing.site_context(), edits)
    assert run(source)["plan"]["change"] == []
    assert stored(source, "series")["title"] == "Von Hand"
    archive.series_title = "Luft neu"
    run(source)
    assert stored(source, "series")["title"] == "Luft neu"
    archive.years.clear()
    assert run(source)["outcome"] == "asks"
    assert stored(source, "2024")["state"] == "active"


def test_a_table_that_is_new_to_a_stored_dataset_comes_in(source: Any, archive: Archive) -> None:
    run(source)
    archive.rows = pl.DataFrame({"day": [date(2024, 1, 1), date(2024, 12, 31)], "value": [1.5, None]})
    done = run(source)
    assert done["errors"] == []
    assert done["counts"]["rows_inserted"] == 4
    dataset = stored(source, "2024")
    file, table = dataset["resources"]
    assert (file["format"], table["datastore_active"]) == ("Parquet", True)
    found = tk.get_action("datastore_search")({"ignore_auth": True}, {"resource_id": table["id"]})
    assert [row["day"][:10] for row in found["records"]] == ["2024-01-01", "2024-12-31"]
    assert dataset["temporal_coverage"] == [{"start": "2024-01-01", "end": "2024-12-31"}]
    assert content_of(source, "2024") == archive.years[2024]
    assert f"/tables/{table['id']}.parquet" in publishing.text(dataset)  # the feed knows it with the save
    before = written(source)
    assert run(source)["plan"]["change"] == []
    assert written(source) == before
