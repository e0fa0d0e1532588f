"""A harvest on the real portal, from the source to the DataStore rows, against oracles in plain Python."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
import pytest
from ckanext.datastore.backend.postgres import get_write_engine
from ckanext.harvest.model import HarvestSource
from ckanext.herne.harvesters.operations import lifecycle, records, storing
from ckanext.herne.harvesters.operations.errors import SourceError
from ckanext.herne.harvesters.operations.http import Http, options
from herne_demo.world import observations, world
from herne_testing import runs
from herne_testing.clock import Clock
from herne_testing.oracle import RANGES
from werkzeug.wrappers import Response

pytestmark = pytest.mark.usefixtures("site")

SENSORS = "/sensorthings/v1.1"
NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test may run across a full hour."""
    monkeypatch.setattr(Clock, "at", NOW + timedelta(minutes=7))
    monkeypatch.setattr(lifecycle, "datetime", Clock)


@pytest.fixture
def source(site: dict[str, Any], demo: Any, request: pytest.FixtureRequest) -> Any:
    """Makes a harvest source at the demo server; its clock stands at the last full hour."""
    demo.time = NOW

    def make(source_type: str, path: str, config: dict[str, Any]) -> HarvestSource:
        name = f"t-{abs(hash((request.node.name, source_type, str(config)))):x}"[:40]
        data = {
            "name": name,
            "title": name,
            "url": demo.url + path,
            "source_type": source_type,
            "frequency": "WEEKLY",
            "owner_org": "stadt-herne",
            "config": json.dumps(config | {"dataset": f"{name}-data"}),
        }
        made = tk.get_action("harvest_source_create")(dict(site), data)
        return HarvestSource.get(made["id"])

    return make


SERIES = ":series"


def run(source: HarvestSource) -> dict[str, Any]:
    """One run of the source: as `runs.run`, with the dataset and what became of it."""
    done = runs.run(source)
    statuses = [status for guid, status in done["status"].items() if not guid.endswith(SERIES)]
    (report_status,) = statuses or ("errored",)
    (package_id,) = _packages(source) or (None,)
    dataset = storing.shown(package_id)
    return {**done, "report_status": report_status, "dataset": dataset}


def _packages(source: HarvestSource) -> list[str | None]:
    """The dataset of the source; a series it is in has no rows."""
    found = records.of_source(source.id)
    return [record.package_id for guid, record in found.items() if not guid.endswith(SERIES)]


def search(resource_id: str) -> list[dict[str, Any]]:
    found = tk.get_action("datastore_search")(
        {"ignore_auth": True}, {"resource_id": resource_id, "limit": 32000}
    )
    assert found["total"] == len(found["records"])
    rows = [{key: value for key, value in row.items() if key != "_id"} for row in found["records"]]
    return [row | {"hour": row["hour"][:19]} if "hour" in row else row for row in rows]


def snapshot(dataset: dict[str, Any]) -> dict[str, Any]:
    """Everything of a dataset that a second, unchanged run must leave alone."""
    package = tk.get_action("package_show")({"ignore_auth": True, "use_cache": False}, {"id": dataset["id"]})
    activities = tk.get_action("package_activity_list")(
        {"ignore_auth": True}, {"id": dataset["id"], "include_hidden_activity": True, "limit": 100}
    )
    resource = package["resources"][0]["id"]
    with get_write_engine().connect() as connection:
        stored = connection.exec_driver_sql(
            f'SELECT xmin::text, ctid::text, * FROM "{resource}" ORDER BY _id'
        ).all()
    return {"package": package, "activities": [entry["id"] for entry in activities], "rows": stored}


def mean_oracle(now: datetime) -> dict[tuple[str, str], dict[str, Any]]:
    """Hourly means of the demo's poles, in plain Python from the raw observations."""
    rows = {}
    for stream in world().streams:
        if stream.thing.kind != "smart_pole":
            continue
        hours: dict[str, list[Decimal]] = defaultdict(list)
        low, high = RANGES[stream.quantity]
        for entry in observations(stream, now):
            if (
                isinstance(entry.result, int | float)
                and low <= entry.result <= high
                and entry.phenomenon_time < now
            ):
                hours[entry.phenomenon_time.strftime("%Y-%m-%dT%H:00:00")].append(Decimal(str(entry.result)))
        for hour, values in hours.items():
            enough = len(values) / 6 >= 0.75
            rows[str(stream.id), hour] = {
                "station": stream.thing.name,
                "quantity": stream.quantity,
                "value": float(sum(values) / len(values)) if enough else None,
                "minimum": float(min(values)),
                "maximum": float(max(values)),
                "n": len(values),
                "quality": "ok" if enough else "low_coverage",
            }
    return rows


