"""A run belongs to one worker at a time, who shows that it lives; whoever finds it dead may go on.

While a lease is held, a thread prolongs it and looks whether the run is to end: because somebody cancelled
it, because nothing has moved for too long, because another worker has it, or because this worker is asked to
stop. Then the run is interrupted, also in the middle of waiting for an answer.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import ckan.plugins.toolkit as tk
from ckan.lib.redis import connect_to_redis
from ckanext.herne.harvesters.operations import runs
from ckanext.herne.harvesters.operations.progress import Progress
from redis.exceptions import RedisError
from rq import Worker, get_current_job
from sqlalchemy.exc import SQLAlchemyError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ckanext.herne.harvesters.operations.runs import Run

log = logging.getLogger(__name__)

SIGN_OF_LIFE = 8
"""Seconds between two signs of life, a fifth of what a lease lasts."""


class EndedError(BaseException):
    """The run is to end now. No handler of errors on the way may keep it from that."""


class CancelledError(EndedError):
    """Somebody cancelled the run."""


class StalledError(EndedError):
    """Nothing has moved for too long."""


class LostError(EndedError):
    """Another worker has the run."""


class StoppedError(EndedError):
    """This worker is asked to stop; another one goes on."""


class Lease:
    """The right of this process to work on a run."""

    def __init__(self, run: Run, worker: str) -> None:
        self.run = run
        self.worker = worker
        self.progress = Progress(run.job_id)
        self._ended: EndedError | None = None
        self._over = threading.Event()

    def check(self) -> None:
        """Raises EndedError if the run is to end."""
        if self._ended is not None:
            raise self._ended

    def step(self, stage: str, done: int, total: int) -> None:
        """Notes how far the run is. Raises EndedError if it is to end."""
        self.check()
        self.progress.step(stage, done, total)

    def moved(self) -> None:
        """Notes that something came in the middle of a step. Raises EndedError if the run is to end."""
        self.check()
        self.progress.again()

    def give_back(self) -> None:
        """Lets another worker have the run at once; that this one took it does not count."""
        runs.release(self.run.job_id, self.worker)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Prolongs the lease meanwhile, and interrupts what is done if the run is to end."""
        is_main = threading.current_thread() is threading.main_thread()
        handlers = {signal.SIGUSR1: self._interrupt, signal.SIGTERM: self._stop} if is_main else {}
        before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        thread = threading.Thread(target=self._watch, args=(is_main, _rq_worker()), daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _interrupt(self, *_signal: object) -> None:
        if not self._over.is_set():
            self.check()

    def _stop(self, *_signal: object) -> None:
        self._ended = self._ended or StoppedError()
        self._interrupt()

    def _watch(self, is_main: bool, worker: str | None) -> None:
        while not self._over.wait(SIGN_OF_LIFE):
            self._ended = self._ended or self._reason() or _stopping(worker)
            if self._ended is not None and is_main:
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)

    def _reason(self) -> EndedError | None:
        try:
            self.progress.write()
            run = runs.renew(self.run.job_id, self.worker)
        except SQLAlchemyError as error:
            log.warning("No sign of life of run %s, the database does not answer: %s", self.run.job_id, error)
            return None
        if run is None:
            return LostError()
        if run.cancel:
            return CancelledError()
        limit = timedelta(minutes=int(tk.config["ckanext.herne.harvest.stall_minutes"]))
        if run.progressed_at + limit < datetime.now(UTC):
            return StalledError()
        return None


def _rq_worker() -> str | None:
    """Under which key Valkey knows the worker that does this job; None for a command or a page."""
    job = get_current_job()
    name = job.worker_name if job else None
    return f"{Worker.redis_worker_namespace_prefix}{name}" if name else None


def _stopping(worker: str | None) -> StoppedError | None:
    """Whether the worker is asked to stop: RQ would have it wait until the job is done, for hours perhaps."""
    try:
        is_asked = worker and connect_to_redis().hexists(worker, "shutdown_requested_date")
    except RedisError:
        return None
    return StoppedError() if is_asked else None


def lease(job_id: str) -> Lease | None:
    """The lease of a run for this process; None if it is finished or another worker has it."""
    worker = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"
    run = runs.take(job_id, worker)
    return Lease(run, worker) if run else None
