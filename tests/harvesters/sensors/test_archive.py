"""Yearly files of hours on the real portal: written once a year is complete, and kept when its hours go."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import ckan.plugins.toolkit as tk
import polars as pl
import pytest
from ckanext.harvest.model import HarvestSource
from ckanext.herne import tables
from ckanext.herne.harvesters.operations import lifecycle
from ckanext.herne.harvesters.operations import runs as ledger
from ckanext.herne.harvesters.sensors.domain import domain
from ckanext.herne.harvesters.sensors.tables import hourly_table
from herne_testing import runs
from herne_testing.brokers import QuantumLeapBroker
from herne_testing.clock import Clock
from herne_testing.stations import Attribute, Station

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("site")

FIRST = datetime(2025, 11, 25, tzinfo=UTC)
DAY = timedelta(days=1)
KIND = "GreenspaceRecord"


class Trees:
    """A portal that harvests the soil of two trees; what a day brings shows at its end."""

    def __init__(self, site: dict[str, Any], app: Any, serve: Callable[[Any], str], **config: Any) -> None:
        self.app = app
        self.broker = QuantumLeapBroker([tree("oak"), tree("elm")])
        self.config = {"domain": "soil_moisture", "protocol": "quantumleap", "dataset": "baeume", **config}
        data = {
            "name": "trees",
            "title": "Trees",
            "url": serve(self.broker),
            "source_type": "herne_sensorthings",
            "frequency": "MANUAL",
            "owner_org": "stadt-herne",
            "config": json.dumps(self.config),
        }
        self.id = tk.get_action("harvest_source_create")(dict(site), data)["id"]

    def at(self, *when: int, says: tuple[str, ...] = ("oak",), since: datetime = FIRST) -> dict[str, Any]:
        """A run at ten o'clock of a day, with values of each hour `since`; gives what it did."""
        Clock.at = datetime(*when, 10, tzinfo=UTC)  # type: ignore[arg-type]
        for station in self.broker.stations:
            values = station.attributes["soilMoistureVwc"].values
            if station.id.removeprefix("urn:") in says:
                begin = values[-1][0] + timedelta(hours=1) if values else since
                hours = (Clock.at - begin) // timedelta(hours=1)
                values += [(begin + timedelta(hours=number), 0.01 * (number % 50)) for number in range(hours)]
        done = runs.run(HarvestSource.get(self.id))
        assert done["errors"] == []
        return done

    def hours(self) -> pl.DataFrame:
        """All stored hours."""
        shown = tk.get_action("package_show")({"ignore_auth": True}, {"id": "baeume"})
        return tables.read(hourly_table(domain("soil_moisture")), shown["resources"][0]["id"])

    def year(self, year: int) -> tuple[dict[str, Any], pl.DataFrame]:
        """The dataset of a year and the rows of its file."""
        shown = tk.get_action("package_show")(
            {"ignore_auth": True, "use_cache": False}, {"id": f"baeume-{year}"}
        )
        [resource] = shown["resources"]
        answer = self.app.get(urlsplit(resource["url"]).path)
        assert answer.status_code == 200
        return shown, pl.read_parquet(io.BytesIO(answer.get_data()))


def tree(name: str) -> Station:
    said = {"name": name.title()}
    return Station(f"urn:{name}", KIND, {"soilMoistureVwc": Attribute("C62", [])}, said, (7.2, 51.5))


@pytest.fixture
def trees(
    site: dict[str, Any], portal: Any, serve: Callable[[Any], str], monkeypatch: pytest.MonkeyPatch
) -> Trees:
    monkeypatch.setattr(lifecycle, "datetime", Clock)
    return Trees(site, portal, serve, history_days=60, hourly_days=60)


def test_a_year_is_archived_when_it_is_complete_and_stays_when_its_hours_go(trees: Trees) -> None:
    trees.at(2025, 12, 30)
    assert titles(trees.at(2026, 1, 2)) == {"Bodenfeuchte an Stadtbäumen (Stunden- und Tageswerte)"}
    trees.at(2026, 1, 4)  # late values of December may still come
    created = trees.at(2026, 1, 6)["plan"]["create"]
    assert [entry["name"] for entry in created] == ["baeume-archiv", "baeume-2025"]

    shown, rows = trees.year(2025)
    stored = trees.hours()
    assert shown["title"] == "Bodenfeuchte an Stadtbäumen: Stundenwerte 2025"
    assert shown["title_translated"]["en"] == "Soil moisture at city trees: hourly values 2025"
    assert shown["temporal_coverage"] == [{"start": "2025-01-01", "end": "2025-12-31"}]
    assert shown["in_series"]
    of_year = stored.filter(pl.col("hour").dt.year() == 2025)
    assert of_year.height == 37 * 24
    assert as_stored(rows).equals(of_year)

    again = trees.at(2026, 1, 6)
    assert set(again["status"].values()) == {"not modified"}
    assert trees.year(2025)[0] == shown

    # what an elm's gateway kept back since December comes to light, with the year's file written already
    assert trees.at(2026, 1, 9, says=("oak", "elm"))["counts"]["rows_inserted"] > 900
    changed = trees.at(2026, 1, 10, says=("oak", "elm"))["plan"]["change"]
    assert "baeume-2025" in {entry["name"] for entry in changed}
    complete, rows = trees.year(2025)
    assert rows.height == 2 * 37 * 24
    assert [one["id"] for one in complete["resources"]] == [one["id"] for one in shown["resources"]]

    # the hours of 2025 leave; those of 2026 wait for their file, though they are older than 60 days
    trees.at(2027, 1, 2)
    assert trees.hours().get_column("hour").min() == datetime(2026, 1, 1)  # noqa: DTZ001
    trees.at(2027, 1, 6)
    trees.at(2027, 1, 7)
    assert trees.hours().get_column("hour").min() == datetime(2026, 11, 8)  # noqa: DTZ001
    assert trees.year(2025)[0] == complete
    whole, rows = trees.year(2026)
    assert rows.height == 365 * 24 + 9 * 24 + 10

    # nothing is remembered, but what is left of 2026 makes no file any more
    ledger.remember(trees.id, memory={})
    plan = trees.at(2027, 1, 7)["plan"]
    assert (plan["delete"], plan["create"]) == ([], [])
    assert trees.year(2026)[0] == whole
    assert trees.year(2025)[0] == complete


def titles(done: dict[str, Any]) -> set[str]:
    return {entry["title"] for part in ("create", "change") for entry in done["plan"][part]}


def as_stored(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of a file as the table has them: without the zone of the times."""
    return rows.with_columns(pl.col("hour").dt.replace_time_zone(None))