def test_air_quality_rows_equal_the_oracle_and_a_second_run_writes_nothing(source: Any, demo: Any) -> None:
    made = source("herne_sensorthings", SENSORS, {"domain": "air_quality", "demo": True})
    first = run(made)
    assert first["errors"] == []
    assert first["report_status"] == "added"
    dataset = first["dataset"]
    expected = mean_oracle(NOW)
    rows = search(dataset["resources"][0]["id"])
    assert len(rows) == len(expected) > 3000
    assert {row["quality"] for row in rows} == {"ok", "low_coverage"}
    for row in rows:
        wanted = expected[row["stream_id"], row["hour"]]
        assert {key: row[key] for key in wanted if key != "value"} == {
            k: v for k, v in wanted.items() if k != "value"
        }
        assert row["value"] == (None if wanted["value"] is None else pytest.approx(wanted["value"], abs=1e-6))

    before = snapshot(dataset)
    second = run(made)
    assert (second["errors"], second["report_status"]) == ([], "not modified")
    assert snapshot(dataset) == before


def occupancy_oracle(now: datetime) -> dict[tuple[str, str], tuple[float, float]]:
    """Mean and coverage second by second: the last value counts, unless it is 30 minutes old."""
    rows = {}
    for stream in world().streams:
        if stream.thing.kind != "park_and_ride":
            continue
        good = [
            (int(entry.phenomenon_time.timestamp()), int(entry.result))
            for entry in observations(stream, now)
            if isinstance(entry.result, int | float) and 0 <= entry.result <= (stream.thing.capacity or 0)
        ]
        times = [time for time, _ in good]
        first_hour = times[0] - times[0] % 3600
        for hour in range(first_hour, int(now.timestamp()), 3600):
            held = []
            for second in range(hour, hour + 3600):
                at = bisect_right(times, second) - 1
                if at >= 0 and second - times[at] < 1800:
                    held.append(good[at][1])
            if held:
                key = datetime.fromtimestamp(hour, UTC).strftime("%Y-%m-%dT%H:00:00")
                rows[str(stream.id), key] = (sum(held) / len(held), len(held) / 3600)
    return rows


def test_parking_is_weighted_by_time_and_leaves_out_small_sites(source: Any, demo: Any) -> None:
    dataset = run(source("herne_sensorthings", SENSORS, {"domain": "parking", "demo": True}))["dataset"]
    rows = search(dataset["resources"][0]["id"])
    expected = occupancy_oracle(NOW)
    assert len(rows) == len(expected)
    assert {row["station"] for row in rows} == {"P+R Wanne-Eickel Hbf", "P+R Herner Bahnhof"}
    assert {row["capacity"] for row in rows} == {209, 121}
    for row in rows:
        mean, coverage = expected[row["stream_id"], row["hour"]]
        assert row["coverage"] == pytest.approx(coverage, abs=1e-6)
        if coverage >= 0.75:
            assert row["value"] == pytest.approx(mean, abs=1e-6)
            assert row["free"] == pytest.approx(row["capacity"] - mean, abs=1e-5)
        else:
            assert (row["value"], row["free"], row["quality"]) == (None, None, "low_coverage")


