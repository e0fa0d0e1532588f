"""A run as a report: each outcome says what happened, what it means and what to do, in German and English."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from ckanext.harvest.model import HarvestGatherError, HarvestJob, HarvestObject, HarvestObjectError
from ckanext.herne.harvest.ledger import Run
from ckanext.herne.harvest.reports import report, report_of
from ckanext.herne.portal.language import speaking
from herne_testing.harvesting import COUNTS, NOW, PLAN, forget, made_run, made_source

if TYPE_CHECKING:
    from ckanext.herne.harvest.reports import Report

OUTCOMES = ("ok", "partial", "asks", "failed", "cancelled", "stalled", None)
RUN = Run(
    job_id="j",
    source_id="s",
    kind="run",
    stage="done",
    done=7,
    total=7,
    progressed_at=NOW,
    cancel=False,
    accept_deletions=False,
    counts=dict(COUNTS),
    outcome="ok",
    message="",
    created=NOW - timedelta(minutes=3),
    started=NOW - timedelta(minutes=2),
    finished=NOW,
)


def by_kind(told: Report) -> dict[str, list[str]]:
    return {section.kind: [entry.guid for entry in section.entries] for section in told.sections}


def test_every_record_stands_in_the_part_that_tells_what_became_of_it(portal: Any) -> None:
    assert by_kind(report(RUN, PLAN)) == {
        "create": ["g-new"],
        "change": ["g-changed"],
        "missing": ["g-gone"],
        "delete": ["g-dead"],
        "held": ["g-held"],
        "unchanged": ["g-same"],
    }


def test_a_changed_record_says_which_field_was_what(portal: Any) -> None:
    changed = next(part for part in report(RUN, PLAN).sections if part.kind == "change").entries[0]
    assert [(one.field, one.old, one.new) for one in changed.differences] == [
        ("title", "Spielplatz", "Spielplätze")
    ]
    assert changed.rows == {"inserted": 3, "changed": 1, "unchanged": 40, "removed": 0}


@pytest.mark.parametrize("kind", ["run", "plan"])
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_every_outcome_says_what_it_means_and_what_to_do(portal: Any, outcome: str, kind: str) -> None:
    finished = NOW if outcome else None
    run = replace(RUN, outcome=outcome, kind=kind, finished=finished, stage="done" if outcome else "fetch")
    for language in ("de", "en"):
        with speaking(language):
            told = report(run, PLAN)
        assert all((told.outcome, told.happened, told.means, told.to_do))


def test_a_run_without_news_says_that_nothing_was_written(portal: Any) -> None:
    with speaking("en"):
        told = report(replace(RUN, counts={"unchanged": 1000}))
    assert told.happened == "The source said nothing new: nothing was written."
    assert told.amounts == "1000 unchanged"


def test_a_dry_run_says_that_nothing_was_written_whatever_it_found(portal: Any) -> None:
    with speaking("en"):
        told = report(replace(RUN, kind="plan"), PLAN)
    assert told.means.startswith("Nothing was written")
    assert next(part.title for part in told.sections if part.kind == "delete") == "Would be deleted"


@pytest.mark.parametrize("outcome", ["asks", "failed", "cancelled", "stalled"])
def test_what_was_planned_but_not_done_is_not_told_as_done(portal: Any, outcome: str) -> None:
    with speaking("en"):
        told = report(replace(RUN, outcome=outcome, message="why"), PLAN)
    assert (told.amounts, told.rows) == ("", "")
    titles = {part.kind: part.title for part in told.sections}
    assert titles["create"] == "Would be created"
    assert "created" not in told.happened


def test_the_reason_of_a_failure_is_told_as_it_was_recorded(portal: Any) -> None:
    why = "example.org: the server does not answer. Tell its operator"
    with speaking("en"):
        told = report(replace(RUN, outcome="failed", counts={}, message=why))
    assert told.happened == why
    assert "last good state" in told.means


def test_errors_of_plan_and_job_come_once_and_name_their_record(portal: Any) -> None:
    forget()
    source = made_source("mit-fehlern", "stadt-herne")
    plan = {**PLAN, "errors": [{"guid": "g-changed", "problem": "no title. Give it one"}]}
    job = made_run(source, "partial", plan=plan, counts={**COUNTS, "errors": 2})
    HarvestGatherError.create(message="page 2 is cut off. Run it again", job=HarvestJob.get(job))
    entry = HarvestObject(guid="g-changed", job=HarvestJob.get(job))
    entry.save()
    HarvestObjectError.create(message="no title. Give it one", object=entry, stage="Import")
    told = report_of(job)
    assert told is not None
    errors = next(part for part in told.sections if part.kind == "errors").entries
    assert [(one.guid, one.title, one.problem) for one in errors] == [
        ("g-changed", "Spielplätze", "no title. Give it one"),
        ("", "", "page 2 is cut off. Run it again"),
    ]


def test_a_report_for_programs_is_json(portal: Any) -> None:
    told = msgspec.json.decode(msgspec.json.encode(report(RUN, PLAN).as_dict()))
    assert told["run"]["finished"] == "2026-11-20T10:00:00+00:00"
    assert told["sections"][1]["entries"][0]["differences"][0]["new"] == "Spielplätze"


def test_there_is_no_report_of_a_job_that_is_not_ours(portal: Any) -> None:
    assert report_of("gibt-es-nicht") is None
