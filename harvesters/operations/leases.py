"""A run belongs to one worker at a time, who shows that it lives; whoever finds it dead may go on.

While a lease is held, a thread prolongs it and looks whether the run is to end: because somebody cancelled
it, because nothing has moved for too long, or because another worker has it. Then the run is interrupted,
also in the middle of waiting for an answer.
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
from ckanext.herne.harvesters.operations import runs
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


class Lease:
    """The right of this process to work on a run."""

    def __init__(self, run: Run, worker: str) -> None:
        self.run = run
        self.worker = worker
        self._ended: EndedError | None = None
        self._over = threading.Event()

    def check(self) -> None:
        """Raises EndedError if the run is to end."""
        if self._ended is not None:
            raise self._ended

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Prolongs the lease meanwhile, and interrupts what is done if the run is to end."""
        is_main = threading.current_thread() is threading.main_thread()
        before = signal.signal(signal.SIGUSR1, self._interrupt) if is_main else None
        thread = threading.Thread(target=self._watch, args=(is_main,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()
            if is_main:
                signal.signal(signal.SIGUSR1, before)

    def _interrupt(self, *_signal: object) -> None:
        if not self._over.is_set():
            self.check()

    def _watch(self, is_main: bool) -> None:
        while not self._over.wait(SIGN_OF_LIFE):
            self._ended = self._ended or self._reason()
            if self._ended is not None and is_main:
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)

    def _reason(self) -> EndedError | None:
        try:
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


def lease(job_id: str) -> Lease | None:
    """The lease of a run for this process; None if it is finished or another worker has it."""
    worker = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"
    run = runs.take(job_id, worker)
    return Lease(run, worker) if run else None