def test_later_runs_append_hours_and_take_late_values_in(source: Any, demo: Any) -> None:
    made = source("herne_sensorthings", SENSORS, {"domain": "air_quality", "demo": True})
    late = next(
        entry
        for stream in world().streams
        for entry in observations(stream, NOW)
        if stream.thing.kind == "smart_pole"
        and isinstance(entry.result, float)
        and entry.phenomenon_time > NOW - timedelta(hours=60)
        and entry.result_time - entry.phenomenon_time > timedelta(hours=4)
    )
    demo.time = late.phenomenon_time.replace(minute=0, second=0) + timedelta(hours=2)
    dataset = run(made)["dataset"]
    resource = dataset["resources"][0]["id"]
    early = {(row["stream_id"], row["hour"]): row for row in search(resource)}
    demo.time = NOW
    second = run(made)
    assert second["report_status"] == "updated"
    assert second["dataset"]["id"] == dataset["id"]
    assert second["dataset"]["resources"][0]["id"] == resource
    rows = {(row["stream_id"], row["hour"]): row for row in search(resource)}
    assert {key: row["n"] for key, row in rows.items()} == {
        **{key: row["n"] for key, row in early.items()},
        **{key: row["n"] for key, row in mean_oracle(NOW).items()},
    }
    changed = (str(late.stream.id), late.phenomenon_time.strftime("%Y-%m-%dT%H:00:00"))
    assert changed not in early or early[changed]["n"] < rows[changed]["n"]


def test_the_dataset_says_what_it_is(source: Any, demo: Any) -> None:
    made = source("herne_sensorthings", SENSORS, {"domain": "parking", "demo": True})
    dataset = run(made)["dataset"]
    assert dataset["state"] == "active"
    assert dataset["title"].endswith("(Demo, erfundene Daten)")
    assert dataset["notes"].startswith("Demo: Alle Werte dieses Datensatzes sind erfunden.")
    assert "demo" in {tag["name"] for tag in dataset["tags"]}
    assert dataset["theme"] == ["http://publications.europa.eu/resource/authority/data-theme/TRAN"]
    assert dataset["frequency"] == "http://publications.europa.eu/resource/authority/frequency/HOURLY"
    rows = search(dataset["resources"][0]["id"])
    assert {row["demo"] for row in rows} == {True}
    assert dataset["temporal_coverage"] == [
        {"start": min(row["hour"] for row in rows)[:10], "end": max(row["hour"] for row in rows)[:10]}
    ]
    resource = dataset["resources"][0]
    assert resource["url"].endswith(f"/datastore/dump/{resource['id']}")
    assert (resource["format"], resource["datastore_active"]) == ("CSV", True)
    views = tk.get_action("resource_view_list")({"ignore_auth": True}, {"id": resource["id"]})
    assert [view["view_type"] for view in views] == ["datatables_view"]
    found = tk.get_action("package_search")({}, {"fq": f"id:{dataset['id']}"})["results"][0]
    extras = {entry["key"]: entry["value"] for entry in found.get("extras", [])}
    assert {**extras, **found}["harvest_source_id"] == made.id


def test_a_stewards_edits_survive_the_next_run(source: Any, demo: Any) -> None:
    made = source("herne_sensorthings", SENSORS, {"domain": "parking", "demo": True})
    demo.time = NOW - timedelta(hours=2)
    dataset = run(made)["dataset"]
    admin = {"ignore_auth": True, "user": tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]}
    tk.get_action("package_patch")(dict(admin), {"id": dataset["id"], "title": "Parkplätze am Bahnhof"})
    demo.time = NOW
    again = run(made)
    assert again["report_status"] == "updated"
    assert again["dataset"]["title"] == "Parkplätze am Bahnhof"


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("loop", "in circles|im Kreis"),
        ("truncated", "entries came|Einträgen|angekündigt|Werte"),
        ("html", "Webseite"),
        ("lost", "no observation|keine Messung"),
    ],
)
def test_a_server_that_misbehaves_changes_nothing(source: Any, demo: Any, fault: str, words: str) -> None:
    made = source("herne_sensorthings", SENSORS, {"domain": "parking", "demo": True})
    demo.time = NOW - timedelta(hours=3)
    dataset = run(made)["dataset"]
    before = snapshot(dataset)
    demo.time = NOW

    def tamper(request: Any, response: Response) -> Response:
        if "Observations" not in request.path:
            return response
        body = json.loads(response.get_data())
        if fault == "html":
            return Response("<html>maintenance</html>", mimetype="text/html")
        if fault == "loop":
            body["@iot.nextLink"] = request.url
        if fault == "truncated":
            body["value"][0]["dataArray"].pop()
        if fault == "lost":
            body = {"@iot.count": 0, "value": []}
        return Response(json.dumps(body), mimetype="application/json")

    demo.tamper = tamper
    failed = run(made)
    assert failed["report_status"] == "errored"
    assert re.search(words, failed["errors"][0]), " | ".join(map(str, failed["errors"]))
    assert snapshot(dataset) == before
    demo.tamper = lambda _request, response: response
    assert run(made)["report_status"] == "updated"


