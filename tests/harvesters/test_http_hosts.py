"""Processes that ask one host know of each other: a failing host rests for all, a slow one is not crowded."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from ckan.lib.redis import connect_to_redis
from ckanext.herne.harvesters.operations.errors import SourceError
from ckanext.herne.harvesters.operations.http import Http, Limits, hosts
from ckanext.herne.harvesters.operations.http.hosts import Hosts
from ckanext.herne.harvesters.operations.http.options import HostLimits
from herne_testing.unruly import Unruly, answer, in_turn, redirect, reset, silence, slow, unruly
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LIMITS = Limits(read_seconds=0.2, total_seconds=2, attempts=1)
WELL, ILL = answer(b"well"), answer(status="500 Oops")


@pytest.fixture
def server() -> Iterator[Unruly]:
    with unruly() as made:
        yield made


@pytest.fixture
def worker() -> Callable[..., Http]:
    """Makes workers that share what they know of hosts, as processes do, through the real Redis."""
    site = uuid4().hex

    def make(requests: int = 4, failures: int = 3, pause: int = 60, **wanted: Any) -> Http:
        known = Hosts(connect_to_redis(), site, HostLimits(requests, failures, pause))
        return Http(allow_private=True, limits=Limits(**{**vars(LIMITS), **wanted}), hosts=known)

    return make


def asking(http: Http, url: str) -> str:
    """The answer's text, or the error's."""
    try:
        return http.get(url).body.decode()
    except SourceError as error:
        return str(error)


@pytest.mark.parametrize("fault", [ILL, silence(1), reset()], ids=["500", "silence", "reset"])
def test_a_host_that_fails_rests_for_all_workers(server: Unruly, worker: Any, fault: Any) -> None:
    server.parts["/"] = fault
    for _ in range(3):
        assert "times in a row" not in asking(worker(), server.url)
    host = urlsplit(server.url).netloc
    told = asking(worker(), server.url)
    assert f"{host} has failed 3 times in a row; next try at 20" in told
    assert len(server.asked) == 3
    server.parts["/"] = WELL
    assert "times in a row" in asking(worker(), f"{server.url}/other")


def test_another_host_is_asked_meanwhile(server: Unruly, worker: Any) -> None:
    server.parts["/"] = ILL
    for _ in range(4):
        asking(worker(), server.url)
    with unruly() as other:
        other.parts["/"] = WELL
        assert asking(worker(), other.url) == "well"


def test_after_the_rest_one_worker_looks_and_a_good_answer_ends_it(server: Unruly, worker: Any) -> None:
    server.parts["/"] = in_turn(ILL, ILL, slow(0.15, ILL), WELL)
    for _ in range(2):
        asking(worker(failures=2, pause=1), server.url)
    time.sleep(1.1)
    with ThreadPoolExecutor(4) as workers:
        told = list(workers.map(lambda _: asking(worker(failures=2, pause=1), server.url), range(4)))
    assert sum("answered 500" in one for one in told) == 1
    assert sum("failed 2 times in a row" in one for one in told) == 3
    time.sleep(1.1)
    assert [asking(worker(failures=2, pause=1), server.url) for _ in range(3)] == ["well"] * 3


@pytest.mark.parametrize("between", ["200 OK", "404 Not Found", "429 Too Many Requests"])
def test_only_failures_in_a_row_count(server: Unruly, worker: Any, between: str) -> None:
    server.parts["/"] = in_turn(ILL, ILL, answer(status=between), ILL, ILL, WELL)
    told = [asking(worker(), server.url) for _ in range(6)]
    assert told[-1] == "well"


def test_repeated_attempts_end_when_the_rest_begins(server: Unruly, worker: Any) -> None:
    server.parts["/"] = ILL
    assert "has failed 3 times in a row" in asking(worker(attempts=9, backoff_seconds=0.01), server.url)
    assert len(server.asked) == 3


def test_requests_to_one_host_are_limited_for_all_workers(server: Unruly, worker: Any) -> None:
    server.parts |= {"/": redirect("/there"), "/there": slow(0.1, WELL)}
    with ThreadPoolExecutor(8) as workers:
        told = list(workers.map(lambda _: asking(worker(requests=2, total_seconds=5), server.url), range(8)))
    assert told == ["well"] * 8
    assert server.most_at_once <= 2


def test_who_waits_in_vain_is_told(server: Unruly, worker: Any) -> None:
    server.parts["/"] = slow(1, WELL)
    with ThreadPoolExecutor(1) as workers:
        other = workers.submit(worker(requests=1, read_seconds=2).get, server.url)
        while not server.asked:
            time.sleep(0.01)
        told = asking(worker(requests=1, total_seconds=0.3), server.url)
        assert "too many other requests to" in told
        assert "raise ckanext.herne.harvest.host_requests" in told
        assert other.result().body == b"well"


def test_the_turn_of_a_worker_that_died_is_free_again(server: Unruly, worker: Any) -> None:
    server.parts["/"] = WELL
    dead = worker(requests=1).hosts.turn(urlsplit(server.url).netloc, 0.5)
    dead.__enter__()
    started = time.monotonic()
    assert asking(worker(requests=1, total_seconds=5), server.url) == "well"
    assert 0.5 < time.monotonic() - started < 4


def test_without_redis_every_worker_asks_as_if_alone(
    server: Unruly, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosts.log, "disabled", False)  # as commands leave it that load the ini file anew
    nobody = Redis(host="127.0.0.1", port=1, retry=Retry(NoBackoff(), 0))
    server.parts["/"] = in_turn(*[ILL] * 5, WELL)
    known = Hosts(nobody, "herne", HostLimits(requests=1, failures=2))
    http = Http(allow_private=True, limits=LIMITS, hosts=known)
    assert [asking(http, server.url) for _ in range(6)][-1] == "well"
    assert caplog.text.count("Redis does not answer") == 1  # to find that out anew each time would take long
