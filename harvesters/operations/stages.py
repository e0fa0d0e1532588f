"""CKAN's gather, fetch and import for any `Source`: harvest objects, errors and the dataset itself.

A failed stage leaves an error at the harvest object and the stored data as they were.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import ckan.plugins.toolkit as tk
import msgspec
from ckan import model
from ckanext.harvest.model import HarvestGatherError, HarvestObject, HarvestObjectError
from ckanext.herne import tables
from ckanext.herne.harvesters.operations.auth import auth_of
from ckanext.herne.harvesters.operations.conceal import concealed
from ckanext.herne.harvesters.operations.dataset import Identity, dataset_dict
from ckanext.herne.harvesters.operations.errors import ConfigError, SourceError
from ckanext.herne.harvesters.operations.harvest import Harvested, Source
from ckanext.herne.harvesters.operations.http import Http

if TYPE_CHECKING:
    from ckanext.herne.tables import Changes, Table

log = logging.getLogger(__name__)

Outcome = bool | Literal["unchanged"]
Configured = Callable[[str | None], Source]
_EXPECTED = (SourceError, ConfigError, tables.TableError, tk.ValidationError)
"""Failures whose text tells the reader what to do; any other is a fault of this software."""


def gather(configured: Configured, job: Any) -> list[str]:
    """One harvest object for the part of the source its configuration names; empty if that is wrong."""
    try:
        source = configured(job.source.config)
    except ConfigError as error:
        HarvestGatherError.create(message=str(error), job=job)
        return []
    harvest_object = HarvestObject(guid=Identity.of(job.source.id, source.part).guid, job=job)
    harvest_object.save()
    return [harvest_object.id]


def fetch(configured: Configured, harvest_object: Any) -> bool:
    """Reads the source and keeps what came with the harvest object. Writes no data."""
    try:
        source = configured(harvest_object.source.config)
        identity = Identity.of(harvest_object.source.id, source.part)
        http = Http.configured(harvest_object.source.title)
        http.session.auth = auth_of(source.access, harvest_object.source.url)
        harvested = source.collect(http, harvest_object.source.url, identity.resource_id, datetime.now(UTC))
        if source.demo:
            harvested = harvested.as_demo()
    except Exception as error:
        return _failed(harvest_object, "Fetch", error)
    harvest_object.content = harvested.encode()
    harvest_object.save()
    return True


def import_(configured: Configured, harvest_object: Any) -> Outcome:
    """Stores what was fetched: rows first, then what the dataset says of them."""
    try:
        source = configured(harvest_object.source.config)
        harvested = Harvested.decode(source.stored_table, harvest_object.content)
        changes = _store(source, harvested, harvest_object)
    except Exception as error:
        return _failed(harvest_object, "Import", error)
    report = {"rows": asdict(changes), "left_out": harvested.left_out}
    # the rows are in the table now; the object keeps the report
    harvest_object.content = msgspec.json.encode(report).decode()
    harvest_object.save()
    log.info("Harvested %s: %s", harvest_object.guid, harvest_object.content)
    return True if changes else "unchanged"


def _failed(harvest_object: Any, stage: str, error: Exception) -> Literal[False]:
    """Keeps the error with the harvest object. A fault must not end the consumer, or the job never ends."""
    message = str(error)
    if not isinstance(error, _EXPECTED):
        log.error("Fault while harvesting %s", harvest_object.guid, exc_info=error)
        message = f"A fault in the harvester: {error!r}. Nothing was stored; the log says more"
    model.Session.rollback()
    HarvestObjectError.create(message=concealed(message), object=harvest_object, stage=stage)
    return False


def _store(source: Source, harvested: Harvested, harvest_object: Any) -> Changes:
    identity = Identity.of(harvest_object.source.id, source.part)
    state = _state(identity)
    if state == "deleted":
        place = f"dataset {identity.dataset_id}"
        remedy = "Restore it, or delete the harvest source"
        raise SourceError(harvest_object.source.title, place, "its dataset was deleted here", remedy)
    if state is None:
        _create(source, identity, harvest_object)
    harvest_object.package_id = identity.dataset_id
    tables.ensure(source.stored_table, identity.resource_id)
    changes = tables.load(source.stored_table, identity.resource_id, harvested.rows, harvested.scopes)
    if changes or state != "active":
        _make_current(harvest_object)
    _update(source, identity, changed=bool(changes))
    if state != "active":
        _add_views(identity)
    return changes


def _state(identity: Identity) -> str | None:
    package = model.Package.get(identity.dataset_id)
    return None if package is None else str(package.state)


def _context() -> dict[str, Any]:
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    return {"ignore_auth": True, "user": user["name"]}


def _create(source: Source, identity: Identity, harvest_object: Any) -> None:
    """The dataset as a draft: nobody meets it before its rows are there."""
    owner = model.Package.get(harvest_object.source.id)
    data = dataset_dict(
        source.description,
        identity,
        name=source.dataset_name,
        demo=source.demo,
        owner_org=owner.owner_org if owner else None,
    )
    tk.get_action("package_create")(_context(), data | {"state": "draft"})


def _add_views(identity: Identity) -> None:
    """The portal's default views (ckan.views.default_views) of a table that has just got its rows."""
    resource = tk.get_action("resource_show")(_context(), {"id": identity.resource_id})
    tk.get_action("resource_create_default_resource_views")(
        _context(), {"resource": resource, "create_datastore_views": True}
    )


def _make_current(harvest_object: Any) -> None:
    """This harvest object is now the dataset's provenance, and no earlier one."""
    earlier = model.Session.query(HarvestObject).filter_by(guid=harvest_object.guid, current=True)
    earlier.update({"current": False}, synchronize_session=False)
    harvest_object.current = True
    harvest_object.save()


def _update(source: Source, identity: Identity, *, changed: bool) -> None:
    """Says of the dataset what follows from its rows; touches nothing a steward may have edited.

    Writes only if rows changed, or an earlier run broke off before it came here.
    """
    stored = tk.get_action("package_show")(_context() | {"use_cache": False}, {"id": identity.dataset_id})
    wanted: dict[str, Any] = {"state": "active"}
    period = _period(source.table, identity.resource_id, source.time_column)
    if period is not None:
        wanted["temporal_coverage"] = [period]
    if not changed and all(stored.get(key) == value for key, value in wanted.items()):
        return
    modified = datetime.now(UTC).isoformat(timespec="seconds")
    resources = [
        entry | {"modified": modified} if entry["id"] == identity.resource_id else entry
        for entry in stored["resources"]
    ]
    patch = {"id": identity.dataset_id, "modified": modified, "resources": resources, **wanted}
    tk.get_action("package_patch")(_context(), patch)


def _period(table: Table, resource_id: str, column: str) -> dict[str, str] | None:
    """First and last day the rows speak of, for a column of times or of years."""
    first, last = tables.extent(resource_id, column)
    if first is None:
        return None
    if next(entry.type for entry in table.columns if entry.id == column) == "integer":
        return {"start": f"{first}-01-01", "end": f"{last}-12-31"}
    return {"start": first.date().isoformat(), "end": last.date().isoformat()}
