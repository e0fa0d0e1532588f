"""The report of a harvest for people and programs: an action, and what a job's page shows."""

from __future__ import annotations

import json
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckanext.harvest.model import HarvestObject
from ckanext.herne.harvesters.catalogues import report

LIMIT, MOST = 20, 1000


@tk.side_effect_free
def herne_harvest_report(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """What a harvest job did to the statements of the records it read.

    :param id: id of the harvest job. Whoever may see the job may see its report.
    :param limit: number of records with their notes, at most 1000 (default 20).
    :param offset: number of records to leave out at the beginning (default 0).
    :returns: `counts` by kind of note, `summary` by kind and term, `total` of records, and `records` with
        guid, title, package_id, status, counts and notes; each note has a `text` in the caller's language.
    """
    tk.check_access("harvest_job_show", context, {"id": tk.get_or_bust(data_dict, "id")})
    limit, offset = _number(data_dict, "limit", LIMIT), _number(data_dict, "offset", 0)
    return job_report(str(data_dict["id"]), min(limit, MOST), offset)


def _number(data_dict: dict[str, Any], name: str, default: int) -> int:
    text = str(data_dict.get(name, default))
    if not text.isascii() or not text.isdigit():
        raise tk.ValidationError({name: [tk._("Expected a number")]})
    return int(text)


def job_report(job_id: str, limit: int = LIMIT, offset: int = 0) -> dict[str, Any]:
    """The report of `herne_harvest_report`; the caller checks who may see it."""
    found = model.Session.query(HarvestObject).filter_by(harvest_job_id=job_id)
    contents = found.with_entities(HarvestObject.content).filter(HarvestObject.content.isnot(None))
    notes = [note for (text,) in contents for note in report.decode(json.loads(text).get("notes"))]
    page = found.order_by(HarvestObject.guid).offset(offset).limit(limit)
    summary = [row | {"label": report.label(row["kind"])} for row in report.summary(notes)]
    return {
        "job": job_id,
        "counts": report.counts(notes),
        "labels": {kind: report.label(kind) for kind in report.KINDS},
        "summary": summary,
        "total": found.count(),
        "records": [_record(entry) for entry in page],
    }


def _record(entry: Any) -> dict[str, Any]:
    kept = json.loads(entry.content or "{}")
    notes = report.decode(kept.get("notes"))
    return {
        "guid": entry.guid,
        "title": kept.get("dataset", {}).get("title", ""),
        "package_id": entry.package_id,
        "status": entry.report_status,
        "counts": report.counts(notes),
        "notes": [report.told(note) for note in notes],
    }
