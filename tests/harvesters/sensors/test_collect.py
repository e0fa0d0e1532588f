"""A whole run over the demo: which streams, which time, and what happens where a stream cannot be read."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from ckanext.herne.harvesters.operations.errors import SourceError
from ckanext.herne.harvesters.sensors.aggregate import midnight
from ckanext.herne.harvesters.sensors.collect import Collected, collect
from ckanext.herne.harvesters.sensors.domain import domain
from ckanext.herne.harvesters.sensors.protocols import Platform, SensorThings, Station, Stream
from ckanext.herne.harvesters.sensors.window import Stored, last_full_hour, local_day
from herne_demo.world import observations, world
from werkzeug.wrappers import Request, Response

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONTH = timedelta(days=31)
POLES = [stream for stream in world().streams if stream.thing.kind == "smart_pole"]


@pytest.fixture
def client(demo: Any, http: Any) -> SensorThings:
    return SensorThings(http, f"{demo.url}/sensorthings/v1.1/")


def stored_until(now: datetime) -> Stored:
    """As if everything up to the last full hour and day were stored."""
    end = last_full_hour(now)
    keys = [str(stream.id) for stream in POLES]
    return Stored(dict.fromkeys(keys, end - HOUR), dict.fromkeys(keys, local_day(end) - DAY))


def test_a_first_run_brings_hours_days_and_stations(client: SensorThings, demo: Any) -> None:
    found = collect(client, domain("air_quality"), Stored(), demo.time, MONTH)
    end = last_full_hour(demo.time)
    assert found.problems == ()
    assert found.hours.rows.get_column("hour").max() == end - HOUR
    assert found.days.rows.get_column("day").max() == local_day(end) - DAY
    assert found.hours.rows.get_column("stream_id").n_unique() == len(POLES)
    assert found.stations.rows.height == len({stream.thing.id for stream in POLES})
    station = found.stations.rows.row(0, named=True)
    assert (station["longitude"], station["latitude"]) == (7.2205, 51.5385)
    assert station["last_day"] == local_day(end) - DAY


def test_days_count_what_their_hours_count(client: SensorThings, demo: Any) -> None:
    found = collect(client, domain("air_quality"), Stored(), demo.time, MONTH)
    hours: dict[tuple[str, Any], int] = {}
    for row in found.hours.rows.iter_rows(named=True):
        key = (row["stream_id"], local_day(row["hour"]))
        hours[key] = hours.get(key, 0) + row["n"]
    days = {(row["stream_id"], row["day"]): row["n"] for row in found.days.rows.iter_rows(named=True)}
    today = local_day(last_full_hour(demo.time))
    assert days == {key: n for key, n in hours.items() if key[1] < today}


def test_a_run_with_nothing_new_asks_once_per_stream(client: SensorThings, demo: Any) -> None:
    found = collect(client, domain("air_quality"), stored_until(demo.time), demo.time, MONTH)
    assert len(demo.requests) == len(POLES) + 1
    end = last_full_hour(demo.time)
    first = midnight(local_day(midnight(local_day(end)) - 72 * HOUR))
    assert {(scope.start, scope.end) for scope in found.hours.scopes} == {(first, end)}
    assert {(scope.start, scope.end) for scope in found.days.scopes} == {(local_day(first), local_day(end))}
    assert found.hours.rows.get_column("hour").min() == first


def test_a_run_that_broke_off_between_hours_and_days_is_made_up_for(client: SensorThings, demo: Any) -> None:
    all_stored = stored_until(demo.time)
    weeks_ago = {key: day - timedelta(days=9) for key, day in all_stored.days.items()}
    found = collect(client, domain("air_quality"), Stored(all_stored.hours, weeks_ago), demo.time, MONTH)
    [start] = {scope.start for scope in found.days.scopes}
    assert start <= min(weeks_ago.values()) - timedelta(days=2)


def failing(streams: set[int], words: str = "maintenance") -> Any:
    def tamper(request: Request, response: Response) -> Response:
        broken = any(f"Datastreams({stream})/" in request.path for stream in streams)
        return Response(words, status=500) if broken else response

    return tamper


def test_a_stream_that_fails_keeps_its_rows_and_the_others_go_on(client: SensorThings, demo: Any) -> None:
    ill = POLES[0].id
    demo.tamper = failing({ill})
    found = collect(client, domain("air_quality"), stored_until(demo.time), demo.time, MONTH)
    assert "maintenance" in str(found.problems[0])
    keys = {scope.where["stream_id"] for scope in found.hours.scopes}
    assert keys == {str(stream.id) for stream in POLES[1:]}
    assert set(found.hours.rows.get_column("stream_id")) == keys
    assert any(reason.startswith("stream not read to its end") for reason in found.hours.left_out)


class Scripted(Platform):
    """Two streams of ten-minute values, one of which fails from a time on."""

    def __init__(self, fails_from: datetime) -> None:
        self.root = "scripted"
        self.fails_from = fails_from
        self.asked: list[tuple[str, datetime, datetime]] = []

    def streams(self) -> list[Stream]:
        says = "http://dd.eionet.europa.eu/vocabulary/aq/pollutant/5"
        return [Stream(key, Station(key, key), says, None, key, ("ug/m3",)) for key in ("good", "ill")]

    def window(self, stream: Stream, start: datetime, end: datetime) -> list[Any]:
        self.asked.append((stream.id, start, end))
        if stream.id == "ill" and end > self.fails_from:
            raise SourceError("scripted", "", "gone", "Wait")
        steps = range((end - start) // timedelta(minutes=10))
        return [((start + step * timedelta(minutes=10)).isoformat(), 1.0) for step in steps]


def test_slices_before_a_failure_are_kept_and_none_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ckanext.herne.harvesters.sensors.window.SLICE_DAYS", 7)
    now = datetime(2025, 4, 10, 10, 7, tzinfo=UTC)
    platform = Scripted(datetime(2025, 4, 1, tzinfo=UTC))
    found = collect(platform, domain("air_quality"), Stored(), now, timedelta(days=30))
    ends = {scope.where["stream_id"]: scope.end for scope in found.hours.scopes}
    assert ends == {"good": datetime(2025, 4, 10, 10), "ill": midnight(date(2025, 4, 1))}  # noqa: DTZ001
    last = {key: rows.get_column("hour").max() for (key,), rows in found.hours.rows.group_by("stream_id")}
    assert last == {key: end - HOUR for key, end in ends.items()}
    days = {key: rows.height for (key,), rows in found.days.rows.group_by("stream_id")}
    assert days == {"good": 30, "ill": 21}
    # after its failure the stream is left alone
    assert sum(key == "ill" for key, _, _ in platform.asked) == 4


def test_slices_make_no_difference(monkeypatch: pytest.MonkeyPatch, client: SensorThings, demo: Any) -> None:
    def run(days: int) -> Collected:
        monkeypatch.setattr("ckanext.herne.harvesters.sensors.window.SLICE_DAYS", days)
        return collect(client, domain("parking"), Stored(), demo.time, MONTH)

    whole, sliced = run(31), run(1)
    assert whole.hours.rows.equals(sliced.hours.rows)
    assert whole.days.rows.equals(sliced.days.rows)


def test_a_stream_that_is_read_from_further_back_changes_nothing_of_the_others(
    client: SensorThings, demo: Any
) -> None:
    """What stands at the begin of a window was observed before it, where others may be read whole."""
    whole = collect(client, domain("parking"), Stored(), demo.time, MONTH)
    new, old = sorted(set(whole.hours.rows.get_column("stream_id")))[:2]
    newest = whole.days.rows.filter(stream_id=old).get_column("day").max()
    found = collect(client, domain("parking"), Stored({}, {old: newest}), demo.time, MONTH)  # type: ignore[dict-item]
    [start] = {scope.start for scope in found.hours.scopes if scope.where["stream_id"] == old}
    assert found.hours.rows.filter(stream_id=new).equals(whole.hours.rows.filter(stream_id=new))
    recent = whole.hours.rows.filter(pl.col("stream_id") == old, pl.col("hour") >= start)
    assert found.hours.rows.filter(stream_id=old).equals(recent)
    days = whole.days.rows.filter(pl.col("stream_id") == old, pl.col("day") >= local_day(start))
    assert found.days.rows.filter(stream_id=old).equals(days)


def test_a_long_history_takes_several_runs_and_ends_as_one_would(
    monkeypatch: pytest.MonkeyPatch, client: SensorThings, demo: Any
) -> None:
    monkeypatch.setattr("ckanext.herne.harvesters.sensors.window.SLICE_DAYS", 5)
    whole = collect(client, domain("parking"), Stored(), demo.time, MONTH)
    assert not whole.goes_on
    monkeypatch.setattr("ckanext.herne.harvesters.sensors.collect.MOST_ROWS", 1)
    rows: dict[Any, Any] = {}
    stored, runs, goes_on = Stored(), 0, True
    while goes_on:
        found = collect(client, domain("parking"), stored, demo.time, MONTH)
        rows |= {(row["stream_id"], row["hour"]): row for row in found.hours.rows.iter_rows(named=True)}
        newest = [
            dict(frame.group_by("stream_id").agg(pl.col(time).max()).iter_rows())
            for frame, time in ((found.hours.rows, "hour"), (found.days.rows, "day"))
        ]
        stored, runs, goes_on = Stored(*newest), runs + 1, found.goes_on
        assert goes_on == any("the next run goes on" in reason for reason in found.hours.left_out)
    assert runs > 2
    expected = {(row["stream_id"], row["hour"]): row for row in whole.hours.rows.iter_rows(named=True)}
    assert rows == expected


class Silent(Scripted):
    """The stream `ill` says nothing but at the times of `kept`."""

    def __init__(self) -> None:
        super().__init__(datetime.max.replace(tzinfo=UTC))
        self.kept: list[datetime] = []

    def window(self, stream: Stream, start: datetime, end: datetime) -> list[Any]:
        found = super().window(stream, start, end)
        if stream.id != "ill":
            return found
        return [(time.isoformat(), 7.0) for time in self.kept if start <= time < end]

    def run(self, now: datetime, before: Collected | None, rows: dict[str, dict[Any, Any]]) -> Collected:
        """A run after another one, of which `rows` are stored."""
        newest = [
            {key: max(time for one, time in rows[part] if one == key) for key, _ in rows[part]}
            for part in ("hours", "days")
        ]
        stored = Stored(*newest, before.read if before else {})
        self.asked.clear()
        found = collect(self, domain("air_quality"), stored, now, timedelta(days=100))
        for part, time in (("hours", "hour"), ("days", "day")):
            frame = getattr(found, part).rows
            rows[part] |= {(row["stream_id"], row[time]): row for row in frame.iter_rows(named=True)}
        return found

    def asked_of(self, key: str) -> int:
        return sum(one == key for one, _, _ in self.asked)


def test_a_stream_that_says_nothing_is_read_once_and_then_only_looked_at() -> None:
    now = datetime(2025, 4, 10, 10, 7, tzinfo=UTC)
    platform, rows = Silent(), {"hours": {}, "days": {}}  # type: ignore[var-annotated]
    done = platform.run(now, None, rows)
    assert platform.asked_of("ill") > 3
    while done.goes_on:
        done = platform.run(now, done, rows)
    for hours in range(1, 4):
        done = platform.run(now + hours * HOUR, done, rows)
        assert (platform.asked_of("ill"), platform.asked_of("good")) == (1, 1)
        assert not any(scope.where["stream_id"] == "ill" for scope in done.hours.scopes)
    # nothing remembered: the same rows, more questions
    again = platform.run(now + 3 * HOUR, None, {name: dict(part) for name, part in rows.items()})
    assert platform.asked_of("ill") > 3
    assert again.hours.rows.filter(stream_id="ill").is_empty()


def test_a_stream_that_speaks_again_is_read_with_all_it_kept_back() -> None:
    now = datetime(2025, 4, 10, 10, 7, tzinfo=UTC)
    platform, rows = Silent(), {"hours": {}, "days": {}}  # type: ignore[var-annotated]
    done = platform.run(now, None, rows)
    while done.goes_on:
        done = platform.run(now, done, rows)
    first = datetime(2025, 3, 1, 12, tzinfo=UTC)
    platform.kept = [first + timedelta(minutes=10 * step) for step in range(41 * 144)]
    done = platform.run(now + timedelta(days=2), done, rows)
    found = {time for key, time in rows["days"] if key == "ill"}
    assert min(found) == date(2025, 3, 1)
    assert len(found) == 42
    assert done.read == {}


def test_a_stream_younger_than_a_day_is_not_read_from_its_history_each_time() -> None:
    now = datetime(2025, 4, 10, 10, 7, tzinfo=UTC)
    platform, rows = Silent(), {"hours": {}, "days": {}}  # type: ignore[var-annotated]
    platform.kept = [now - timedelta(minutes=10 * step) for step in range(30, 0, -1)]
    done = platform.run(now, None, rows)
    while done.goes_on:
        done = platform.run(now, done, rows)
    platform.run(now + HOUR, done, rows)
    assert platform.asked_of("ill") == 1


def test_if_no_stream_can_be_read_the_run_fails(client: SensorThings, demo: Any) -> None:
    demo.tamper = failing({stream.id for stream in POLES})
    with pytest.raises(SourceError, match="maintenance"):
        collect(client, domain("air_quality"), Stored(), demo.time, MONTH)


def test_a_source_that_lost_everything_changes_nothing(client: SensorThings, demo: Any) -> None:
    def empty(request: Request, response: Response) -> Response:
        lost = {"@iot.count": 0, "value": []}
        body = json.dumps(lost) if "Observations" in request.path else response.get_data()
        return Response(body, mimetype="application/json")

    demo.tamper = empty
    with pytest.raises(SourceError, match="no observation came, though some were stored"):
        collect(client, domain("air_quality"), stored_until(demo.time), demo.time, MONTH)


def test_an_unknown_unit_stops_the_run(client: SensorThings, demo: Any) -> None:
    def other_unit(request: Request, response: Response) -> Response:
        if request.path.endswith("/Datastreams"):
            return Response(response.get_data().replace(b'ug/m3"', b'ppb"'), mimetype="application/json")
        return response

    demo.tamper = other_unit
    with pytest.raises(SourceError, match=r"stream 6 .*'ppb' is not known for pm10"):
        collect(client, domain("air_quality"), Stored(), demo.time, DAY)


def test_small_sites_come_by_days_only_and_smaller_ones_not_at_all(client: SensorThings, demo: Any) -> None:
    found = collect(client, domain("bike_boxes"), Stored(), demo.time, MONTH)
    assert set(found.hours.rows.get_column("capacity")) == {15}
    assert set(found.days.rows.get_column("capacity")) == {10, 15}
    assert found.days.rows.get_column("station").n_unique() == 3

    def shrunk(_request: Request, response: Response) -> Response:
        return Response(
            response.get_data().replace(b'"capacity":10', b'"capacity":9'), mimetype="application/json"
        )

    demo.tamper = shrunk
    found = collect(client, domain("bike_boxes"), Stored(), demo.time, MONTH)
    assert set(found.days.rows.get_column("capacity")) == {15}
    assert found.stations.rows.height == 2


def test_a_station_that_moves_and_is_renamed_stays_the_same(client: SensorThings, demo: Any) -> None:
    before = collect(client, domain("parking"), Stored(), demo.time, MONTH)

    def moved(_request: Request, response: Response) -> Response:
        body = response.get_data().replace(b"P+R Herner Bahnhof", b"P+R Herne").replace(b"7.2217", b"7.25")
        return Response(body, mimetype="application/json")

    demo.tamper = moved
    after = collect(client, domain("parking"), Stored(), demo.time, MONTH)
    key = ["stream_id", "hour", "value"]
    assert after.hours.rows.select(key).equals(before.hours.rows.select(key))
    assert set(after.stations.rows.get_column("station_id")) == set(
        before.stations.rows.get_column("station_id")
    )
    assert {"P+R Herne", "P+R Wanne-Eickel Hbf"} == set(after.stations.rows.get_column("station"))
    assert 7.25 in after.stations.rows.get_column("longitude").to_list()


def test_a_station_that_is_gone_keeps_what_is_stored(client: SensorThings, demo: Any) -> None:
    """No scope speaks for its rows, and the stations' table has no scope at all."""

    def gone(request: Request, response: Response) -> Response:
        if not request.path.endswith("/Datastreams"):
            return response
        body = json.loads(response.get_data())
        body["value"] = [entry for entry in body["value"] if entry["Thing"]["name"] != POLES[0].thing.name]
        body["@iot.count"] = len(body["value"])
        return Response(json.dumps(body), mimetype="application/json")

    demo.tamper = gone
    found = collect(client, domain("air_quality"), stored_until(demo.time), demo.time, MONTH)
    lost = {str(stream.id) for stream in POLES if stream.thing.name == POLES[0].thing.name}
    assert lost.isdisjoint(scope.where["stream_id"] for scope in found.hours.scopes)
    assert found.stations.scopes == ()
    assert POLES[0].thing.name not in set(found.stations.rows.get_column("station"))


def test_the_sum_of_all_observations_is_accounted_for(client: SensorThings, demo: Any) -> None:
    """What was not used is counted by reason."""
    found = collect(client, domain("air_quality"), Stored(), demo.time, MONTH)
    end = last_full_hour(demo.time).replace(tzinfo=UTC)
    sent = sum(entry.phenomenon_time < end for stream in POLES for entry in observations(stream, demo.time))
    left_out = sum(n for reason, n in found.hours.left_out.items() if not reason.endswith("(used)"))
    assert found.hours.rows.get_column("n").sum() + left_out == sent
    assert left_out > 0
