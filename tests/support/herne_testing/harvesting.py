"""Harvest sources and runs as they stand in the database, for tests of what reads them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
PLAN: dict[str, Any] = {
    "kind": "run",
    "create": [{"guid": "g-new", "title": "Baumkataster", "package_id": "p-new", "name": "baumkataster"}],
    "change": [
        {
            "guid": "g-changed",
            "title": "Spielplätze",
            "package_id": "p-changed",
            "name": "spielplaetze",
            "fields": [{"field": "title", "old": "Spielplatz", "new": "Spielplätze"}],
            "rows": {"inserted": 3, "changed": 1, "unchanged": 40, "removed": 0},
        }
    ],
    "unchanged": ["g-same"],
    "delete": [
        {"guid": "g-gone", "title": "Bäder", "package_id": "p-gone", "after": "2026-12-01T10:00:00+00:00"},
        {"guid": "g-dead", "title": "Kirmes", "package_id": "p-dead", "after": "2026-11-01T10:00:00+00:00"},
    ],
    "held": [{"guid": "g-held", "title": "Parkhäuser"}],
    "errors": [],
}
COUNTS = {"create": 1, "change": 1, "unchanged": 1, "delete": 2, "held": 1, "errors": 0}


def made_source(name: str, owner: str, frequency: str = "DAILY", **changes: Any) -> str:
    """A harvest source that nobody has run yet; its id."""
    import ckan.plugins.toolkit as tk
    from ckan.tests import factories

    data = {
        "name": name,
        "title": name.replace("-", " ").capitalize(),
        "url": f"https://{name}.example/daten",
        "source_type": "herne_hits",
        "owner_org": owner,
        "config": '{"theme": "bevoelkerung"}',
        "frequency": frequency,
    }
    context = {"ignore_auth": True, "user": factories.Sysadmin(image_url="")["name"]}
    return str(tk.get_action("harvest_source_create")(context, data | changes)["id"])


def made_run(source_id: str, outcome: str | None = "ok", at: datetime = NOW, **changes: Any) -> str:
    """A run of a source with its job, finished at `at` unless `outcome` is None; its job's id."""
    from ckan import model
    from ckanext.harvest.model import HarvestJob, HarvestSource
    from ckanext.herne.harvest.model import run_table

    job = HarvestJob(source=HarvestSource.get(source_id), status="Finished" if outcome else "Running")
    job.save()
    row = {
        "job_id": job.id,
        "source_id": source_id,
        "kind": "run",
        "stage": "done" if outcome else "fetch",
        "progressed_at": at,
        "counts": {},
        "outcome": outcome,
        "created": at - timedelta(minutes=3),
        "started": at - timedelta(minutes=2),
        "finished": at if outcome else None,
    }
    model.Session.execute(run_table.insert().values(**row | changes))
    model.Session.commit()
    return str(job.id)


def remember(source_id: str, **values: Any) -> None:
    """Set what is remembered of a source: paused, failing_since, last_success, told, last_digest."""
    from ckan import model
    from ckanext.herne.harvest.model import memory_table
    from sqlalchemy.dialects.postgresql import insert

    row = insert(memory_table).values(source_id=source_id, **values)
    model.Session.execute(row.on_conflict_do_update(index_elements=["source_id"], set_=values))
    model.Session.commit()


def forget() -> None:
    """No runs, records and memory."""
    from ckan import model
    from ckanext.herne.harvest.model import metadata

    for table in metadata.sorted_tables:
        model.Session.execute(table.delete())
    model.Session.commit()
