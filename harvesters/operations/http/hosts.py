"""How all processes together treat a host: not too many requests at once, and rest for one that fails.

What they know of each other is in Redis. Without Redis every process does as if it were alone.
"""

from __future__ import annotations

import contextlib
import logging
import math
import random
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

from ckan.plugins.toolkit import _
from ckanext.herne.harvesters.operations import counting
from ckanext.herne.harvesters.operations.http.failures import FetchError
from redis.exceptions import RedisError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ckanext.herne.harvesters.operations.http.options import HostLimits
    from redis import Redis

log = logging.getLogger(__name__)

T = TypeVar("T")
FORGOTTEN = 24 * 60 * 60  # seconds after which old failures no longer count
ALONE = 60  # seconds before Redis is asked again after it did not answer, which takes a while to find out
# Takes a place among at most ARGV[2] for ARGV[3] seconds; a place whose holder died is free after that.
TAKE = """
local now = tonumber(redis.call('TIME')[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[3]), ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
"""


class Hosts:
    """What this portal (`site`) knows of the hosts it asks. A host is named with its port."""

    def __init__(self, redis: Redis, site: str, limits: HostLimits) -> None:
        self.limits = limits
        self._redis: Any = redis
        self._site = site
        self._alone_until = 0.0

    @contextlib.contextmanager
    def turn(self, host: str, seconds: float) -> Iterator[None]:
        """A turn at `host`, which lasts at most `seconds`; that long it is waited for, too.

        Raises FetchError if the host is resting, or too busy.
        """
        self._check(host)
        holder, end = uuid4().hex, time.monotonic() + seconds
        while not self._take(host, holder, seconds):
            if time.monotonic() > end:
                raise _busy(host, seconds)
            time.sleep(random.uniform(0.02, 0.2))  # noqa: S311 - no secret
        try:
            yield
        finally:
            self._try(lambda: self._redis.zrem(self._key("turns", host), holder), 0)

    def succeeded(self, host: str) -> None:
        """The host answered: what was before is forgotten."""
        self._try(lambda: self._redis.delete(self._key("failures", host), self._key("rest", host)), 0)

    def failed(self, host: str) -> None:
        """The host did not answer, or with an error of its own; after too many in a row it rests."""

        def count() -> None:
            failures = self._redis.incr(self._key("failures", host))
            self._redis.expire(self._key("failures", host), FORGOTTEN + self.limits.pause_seconds)
            if failures >= self.limits.failures:
                self._redis.set(self._key("rest", host), 1, ex=self.limits.pause_seconds)

        self._try(count, None)

    def counted(self, host: str, status: int | None) -> None:
        """A request to the host is over; without a status there was no whole answer."""
        labels = (host, str(status or "none"))
        self._try(lambda: counting.add_to(self._redis, self._site, counting.REQUESTS, labels), None)

    def _check(self, host: str) -> None:
        failures = int(self._try(lambda: self._redis.get(self._key("failures", host)), None) or 0)
        if failures < self.limits.failures:
            return
        # the rest is over for whoever begins the next one: a single request looks whether the host is back
        rest, pause = self._key("rest", host), self.limits.pause_seconds
        if not self._try(lambda: self._redis.set(rest, 1, nx=True, ex=pause), True):
            left = self._try(lambda: self._redis.ttl(rest), 0)
            raise _resting(host, failures, datetime.now(UTC) + timedelta(seconds=max(left, 0)))

    def _take(self, host: str, holder: str, seconds: float) -> bool:
        held = self.limits.requests, math.ceil(seconds) + 1
        return bool(self._try(lambda: self._redis.eval(TAKE, 1, self._key("turns", host), holder, *held), 1))

    def _try(self, ask: Callable[[], T], otherwise: T) -> T:
        if time.monotonic() < self._alone_until:
            return otherwise
        try:
            return ask()
        except RedisError as error:
            self._alone_until = time.monotonic() + ALONE
            log.warning("Hosts are asked without regard to other processes; Redis does not answer: %s", error)
            return otherwise

    def _key(self, name: str, host: str) -> str:
        return f"herne_harvest:{self._site}:{name}:{host}"


def _resting(host: str, failures: int, until: datetime) -> FetchError:
    problem = _("{host} has failed {count} times in a row; next try at {time} UTC")
    remedy = _("There is nothing to do if the server comes back by itself; otherwise tell its operator")
    return FetchError(problem.format(host=host, count=failures, time=f"{until:%Y-%m-%d %H:%M:%S}"), remedy)


def _busy(host: str, seconds: float) -> FetchError:
    problem = _("too many other requests to {host} were under way for {seconds:g} s")
    remedy = _("Let the sources of this server run at different times, or raise {option}")
    option = "ckanext.herne.harvest.host_requests"
    return FetchError(problem.format(host=host, seconds=seconds), remedy.format(option=option))
