"""What a background worker does with a run: takes it, conducts it, ends it, and has people told."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.plugins.toolkit import _
from ckanext.harvest.model import HarvestJob
from ckanext.herne.harvest import telling
from ckanext.herne.harvest.health import SUCCESSFUL
from ckanext.herne.harvesters.operations import counting, journal, runs
from ckanext.herne.harvesters.operations.conceal import concealed
from ckanext.herne.harvesters.operations.leases import (
    CancelledError,
    LostError,
    StalledError,
    StoppedError,
    lease,
)
from ckanext.herne.harvesters.operations.lifecycle import Conductor
from ckanext.herne.harvesters.operations.patience import pass_on_if_away, patiently
from ckanext.herne.harvesters.operations.saying import told
from ckanext.herne.portal.language import speaking

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ckanext.herne.harvesters.operations.leases import Lease

log = logging.getLogger(__name__)


def work(job_id: str) -> None:
    """Does a run, unless another worker does it or it is finished."""
    held = lease(job_id)
    if held is None:
        return
    with speaking(str(tk.config["ckan.locale_default"])):
        if held.run.attempts > runs.ATTEMPTS:
            end(held, "failed", _given_up(held.run))
            return
        try:
            with held.held():
                outcome, message = patiently(lambda: _conducted(held), held.check)
        except LostError:
            log.warning("Run %s went on in another worker", job_id)
            return
        except StoppedError:
            model.Session.rollback()
            held.give_back()
            log.info("Run %s goes on in another worker: this one is asked to stop", job_id)
            return
        except CancelledError:
            outcome, message = "cancelled", _("Somebody cancelled the run. What it had stored stays.")
        except StalledError:
            outcome, message = "stalled", _stalled()
        model.Session.rollback()
        patiently(lambda: end(held, outcome, message), lambda: None)


def _conducted(held: Lease) -> tuple[str, str]:
    """Outcome and message of the run; a source that cannot be read is an outcome, too."""
    conductor = Conductor(held)
    try:
        return conductor.conduct()
    except Exception as error:
        pass_on_if_away(error)
        model.Session.rollback()
        return "failed", told(error, conductor.owner.url)


def _given_up(run: runs.Run) -> str:
    text = _(
        "The run broke off {count} times, the last time in the stage {stage}: its worker died, or a server "
        "of the portal was away. Look into the log and at the memory of the machine, then run it again"
    )
    return str(text.format(count=runs.ATTEMPTS, stage=run.stage))


def _stalled() -> str:
    text = _(
        "Nothing moved for {minutes} minutes, so the run was stopped. What it had stored stays. The next run "
        "goes on; if that stops too, tell the operator of the source"
    )
    return str(text.format(minutes=tk.config["ckanext.herne.harvest.stall_minutes"]))


def end(held: Lease, outcome: str, message: str) -> None:
    """Ends a run in all tables."""
    run = runs.get(held.run.job_id)
    job = HarvestJob.get(held.run.job_id)
    if job is not None:
        is_told = run is not None and run.counts.get("errors")  # with the records that have them
        if message and not is_told:
            journal.complain(job, message)
        journal.end(job)
    counts = run.counts if run else {}
    if runs.finish(held.run.job_id, outcome, concealed(message), counts) and held.run.kind == "run":
        _remember(held.run.source_id, outcome)
        _count(held.run.source_id, outcome, counts)
        telling.tell(held.run.job_id)


def _count(source_id: str, outcome: str, counts: Mapping[str, int]) -> None:
    """What the portal's metrics tell of all runs; one that asks or fails has written no rows of its plan."""
    counting.add(counting.RUNS, {(source_id, outcome): 1})
    if outcome in SUCCESSFUL:
        rows = {(source_id, kind): counts.get(f"rows_{kind}", 0) for kind in counting.ROW_KINDS}
        counting.add(counting.ROWS, {labels: number for labels, number in rows.items() if number})


def _remember(source_id: str, outcome: str) -> None:
    """What the source's health follows from; a cancelled run says nothing of it."""
    now = datetime.now(UTC)
    if outcome in SUCCESSFUL:
        runs.remember(source_id, last_success=now, failing_since=None)
    elif outcome != "cancelled":
        runs.remember(source_id, failing_since=runs.memory(source_id).failing_since or now)


def end_unstarted(run: runs.Run) -> None:
    """Ends a cancelled run that no worker has begun."""
    held = lease(run.job_id)
    if held is not None:
        end(held, "cancelled", _("Somebody cancelled the run before it began."))
