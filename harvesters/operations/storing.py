"""Writes one record of a source: its dataset, its rows and files, and where they come from.

Everything is safe to repeat: a run that breaks off is taken up again, and finds what it has already written.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.lib import search
from ckanext.harvest.model import HarvestObject
from ckanext.herne import tables
from ckanext.herne.harvesters.operations import files, records
from ckanext.herne.harvesters.operations.merging import FieldChange, merged, with_known_ids

if TYPE_CHECKING:
    from ckanext.herne.harvesters.operations.files import File
    from ckanext.herne.harvesters.operations.records import Record
    from ckanext.herne.harvesters.operations.rows import Harvested
    from ckanext.herne.harvesters.operations.source import Described, Item
    from ckanext.herne.tables import Changes

Dataset = dict[str, Any]


@dataclass(frozen=True)
class Difference:
    """What storing a record would write: `dataset` in place of `stored`, which is None where it is new.

    `said` are the source's fields, with the ids of all resources; `files` those whose bytes are not stored.
    """

    stored: Dataset | None
    said: Dataset
    dataset: Dataset
    fields: list[FieldChange]
    rows: Changes | None
    files: tuple[File, ...] = ()

    @property
    def is_new(self) -> bool:
        return self.stored is None

    def __bool__(self) -> bool:
        return self.is_new or bool(self.fields) or bool(self.rows)


def site_context() -> dict[str, Any]:
    """A context in which the portal itself acts."""
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    return {"ignore_auth": True, "user": user["name"]}


def shown(package_id: str | None) -> Dataset | None:
    """The dataset as it is stored, also if it is a draft or deleted; None if there is none."""
    if package_id is None or model.Package.get(package_id) is None:
        return None
    found: Dataset = tk.get_action("package_show")(
        {"ignore_auth": True, "use_cache": False}, {"id": package_id}
    )
    return found


def difference(described: Described, record: Record | None, package_id: str) -> Difference:
    """Compares what a record says with what is stored; writes nothing."""
    stored = shown(package_id)
    said = with_known_ids({**described.said, "id": package_id}, stored)
    said = files.with_said(said, described.files)
    files.refuse_unstorable(described.files, str(said.get("title") or package_id))
    rows = _sum([_rows(harvested) for harvested in described.tables])
    if stored is None:
        new = {**said, **described.initial}
        fields = [FieldChange(name, None, value) for name, value in new.items() if name != "resources"]
        return Difference(None, said, new, fields, rows, described.files)
    stored = files.with_names(stored, described.files)
    dataset, fields = merged(stored, record.described if record else None, said)
    if stored.get("state") != "active":
        fields.append(FieldChange("state", stored.get("state"), "active"))
    brought = files.to_store(dataset, stored, described.files)
    return Difference(stored, said, {**dataset, "state": "active"}, fields, rows, brought)


def _rows(harvested: Harvested) -> Changes:
    if not tables.exists(harvested.resource_id):
        return tables.Changes(inserted=harvested.rows.height)
    return tables.load(harvested.table, harvested.resource_id, harvested.rows, harvested.scopes, dry_run=True)


def _sum(changes: list[Changes]) -> Changes | None:
    if not changes:
        return None
    names = ("inserted", "changed", "unchanged", "removed")
    return tables.Changes(*(sum(getattr(one, name) for one in changes) for name in names))


def store(item: Item, described: Described, found: Difference, harvest_object: Any) -> str:
    """Writes what `difference` found; gives the dataset's id. A failure leaves the dataset as it was.

    Rows come first: a dataset that is new is a draft until they are there.
    """
    source_id, now = harvest_object.source.id, datetime.now(UTC)
    package_id = str(found.dataset["id"])
    known = {"package_id": package_id, "title": item.title, "held_by": None}
    records.put(source_id, item.guid, now, **known)
    is_filled = bool(described.tables or described.files)
    if is_filled:
        _make_room(found, described)
    loaded = [_load(harvested) for harvested in described.tables]
    _make_current(harvest_object, package_id)
    if is_filled:
        _finish(found, described, package_id, is_changed=any(loaded) or bool(found.files))
    elif found.is_new:
        tk.get_action("package_create")(site_context(), found.dataset)
    elif found.fields:
        tk.get_action("package_update")(site_context(), found.dataset)
    now_said = {"fingerprint": item.fingerprint, "described": found.said, "changed_at": now}
    records.put(source_id, item.guid, now, **known, **now_said)
    records.take_over(source_id, item.guid)
    model.Session.commit()
    return package_id


def confirm(item: Item, found: Difference, harvest_object: Any) -> None:
    """Notes that a record says what is stored, whoever stored it.

    The dataset is indexed anew: that may have failed when it was stored.
    """
    source_id, package_id = harvest_object.source.id, str(found.dataset["id"])
    values = {"package_id": package_id, "title": item.title, "fingerprint": item.fingerprint}
    records.put(source_id, item.guid, datetime.now(UTC), **values, described=found.said, held_by=None)
    records.take_over(source_id, item.guid)
    _make_current(harvest_object, package_id)
    model.Session.commit()
    search.rebuild(package_id)


def _load(harvested: Harvested) -> Changes:
    tables.ensure(harvested.table, harvested.resource_id)
    return tables.load(harvested.table, harvested.resource_id, harvested.rows, harvested.scopes)


def _make_current(harvest_object: Any, package_id: str) -> None:
    """This harvest object is now the dataset's provenance, and no earlier one."""
    # the package may come within this transaction only, and is indexed with its provenance
    model.Session.execute(sa.text("SET CONSTRAINTS harvest_object_package_id_fkey DEFERRED"))
    earlier = model.Session.query(HarvestObject).filter_by(guid=harvest_object.guid, current=True)
    earlier.update({"current": False}, synchronize_session=False)
    harvest_object.current = True
    harvest_object.package_id = package_id
    model.Session.add(harvest_object)
    model.Session.flush()


