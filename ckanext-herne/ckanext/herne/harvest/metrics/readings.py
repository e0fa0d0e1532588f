"""What /metrics tells, read at the moment it is asked for: a collector of prometheus-client.

Times are in seconds, moments as Unix times. A part that does not answer leaves out its numbers; `herne_up`
says which one. Names follow https://prometheus.io/docs/practices/naming/.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, TypeVar

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan.lib.redis import connect_to_redis
from ckanext.herne.feed import status as feed
from ckanext.herne.harvest import sources
from ckanext.herne.harvest.health import SUCCESSFUL, State
from ckanext.herne.harvest.ledger import COUNTS
from ckanext.herne.harvest.metrics import checks
from ckanext.herne.harvest.model import run_table
from ckanext.herne.harvesters.operations import counting
from ckanext.herne.quality.reports import statistics
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from prometheus_client.core import Metric

log = logging.getLogger(__name__)

Family = TypeVar("Family", GaugeMetricFamily, CounterMetricFamily)

_run = run_table.c
DATASETS = {name: name for name in COUNTS}
HOST = "herne_harvest:{site}:{name}:*"  # keys of harvesters.operations.http.hosts
ROWS = {kind: f"rows_{kind}" for kind in counting.ROW_KINDS}

TOTALS = {counting.RUNS: "finished_runs", counting.ROWS: "rows"}
TOLD = {counting.RUNS: "Runs that have ended", counting.ROWS: "Rows of tables that runs have written"}


class Readings(Collector):  # type: ignore[misc]
    """All numbers of the portal."""

    def collect(self) -> Iterator[Metric]:
        """Read them, part by part."""
        for part in (_up, _queues, _sources, _runs, _hosts, _counts, _quality, _feed):
            try:
                yield from list(part())
            except Exception:  # a part that is away must not hide the others
                model.Session.rollback()
                log.warning("The numbers of %s are left out", part.__name__, exc_info=True)


def registry() -> CollectorRegistry:
    """What prometheus-client writes out."""
    made = CollectorRegistry(auto_describe=False)
    made.register(Readings())
    return made


def _gauge(name: str, help_: str, labels: Iterable[str], values: Iterable[tuple[list[str], float]]) -> Metric:
    return _filled(GaugeMetricFamily(name, help_, labels=list(labels)), values)


def _filled(family: Family, values: Iterable[tuple[list[str], float]]) -> Family:
    for named, value in values:
        family.add_metric(named, value)
    return family


def _up() -> Iterator[Metric]:
    found = checks.checks()
    yield _gauge(
        "herne_up", "Whether a part of the portal answers", ["part"], (([c.name], c.is_well) for c in found)
    )
    seconds = (([one.name], one.seconds) for one in found)
    yield _gauge("herne_check_seconds", "How long a part took to answer", ["part"], seconds)


def _queues() -> Iterator[Metric]:
    found = checks.queues()
    depth = (([name], queue["depth"]) for name, queue in found.items())
    yield _gauge("herne_queue_depth", "Jobs that wait", ["queue"], depth)
    oldest = (([name], checks.age(queue["oldest"])) for name, queue in found.items())
    yield _gauge("herne_queue_oldest_seconds", "How long the oldest job has waited", ["queue"], oldest)


def _sources() -> Iterator[Metric]:
    found = sources.sources()
    states = (([one.name, state.value], one.health.state is state) for one in found for state in State)
    yield _gauge("herne_harvest_source_state", "The state of health of a source", ["source", "state"], states)
    success = [([one.name], one.facts.last_success.timestamp()) for one in found if one.facts.last_success]
    yield _gauge(
        "herne_harvest_last_success_timestamp_seconds", "The last successful run", ["source"], success
    )
    due = [([one.name], one.health.due.timestamp()) for one in found if one.health.due]
    yield _gauge(
        "herne_harvest_due_timestamp_seconds", "When a source without success is late", ["source"], due
    )
    datasets = (([one.name], one.datasets) for one in found)
    yield _gauge("herne_harvest_datasets", "Datasets of a source", ["source"], datasets)


def _runs() -> Iterator[Metric]:
    query = sa.select(_run.stage, sa.func.count(), sa.func.min(_run.created), sa.func.min(_run.progressed_at))
    under_way = model.Session.execute(query.where(_run.finished.is_(None)).group_by(_run.stage)).all()
    numbers = [([row[0]], row[1]) for row in under_way]
    yield _gauge("herne_harvest_runs", "Runs that are not finished", ["stage"], numbers)
    ages = [([row[0]], checks.age(row[2])) for row in under_way]
    yield _gauge("herne_harvest_run_oldest_seconds", "The age of the oldest of them", ["stage"], ages)
    still = [([row[0]], checks.age(row[3])) for row in under_way]
    yield _gauge("herne_harvest_run_still_seconds", "How long one of them has stood still", ["stage"], still)
    yield from _last_runs()


def _last_runs() -> Iterator[Metric]:
    """Of each source's last run that did what it had planned: rows and datasets, by what became of them."""
    ids = {one.id: one.name for one in sources.sources()}
    finished = _run.outcome.in_(SUCCESSFUL) & (_run.kind == "run") & _run.source_id.in_(list(ids))
    newest = sa.select(_run.source_id, _run.counts).distinct(_run.source_id).where(finished)
    found = model.Session.execute(newest.order_by(_run.source_id, _run.created.desc())).all()
    for what, names in (("rows", ROWS), ("datasets", DATASETS)):
        values = [
            ([ids[row.source_id], kind], float(row.counts.get(name) or 0))
            for row in found
            for kind, name in names.items()
        ]
        yield _gauge(f"herne_harvest_last_run_{what}", f"The last run's {what}", ["source", "change"], values)


