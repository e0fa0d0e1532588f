"""The addresses /metrics and /health(.json): guarded, cheap, never kept by a cache.

Numbers are for this machine, and for whoever has the token (`ckanext.herne.metrics.token`); to others
/metrics does not exist, and /health says no more than whether the portal is well.
"""

from __future__ import annotations

import hmac
import ipaddress
from typing import Any

import ckan.plugins.toolkit as tk
from ckanext.herne.harvest.metrics import checks
from ckanext.herne.harvest.metrics.readings import registry
from flask import Blueprint, Response, jsonify, request
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

metrics = Blueprint("herne_metrics", __name__)

OPTION = "ckanext.herne.metrics.token"
NEEDED = ("database", "valkey", "solr")  # parts without which pages fail


@metrics.route("/metrics")
def numbers() -> Response:
    """All numbers in Prometheus' text format."""
    if not is_trusted():
        tk.abort(404)
    return _fresh(Response(generate_latest(registry()), content_type=CONTENT_TYPE_PLAIN_0_0_4))


@metrics.route("/health")
@metrics.route("/health.json")
def health() -> tuple[Response, int]:
    """Whether the portal is well: 200 or 503; in full for those who may see it."""
    found = checks.checks()
    is_well = all(one.is_well for one in found if one.name in NEEDED)
    told: dict[str, Any] = {"status": _status(found, is_well=is_well)}
    if is_trusted():
        told["checks"] = {one.name: _told(one) for one in found}
        told["queues"] = _queues(found)
    return _fresh(jsonify(told)), 200 if is_well else 503


def is_trusted() -> bool:
    """Whether the request has the token, or comes from this machine without a proxy in between."""
    token = str(tk.config[OPTION] or "")
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token and hmac.compare_digest(given.encode(), token.encode()):
        return True
    is_passed_on = any(name in request.headers for name in ("Forwarded", "X-Forwarded-For", "X-Real-Ip"))
    return not is_passed_on and _is_loopback(request.remote_addr)


def _is_loopback(address: str | None) -> bool:
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False


def _status(found: list[checks.Check], *, is_well: bool) -> str:
    if not is_well:
        return "failing"
    return "ok" if all(one.is_well for one in found) else "degraded"


def _told(one: checks.Check) -> dict[str, Any]:
    told = {"ok": one.is_well, "seconds": round(one.seconds, 3)}
    return told | ({"problem": one.problem} if one.problem else {})


def _queues(found: list[checks.Check]) -> dict[str, Any]:
    """How many jobs wait and for how long the oldest has; nothing without Valkey."""
    if not all(one.is_well for one in found if one.name == "valkey"):
        return {}
    return {
        name: {"depth": queue["depth"], "oldest_seconds": round(checks.age(queue["oldest"]))}
        for name, queue in checks.queues().items()
    }


def _fresh(response: Response) -> Response:
    request.environ["__no_cache__"] = True  # CKAN would let caches keep it
    response.cache_control.no_store = True
    return response
