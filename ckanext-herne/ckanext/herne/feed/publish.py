"""From a package to what harvesters get: describe, judge, store the report, serve. Safe to repeat.

It happens within the transaction that saves the package, so that feed and database never differ, and again
whenever something else changes what the package looks like. Only what the gate lets through replaces what is
served; the rest is held, and served as it was last good.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from ckanext.herne.dcat_ap_de.profile import portal_settings, told
from ckanext.herne.dcat_ap_de.writer import class_of, record_description, references
from ckanext.herne.feed import gate, staging, store
from ckanext.herne.feed.fragments import fragments
from ckanext.herne.feed.layout import layout
from ckanext.herne.quality.reports import store as reports
from ckanext.herne.quality.reports.refresh import Outcome as ReportOutcome
from ckanext.herne.quality.reports.refresh import Refreshed, refreshed
from ckanext.herne.quality.reports.subjects import modified, stored, subject

if TYPE_CHECKING:
    from ckanext.herne.quality.reports.subjects import Package, Subject


class Outcome(Enum):
    """What became of a package in the feed."""

    SERVED = "served anew"
    HELD = "held back"
    SAME = "unchanged"
    HIDDEN = "not public"


@dataclass(frozen=True, slots=True)
class Published:
    """What became of a package, and what others have to do because of it.

    `became` is "held" or "released" when that is new; `affects` are the packages that refer to this one and
    look different because it is served from now on, or no more.
    """

    outcome: Outcome
    became: str = ""
    affects: tuple[str, ...] = ()


def publish(package_id: str, *, anew: bool = False) -> Published:
    """Bring report and feed up to date with a package, within the session's transaction.

    What the feed has already is not rendered again, unless asked to (`anew`).
    """
    judged = _judged(package_id)
    if judged is None or judged.package["private"]:
        return _hidden(package_id)
    if judged.is_known and not anew:
        return Published(Outcome.SAME)
    _stage(judged)
    done = staging.apply(package_id)
    affects = _referring(package_id) if done.relisted else ()
    if not judged.is_good:
        return Published(Outcome.HELD, "held" if done.held else "", affects)
    return Published(Outcome.SERVED, "released" if done.released else "", affects)


def prepare(package_id: str) -> bool:
    """Have a package's version wait for `staging.apply`; whether it is one that harvesters may get."""
    judged = _judged(package_id)
    if judged is None or judged.package["private"]:
        return False
    _stage(judged)
    return True


@dataclass(frozen=True, slots=True)
class _Judged:
    package: Package
    described: Subject
    report: Refreshed
    is_good: bool

    @property
    def is_known(self) -> bool:
        """Whether the feed has this very version, be it served or held."""
        entry = store.find(self.package["id"])
        return (
            entry is not None
            and self.report.outcome is ReportOutcome.SAME
            and entry.package_modified == modified(self.package)
            and entry.layout == layout()
            and self.is_good == (entry.held_since is None)
        )


def _judged(package_id: str) -> _Judged | None:
    """An active package with its report up to date; what it refers to as far as that is served."""
    reports.lock(package_id)
    package = stored(package_id)
    if package is None:
        return None
    described = subject(package) if package["private"] else subject(package, listed=store.listed)
    report = refreshed(package, described)
    return _Judged(package, described, report, gate.lets_through(conforms=report.conforms))


def _stage(judged: _Judged) -> None:
    package, settings = judged.package, portal_settings()
    version = staging.Version(
        package_id=package["id"],
        uri=judged.described.uri,
        record_uri=str(record_description(package, settings).uri),
        kind="service" if class_of(package) == "DataService" else "dataset",
        owner_org=package.get("owner_org") or "",
        refers=references(package),
        has_tables=any(file.get("datastore_active") for file in package.get("resources", [])),
        package_modified=modified(package),
        layout=layout(),
        is_good=judged.is_good,
    )
    staging.stage(version, fragments(package, told(judged.described.main), settings))


def _hidden(package_id: str) -> Published:
    affects = _referring(package_id)
    was_served = staging.withdraw(package_id)
    return Published(Outcome.HIDDEN, affects=affects if was_served else ())


def _referring(package_id: str) -> tuple[str, ...]:
    entry: Any = store.find(package_id)
    return tuple(store.referring(entry.uri)) if entry is not None else ()