def test_a_fault_ends_the_job_and_the_next_run_goes_on(source: Any, demo: Any) -> None:
    made = source("herne_sensorthings", SENSORS, {"domain": "parking", "demo": True})
    demo.tamper = lambda request, response: (
        Response(response.get_data().replace(b"P+R Wanne", b"P+R\\u0000Wanne"), mimetype="application/json")
        if request.path.endswith("/Datastreams")
        else response
    )
    failed = run(made)
    assert failed["report_status"] == "errored"
    assert "Fehler im Harvester" in failed["errors"][0]
    demo.tamper = lambda _request, response: response
    again = run(made)
    assert (again["errors"], again["dataset"]["state"]) == ([], "active")
    assert len(search(again["dataset"]["resources"][0]["id"])) > 600


def test_hits_rows_equal_the_workbooks_and_a_second_run_writes_nothing(source: Any, demo: Any) -> None:
    made = source("herne_hits", "/hits/", {"theme": "bevoelkerung", "demo": True})
    first = run(made)
    assert first["errors"] == []
    rows = search(first["dataset"]["resources"][0]["id"])
    assert len(rows) == 4 * 40 * 5
    assert {row["year"] for row in rows} == {2021, 2022, 2023, 2024}
    assert {row["status"] for row in rows} == {"ok", "zero", "suppressed", "pending"}
    assert all((row["value"] is None) == (row["status"] in ("suppressed", "pending")) for row in rows)
    assert first["dataset"]["temporal_coverage"] == [{"start": "2021-01-01", "end": "2024-12-31"}]
    before = snapshot(first["dataset"])
    assert run(made)["report_status"] == "not modified"
    assert snapshot(first["dataset"]) == before


def test_loopback_is_refused_unless_it_is_allowed(
    source: Any, demo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = source("herne_hits", "/hits/", {"theme": "bevoelkerung", "demo": True})
    monkeypatch.setitem(tk.config, "ckanext.herne.harvest.allow_private_addresses", False)
    failed = run(made)
    assert "keine öffentliche Adresse" in failed["errors"][0]
    assert demo.requests == []


def test_a_source_keeps_type_and_configuration_after_a_job(source: Any, site: dict[str, Any]) -> None:
    made = source("herne_hits", "/hits/", {"theme": "bevoelkerung", "demo": True})
    run(made)
    shown = tk.get_action("harvest_source_show")(dict(site), {"id": made.id})
    assert shown["source_type"] == "herne_hits"
    assert json.loads(shown["config"])["theme"] == "bevoelkerung"
    assert shown["frequency"] == "WEEKLY"


def test_a_wrong_configuration_is_refused_with_its_line(site: dict[str, Any], demo: Any) -> None:
    data = {
        "name": "wrong",
        "title": "wrong",
        "url": demo.url,
        "source_type": "herne_sensorthings",
        "owner_org": "stadt-herne",
        "config": "domain: air_quality\nhistory_days: many",
    }
    with pytest.raises(tk.ValidationError, match="line 2"):
        tk.get_action("harvest_source_create")(dict(site), data)


def test_both_harvesters_are_offered() -> None:
    from ckanext.harvest.interfaces import IHarvester

    names = {plugin.info()["name"] for plugin in p.PluginImplementations(IHarvester)}
    assert {"herne_sensorthings", "herne_hits"} <= names


def test_the_declared_limits_are_those_of_a_reader_that_nobody_configures() -> None:
    assert options.limits() == options.Limits()
    assert options.host_limits() == options.HostLimits()


def test_the_operator_says_how_often_and_how_long_a_host_is_asked(
    demo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo.tamper = lambda _request, _response: Response("broken", status=500)
    monkeypatch.setitem(tk.config, "ckanext.herne.harvest.attempts", 1)
    monkeypatch.setitem(tk.config, "ckanext.herne.harvest.host_failures", 2)
    told = []
    for _ in range(3):
        with pytest.raises(SourceError) as caught:
            Http.configured("Luft").get(demo.url)
        told.append(str(caught.value))
    assert told[0].startswith(f"Luft ({demo.url}): the server answered 500: broken")
    assert "has failed 2 times in a row; next try at" in told[2]
    assert len(demo.requests) == 2
