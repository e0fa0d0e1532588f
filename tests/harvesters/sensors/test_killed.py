"""kill -9 at ten random moments of a run: taken up again, it leaves what an undisturbed run leaves.

Half of them hit a first run, half a later one with late values, corrections and a year to archive.
"""

from __future__ import annotations

import io
import json
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import ckan.plugins.toolkit as tk
import polars as pl
import pytest
from ckan import model
from ckanext.harvest.model import HarvestObject, HarvestSource
from ckanext.herne import tables
from ckanext.herne.harvest.model import run_table
from ckanext.herne.harvest.reports import report_of
from ckanext.herne.harvesters.operations import lifecycle, records, runs, scheduling
from ckanext.herne.harvesters.operations.work import work
from ckanext.herne.harvesters.sensors.source import SensorSource
from herne_testing.brokers import NgsiLdBroker
from herne_testing.clock import Clock
from herne_testing.killed_work import killing
from herne_testing.stations import demo_stations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from herne_testing.stations import Station

pytestmark = pytest.mark.usefixtures("site")

BEFORE, NOW = datetime(2026, 1, 3, 12, tzinfo=UTC), datetime(2026, 1, 6, 9, tzinfo=UTC)
CONFIG = {"domain": "parking", "protocol": "ngsi-ld", "history_days": 15}
POINTS = range(10)
"""Each is the seed of its moment."""
LATEST = 0.85


@dataclass
class Undisturbed:
    """How long a run takes that nobody disturbs, and what it leaves; by whether it is a later one."""

    seconds: dict[bool, float] = field(default_factory=dict)
    left: dict[bool, list[pl.DataFrame]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def undisturbed() -> Undisturbed:
    return Undisturbed()


@pytest.fixture(scope="module")
def worked(portal: Any) -> Iterator[Callable[..., float]]:
    """Does a run in a process of its own, which is killed after some seconds; gives how long it was."""
    with killing(NOW) as run:
        yield run


@pytest.fixture
def source(
    site: dict[str, Any], portal: Any, serve: Callable[[Any], str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Source]:
    monkeypatch.setattr(lifecycle, "datetime", Clock)

    def make(name: str, *, archive: bool) -> Source:
        broker = NgsiLdBroker([])
        data = {
            "name": name,
            "title": name,
            "url": serve(broker),
            "source_type": "herne_sensorthings",
            "frequency": "MANUAL",
            "owner_org": "stadt-herne",
            "config": json.dumps(CONFIG | {"dataset": f"{name}-data", "archive": archive}),
        }
        made = tk.get_action("harvest_source_create")(dict(site), data)
        return Source(made["id"], broker, portal)

    return make


@dataclass
class Source:
    """A source at a broker of its own."""

    id: str
    broker: NgsiLdBroker
    app: Any

    def ready(self, *, is_later: bool) -> str:
        """A run that may begin; before a later one there was another, since when values came and changed."""
        if is_later:
            Clock.at, self.broker.stations = BEFORE, demo_stations("park_and_ride", BEFORE)
            work(scheduling.prepare(self.id))
        Clock.at, self.broker.stations = NOW, corrected(demo_stations("park_and_ride", NOW))
        return scheduling.prepare(self.id)

    def left(self) -> list[pl.DataFrame]:
        """All that is stored: the rows of the tables, and of the files of the years."""
        found = []
        ours = SensorSource.configured(json.dumps(CONFIG)).tables.values()
        for record in sorted(records.of_source(self.id).values(), key=lambda one: one.guid):
            package = tk.get_action("package_show")({"ignore_auth": True}, {"id": record.package_id})
            assert package["state"] == "active"
            for resource, table in zip(package.get("resources", []), ours, strict=False):
                if resource["url_type"] == "datastore":
                    found.append(tables.read(table, resource["id"]))
                else:
                    file = self.app.get(urlsplit(resource["url"]).path).get_data()
                    found.append(pl.read_parquet(io.BytesIO(file)))
        return found


def corrected(stations: list[Station]) -> list[Station]:
    """The same with a value corrected and some removed since the run before."""
    for station in stations:
        values = station.attributes["occupiedSpotNumber"].values
        before = next(
            number for number, (time, _) in enumerate(values) if time > BEFORE - timedelta(hours=20)
        )
        values[before] = (values[before][0], 17)
        del values[before + 20 : before + 40]
    return stations


def came_to(job_id: str) -> str:
    """How far a run had come: what was fetched, and what of it was stored."""
    states = [state for (state,) in model.Session.query(HarvestObject.state).filter_by(harvest_job_id=job_id)]
    found = runs.get(job_id)
    assert found is not None
    return f"{len(states)} fetched, {states.count('COMPLETE')} stored, {found.outcome or 'under way'}"


def lease_ends(job_id: str) -> None:
    """As if the time had passed after which a worker counts as dead."""
    past = datetime.now(UTC) - timedelta(seconds=1)
    with model.meta.engine.begin() as connection:
        connection.execute(run_table.update().where(run_table.c.job_id == job_id).values(lease_until=past))


@pytest.mark.parametrize("seed", POINTS)
def test_a_run_that_is_killed_leaves_what_an_undisturbed_one_leaves(
    source: Callable[..., Source],
    worked: Callable[..., float],
    undisturbed: Undisturbed,
    seed: int,
) -> None:
    is_later = seed % 2 == 1
    if is_later not in undisturbed.left:
        calm = source(f"calm-{seed}", archive=is_later)
        undisturbed.seconds[is_later] = worked(calm.ready(is_later=is_later))
        model.Session.rollback()
        undisturbed.left[is_later] = calm.left()
        assert len(undisturbed.left[is_later]) == (4 if is_later else 3)

    killed = source(f"killed-{seed}", archive=is_later)
    job_id = killed.ready(is_later=is_later)
    # a tenth of the run for each point, so that no stage is left out; a busy machine is not always as slow
    moment = LATEST * (seed + random.Random(seed).random()) / len(POINTS)
    worked(job_id, moment * undisturbed.seconds[is_later])
    model.Session.rollback()
    print(f"seed {seed}: killed at {moment:.0%} of the run: {came_to(job_id)}")
    lease_ends(job_id)
    work(job_id)
    told = report_of(job_id)
    assert told is not None
    assert told.run.outcome == "ok", told.happened
    for mine, theirs in zip(killed.left(), undisturbed.left[is_later], strict=True):
        assert mine.equals(theirs)
    work(again := scheduling.prepare(killed.id))
    assert report_of(again).run.counts["change"] == 0  # type: ignore[union-attr]
    assert HarvestSource.get(killed.id).active