def _hosts() -> Iterator[Metric]:
    """What the processes know of the hosts that they ask."""
    for name, help_, read in (
        ("turns", "Requests under way to a host", "zcard"),
        ("failures", "Failures of a host in a row", "get"),
        ("rest", "Seconds for which a host is left alone", "ttl"),
    ):
        prefix = HOST.format(site=tk.config["ckan.site_id"], name=name)
        redis = connect_to_redis()
        ask: Callable[[str], object] = getattr(redis, read)
        keys = [key.decode() for key in redis.scan_iter(prefix)]
        values = [([key.removeprefix(prefix[:-1])], float(str(_number(ask(key))))) for key in keys]
        yield _gauge(f"herne_harvest_host_{name}", help_, ["host"], values)


def _counts() -> Iterator[Metric]:
    """What all processes have counted since Valkey was empty; of sources that are in use."""
    asked = [(list(labels), float(number)) for labels, number in counting.counts(counting.REQUESTS).items()]
    requests = CounterMetricFamily("herne_harvest_requests", "Requests to a host", labels=["host", "status"])
    yield _filled(requests, asked)
    names = {one.id: one.name for one in sources.sources()}
    for name, label in ((counting.RUNS, "outcome"), (counting.ROWS, "change")):
        values = [
            ([names[source_id], what], float(number))
            for (source_id, what), number in counting.counts(name).items()
            if source_id in names
        ]
        total = CounterMetricFamily(f"herne_harvest_{TOTALS[name]}", TOLD[name], labels=["source", label])
        yield _filled(total, values)


def _number(answer: object) -> float:
    return float(answer.decode() if isinstance(answer, bytes) else str(answer or 0))


def _quality() -> Iterator[Metric]:
    found = statistics.totals(statistics.public())
    numbers = {name: found[name] for name in ("packages", "reported", "conforming")}
    yield _gauge(
        "herne_packages",
        "Public entries, by what is known of their metadata",
        ["state"],
        (([n], v) for n, v in numbers.items()),
    )
    results = (([severity], number) for severity, number in found["by_severity"].items())
    yield _gauge("herne_validation_results", "What validation found", ["severity"], results)


def _feed() -> Iterator[Metric]:
    found = feed.numbers()
    numbers = (([name], found[name]) for name in ("public", "served", "held", "outdated", "rebuild"))
    yield _gauge("herne_feed_entries", "Entries of the catalogue that is served", ["state"], numbers)