def _make_room(found: Difference, described: Described) -> None:
    """The resources that rows go into, and the dataset, as a draft, if it is new.

    CKAN stores no file with a dataset that is new; the files' resources come with their bytes, at the end.
    """
    if found.stored is None:
        draft = files.without({**found.dataset, "state": "draft"}, described.files)
        tk.get_action("package_create")(site_context(), draft)
        return
    tables_of = {harvested.resource_id for harvested in described.tables}
    here = found.stored["resources"]
    known = {entry["id"] for entry in here}
    new = [entry for entry in found.dataset["resources"] if entry["id"] in tables_of - known]
    if new:
        tk.get_action("package_update")(site_context(), {**found.stored, "resources": [*here, *new]})


def _finish(found: Difference, described: Described, package_id: str, *, is_changed: bool) -> None:
    """Brings in the files, says of the dataset what follows from its content, and shows it."""
    stored = shown(package_id) or {}
    # CKAN has noted in the resources meanwhile which of them have a table
    here = {entry["id"]: entry for entry in stored["resources"]}
    resources = [{**here.get(entry["id"], {}), **entry} for entry in found.dataset["resources"]]
    wanted: Dataset = {**stored, **found.dataset, "state": "active", "resources": resources}
    days = [day for harvested in described.tables for day in _extent(harvested)]
    if days:
        wanted["temporal_coverage"] = [{"start": min(days), "end": max(days)}]
    if is_changed:
        new_files = {file.resource_id for file in found.files}
        wanted = _modified(wanted, {harvested.resource_id for harvested in described.tables} | new_files)
    tk.get_action("package_update")(site_context(), files.with_uploads(wanted, found.files))
    if stored.get("state") != "active":
        for harvested in described.tables:
            _add_views(harvested.resource_id)


def _modified(dataset: Dataset, resource_ids: set[str]) -> Dataset:
    """The dataset with the time of this change, as the resources that have new content get it."""
    modified = {"modified": datetime.now(UTC).isoformat(timespec="seconds")}
    resources = [
        {**entry, **modified} if entry["id"] in resource_ids else entry for entry in dataset["resources"]
    ]
    return {**dataset, **modified, "resources": resources}


def _add_views(resource_id: str) -> None:
    """The portal's default views (ckan.views.default_views) of a table that has just got its rows."""
    resource = tk.get_action("resource_show")(site_context(), {"id": resource_id})
    tk.get_action("resource_create_default_resource_views")(
        site_context(), {"resource": resource, "create_datastore_views": True}
    )


def _extent(harvested: Harvested) -> list[str]:
    """First and last day the stored rows speak of, for a column of times, days or years."""
    if not harvested.time_column:
        return []
    first, last = tables.extent(harvested.resource_id, harvested.time_column)
    if first is None:
        return []
    if isinstance(first, int):
        return [f"{first}-01-01", f"{last}-12-31"]
    return [first.isoformat()[:10], last.isoformat()[:10]]


def delete(record: Record) -> None:
    """Deletes the dataset of a record that is no longer at the source, and forgets the record."""
    if record.package_id and record.state is not None:
        tk.get_action("package_delete")(site_context(), {"id": record.package_id})
    records.forget(record.source_id, record.guid)
    model.Session.commit()
