"""/metrics and /health: who may ask, what they tell, and that a part that is away hides no other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from ckan.common import config
from ckan.lib.jobs import add_queue_name_prefix, enqueue, get_queue
from ckan.lib.redis import connect_to_redis
from ckanext.herne.harvest.metrics import checks, readings, views
from ckanext.herne.harvesters.operations import counting
from ckanext.herne.harvesters.operations.errors import SourceError
from ckanext.herne.harvesters.operations.http import Http, Limits
from herne_testing.harvesting import made_run, remember
from herne_testing.unruly import answer, in_turn, reset, unruly
from prometheus_client.parser import text_string_to_metric_families
from pysolr import Solr
from redis import Redis
from rq import Worker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.harvest.conftest import Office

pytestmark = pytest.mark.usefixtures("tidy")

FAR = {"REMOTE_ADDR": "192.0.2.7"}


def asked(office: Office, path: str, far: bool = False, **headers: str) -> Any:
    return office.app.get(path, headers=headers, environ_overrides=FAR if far else {})


def numbers(office: Office) -> dict[tuple[str, ...], float]:
    """All samples by name and values of their labels."""
    text = asked(office, "/metrics").body
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def well() -> Iterator[None]:
    """Workers for all queues and a beat, as far as Valkey knows."""
    redis = connect_to_redis()
    worker = Worker([add_queue_name_prefix(name) for name in checks.QUEUES], connection=redis)
    worker.register_birth()
    redis.set(checks.BEAT.format(site=config["ckan.site_id"]), "x", ex=60)
    yield
    worker.register_death()
    redis.delete(checks.BEAT.format(site=config["ckan.site_id"]))


def test_to_others_there_are_no_metrics(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked(office, "/metrics", far=True).status_code == 404
    assert asked(office, "/metrics", **{"X-Forwarded-For": "192.0.2.7"}).status_code == 404
    assert asked(office, "/metrics", far=True, Authorization="Bearer ").status_code == 404
    monkeypatch.setitem(config, views.OPTION, "ein langes Geheimnis")
    assert asked(office, "/metrics", far=True, Authorization="Bearer falsch").status_code == 404
    answer = asked(office, "/metrics", far=True, Authorization="Bearer ein langes Geheimnis")
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]


def test_metrics_tell_of_sources_runs_hosts_quality_and_feed(office: Office) -> None:
    now = datetime.now(UTC)
    remember(office.good, last_success=now)
    made_run(office.good, "ok", now, counts={"create": 3, "rows_inserted": 500})
    made_run(office.new, None, now - timedelta(hours=2), stage="apply")
    redis, host = connect_to_redis(), "amt.example:443"
    redis.set(f"herne_harvest:{config['ckan.site_id']}:failures:{host}", 4, ex=60)
    found = numbers(office)
    assert found["herne_harvest_source_state", "bevoelkerung", "ok"] == 1
    assert found["herne_harvest_source_state", "bevoelkerung", "late"] == 0
    assert found["herne_harvest_last_run_rows", "inserted", "bevoelkerung"] == 500
    assert found["herne_harvest_last_run_datasets", "create", "bevoelkerung"] == 3
    assert found["herne_harvest_last_success_timestamp_seconds", "bevoelkerung"] == pytest.approx(
        now.timestamp()
    )
    assert found["herne_harvest_runs", "apply"] == 1
    assert found["herne_harvest_run_oldest_seconds", "apply"] == pytest.approx(2 * 3600 + 180, abs=60)
    assert found["herne_harvest_host_failures", host] == 4
    assert ("herne_packages", "conforming") in found
    assert ("herne_feed_entries", "held") in found


def test_a_run_counts_its_requests_and_what_came_of_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = f"herne_harvest:{config['ckan.site_id']}:count:"
    connect_to_redis().delete(*(key + name for name in ("requests", "runs", "rows")))
    with unruly() as server:
        server.parts["/daten"] = in_turn(answer(status="503 Busy"), reset(), answer(status="404 Gone"))
        host = server.url.removeprefix("http://")
        monkeypatch.setitem(config, "ckanext.herne.harvest.allow_private_addresses", True)
        http = Http.configured("test", Limits(attempts=3, backoff_seconds=0.01))
        with pytest.raises(SourceError):
            http.get(f"{server.url}/daten")
    counting.add(counting.RUNS, {(office.good, "ok"): 2, ("gone", "ok"): 1})
    counting.add(counting.ROWS, {(office.good, "inserted"): 500})
    found = numbers(office)
    requests = {name[2]: value for name, value in found.items() if name[0] == "herne_harvest_requests_total"}
    assert requests == {"503": 1, "none": 1, "404": 1}, host
    assert found["herne_harvest_finished_runs_total", "ok", "bevoelkerung"] == 2
    assert found["herne_harvest_rows_total", "inserted", "bevoelkerung"] == 500


def test_queues_tell_how_many_wait_and_how_long(office: Office) -> None:
    get_queue().empty()
    enqueue(print, ["x"])
    found = numbers(office)
    get_queue().empty()
    assert found["herne_queue_depth", "default"] == 1
    assert 0 <= found["herne_queue_oldest_seconds", "default"] < 60


def test_a_part_that_is_away_hides_no_other(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (checks, readings):
        monkeypatch.setattr(module, "connect_to_redis", lambda: Redis(port=9))
    found = numbers(office)
    assert found["herne_up", "valkey"] == 0
    assert found["herne_up", "database"] == 1
    assert ("herne_packages", "conforming") in found
    assert not [name for name in found if name[0].startswith("herne_harvest_host")]


@pytest.mark.usefixtures("well")
def test_a_healthy_portal_says_so(office: Office) -> None:
    for path in ("/health", "/health.json"):
        told = asked(office, path).json
        assert told["status"] == "ok", told
        assert all(one["ok"] for one in told["checks"].values())


def test_without_workers_the_portal_serves_pages_but_says_what_is_missing(office: Office) -> None:
    answer = asked(office, "/health")
    assert (answer.status_code, answer.json["status"]) == (200, "degraded")
    assert answer.json["checks"]["workers"]["problem"].endswith("ckan jobs worker default herne-harvest")


def test_to_others_health_is_a_word(office: Office) -> None:
    assert asked(office, "/health", far=True).json.keys() == {"status"}


def test_solr_away_is_told_with_the_remedy(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "make_connection", lambda: Solr("http://127.0.0.1:9/solr/ckan"))
    answer = asked(office, "/health")
    assert (answer.status_code, answer.json["status"]) == (503, "failing")
    assert "check solr_url" in answer.json["checks"]["solr"]["problem"]
