"""Brings the stored report of a package up to date. Safe to repeat: what is the same is not written again.

Whoever judges a package holds a lock on it, so that of two that run at the same time the later one sees what
the database has last.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import ckan.model as model
from ckanext.herne.quality.engine import Engine, default_engine
from ckanext.herne.quality.reports import store
from ckanext.herne.quality.reports.subjects import Package, Subject, modified, stored, subject
from ckanext.herne.quality.reports.verdict import fingerprint, judge, shapes_version


class Outcome(Enum):
    """What became of a package's report."""

    WRITTEN = "written"
    SAME = "still right"
    GONE = "no such package"


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What became of a report, and whether the package conforms."""

    outcome: Outcome
    conforms: bool


def refresh(package_id: str, engine: Engine | None = None) -> Outcome:
    """Judge a package and store the report, unless the stored one is about the very same statements."""
    try:
        store.lock(package_id)
        package = stored(package_id)
        outcome = refreshed(package, subject(package), engine).outcome if package else Outcome.GONE
        model.Session.commit()
    except BaseException:
        model.Session.rollback()
        raise
    else:
        return outcome
    finally:
        model.Session.expunge_all()  # thousands of packages in a row leave nothing behind


def refreshed(package: Package, described: Subject, engine: Engine | None = None) -> Refreshed:
    """As `refresh`, within the session's transaction, by a caller who holds the lock."""
    print_now, last = fingerprint(described.graph), store.find(package["id"])
    if last and (last.fingerprint, last.shapes_version) == (print_now, shapes_version()):
        if last.package_modified != modified(package):
            store.touch(package["id"], modified(package))
        return Refreshed(Outcome.SAME, last.report.conforms)
    verdict = judge(described.graph, described.uri, described.related, engine or default_engine())
    store.save(package["id"], verdict, print_now, modified(package))
    return Refreshed(Outcome.WRITTEN, verdict.report.conforms)
