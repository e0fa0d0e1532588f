"""`python -m herne_stack.harvester`: everything harvesting needs, in one process with one thread.

ckanext-harvest comes as two endless consumers (gather, fetch) and a cron job (`harvester run`), without
which jobs stay "Running" for ever. One process that takes both queues and runs the third between two
messages needs a third of the memory and no cron; a harvest is bound by the source, not by this loop.
An error in one message is recorded in its job and ends neither the process nor the other harvests.
"""

from __future__ import annotations

import json
import logging
import signal
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import redis
from ckan import model
from ckan.plugins import toolkit
from ckanext.harvest import queue
from ckanext.harvest.model import HarvestGatherError, HarvestJob, HarvestObject, HarvestObjectError
from herne_stack.loading import load_ckan
from herne_stack.ready import announce

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger("ckanext.herne.stack.harvester")

WAIT_SECONDS = 5
RUN_SECONDS = 60
PAUSE_SECONDS = 5


class Harvester:
    """Takes messages from both queues until it is asked to stop."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._stopping = False
        self._idle = False
        self._worked = False
        self._last_run = 0.0
        gather, fetch = queue.get_gather_consumer(), queue.get_fetch_consumer()
        self._redis = queue.get_connection()
        self._handlers = {
            gather.routing_key: (gather, queue.gather_callback, _gather_failed),
            fetch.routing_key: (fetch, queue.fetch_callback, _fetch_failed),
        }

    def stop(self, *_: object) -> None:
        """Signal handler: end at once while waiting, after the message under way otherwise."""
        self._stopping = True
        if self._idle:
            raise SystemExit(0)

    def work(self) -> None:
        while not self._stopping:
            try:
                self.step()
            except redis.RedisError:
                log.exception("Valkey does not answer, trying again in %s s", PAUSE_SECONDS)
                time.sleep(PAUSE_SECONDS)

    def step(self) -> None:
        """One message, or the housekeeping when there is none."""
        self._idle = True
        message = self._redis.blpop(list(self._handlers), timeout=WAIT_SECONDS)
        self._idle = False
        if message:
            self._handle(*message)
            self._worked = True
        overdue = time.monotonic() - self._last_run > RUN_SECONDS
        if overdue or (self._worked and not message):
            self._worked, self._last_run = False, time.monotonic()
            self._guarded("harvest_jobs_run", self._run_jobs)

    def _handle(self, key: str, body: str) -> None:
        consumer, callback, failed = self._handlers[key]
        # what stock consumers note (local time without a zone), so that `harvest_jobs_run` can resubmit
        # a message that was lost
        self._redis.set(consumer.persistance_key(body), str(datetime.now()))  # noqa: DTZ005
        error = self._guarded(body, lambda: callback(consumer, queue.FakeMethod(body), consumer, body))
        if error is None:
            return
        # a failure that nobody records would keep its job "Running" for ever
        if self._guarded(body, lambda: failed(json.loads(body), error)) is None:
            consumer.basic_ack(body)

    def _run_jobs(self) -> None:
        user = toolkit.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
        context = {"model": model, "session": model.Session, "user": user, "ignore_auth": True}
        toolkit.get_action("harvest_jobs_run")(context, {})

    def _guarded(self, what: str, action: Callable[[], Any]) -> Exception | None:
        """Run it in a request context of its own; the error it raised, which is logged."""
        try:
            with self._app._wsgi_app.test_request_context():
                action()
        except Exception as error:
            log.exception("Harvesting failed at %s", what)
            model.Session.rollback()
            return error
        finally:
            model.Session.remove()
        return None


def _gather_failed(message: dict[str, str], error: Exception) -> None:
    """Show the error in the job's report and end the job."""
    job = HarvestJob.get(message["harvest_job_id"])
    if job is not None:
        HarvestGatherError(message=f"{type(error).__name__}: {error}", job=job).save()
        job.gather_finished = job.gather_finished or _utc_now()
        job.save()


def _fetch_failed(message: dict[str, str], error: Exception) -> None:
    """Show the error in the job's report; the object counts as an error, the others go on."""
    found = HarvestObject.get(message["harvest_object_id"])
    if found is not None:
        stage = "Import" if found.state == "IMPORT" else "Fetch"
        HarvestObjectError(message=f"{type(error).__name__}: {error}", object=found, stage=stage).save()
        found.state, found.report_status = "ERROR", "errored"
        found.save()


def _utc_now() -> datetime:
    """UTC without a zone, as ckanext-harvest stores times."""
    return datetime.now(UTC).replace(tzinfo=None)


def main() -> None:
    harvester = Harvester(load_ckan())
    signal.signal(signal.SIGTERM, harvester.stop)
    signal.signal(signal.SIGINT, harvester.stop)
    announce()
    harvester.work()


if __name__ == "__main__":
    main()
