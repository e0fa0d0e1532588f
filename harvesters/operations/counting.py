"""Counts what all processes do together, in Valkey: requests, runs, rows. Prometheus bears it to begin anew.

A count that Valkey does not take is lost, and disturbs no run.
"""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
from ckan.lib.redis import connect_to_redis
from redis.exceptions import RedisError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from redis import Redis

log = logging.getLogger(__name__)

Labels = tuple[str, ...]
REQUESTS = "requests"
"""By host and HTTP status; the status is "none" for a request without a whole answer."""
RUNS = "runs"
"""By source (id) and outcome."""
ROWS = "rows"
"""By source (id) and what became of them, a kind of row."""
ROW_KINDS = ("inserted", "changed", "removed")


def add(name: str, counts: Mapping[Labels, int]) -> None:
    """Adds to the counts of a name."""
    redis = connect_to_redis()
    try:
        for labels, number in counts.items():
            add_to(redis, str(tk.config["ckan.site_id"]), name, labels, number)
    except RedisError as error:
        log.warning("Not counted (%s), Valkey does not answer: %s", name, error)


def add_to(redis: Redis, site: str, name: str, labels: Labels, number: int = 1) -> None:
    """Adds to one count. Raises RedisError."""
    redis.hincrby(_key(site, name), json.dumps(labels), number)


def counts(name: str) -> dict[Labels, int]:
    """What was counted under a name. Raises RedisError."""
    found: Any = connect_to_redis().hgetall(_key(str(tk.config["ckan.site_id"]), name))
    return {tuple(json.loads(labels)): int(number) for labels, number in found.items()}


def _key(site: str, name: str) -> str:
    return f"herne_harvest:{site}:count:{name}"
