"""Whatever goes wrong in a harvest: the data are whole, the run ends, and one report says what happened.

The cases stand in `herne_testing.faults`; what comes of them is written to docs/fault-matrix.md.
"""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from ckanext.herne.harvesters.operations import scheduling
from herne_testing.faults import AT_PORTAL, AT_SOURCE, AT_TABLES, CASES, AtPortal, AtSource, AtTables, Case

from .conftest import State, told
from .failing import play
from .tabular import Tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ckanext.herne.harvest.reports import Report

    from .conftest import Harvest

MANUAL = Path(__file__).parents[3] / "docs" / "fault-matrix.md"
INTRODUCTION = """\
# What may go wrong in a harvest

Written by `make faults` on the real servers; do not edit. `make test` plays it, too. Before each row the
portal has all datasets of a source, and the source has news of each: a catalogue, or tables of sensors or of
statistics (HiTS). The limits (time, size, pages) are lowered for the test. After each row the next run is
undisturbed: the portal has every dataset and every row once, as the source says.

| Fault | What happens | Outcome of the run | Data after it | What the report says |
|---|---|---|---|---|
"""
rows: dict[str, str] = {}


@pytest.fixture
def undisturbed(harvest: Harvest) -> Callable[[int], State]:
    """What an undisturbed run of a version of the source leaves; the first version's run is watched."""
    if not harvest.first:
        is_well(told(harvest.run()))
        harvest.first.update(harvest.state())
        assert len(harvest.first) == 3
    return lambda version: {guid: one.at(version) for guid, one in harvest.first.items()}


@pytest.mark.parametrize("case", AT_SOURCE, ids=lambda case: case.name)
def test_a_fault_of_the_source(harvest: Harvest, undisturbed: Callable[[int], State], case: AtSource) -> None:
    before = harvest.catalogue.version
    harvest.state()
    harvest.news()
    case.play(harvest.catalogue)
    started = time.monotonic()
    report = told(harvest.run())
    assert time.monotonic() - started < 10
    stored = harvest.catalogue.version if case.outcome == "ok" else before
    assert harvest.state() == undisturbed(stored)
    check(case, report, harvest.catalogue.server.url)
    is_mended(harvest, undisturbed)


@pytest.mark.parametrize("case", AT_PORTAL, ids=lambda case: case.name)
def test_a_fault_of_the_portal(
    harvest: Harvest,
    undisturbed: Callable[[int], State],
    case: AtPortal,
) -> None:
    harvest.news()
    job_id = scheduling.prepare(harvest.id)
    play(case, job_id)
    assert harvest.state() == undisturbed(harvest.catalogue.version)
    check(case, told(job_id), harvest.catalogue.server.url)
    is_mended(harvest, undisturbed)


@pytest.fixture(scope="module")
def tables(portal: object) -> Iterator[Tables]:
    with Tables() as made:
        yield made


@pytest.mark.parametrize("case", AT_TABLES, ids=lambda case: case.name)
def test_a_fault_of_a_source_of_tables(tables: Tables, case: AtTables) -> None:
    source = tables.source(case.kind)
    is_well(source.run())
    assert source.rows() == tables.undisturbed(case.kind, 0)
    source.news()
    source.front.misbehave(case.where, case.bend())
    report = source.run()
    assert source.rows() == tables.undisturbed(case.kind, 1 if case.outcome == "ok" else 0)
    check(case, report, source.front.url)
    source.front.behave()
    is_well(source.run())
    assert source.rows() == tables.undisturbed(case.kind, 1)
    counts = source.run().run.counts
    assert {name for name, count in counts.items() if count} == {"unchanged"}


def is_well(report: Report) -> None:
    assert report.run.outcome == "ok", report.happened


def is_mended(harvest: Harvest, undisturbed: Callable[[int], State]) -> None:
    """An undisturbed run leaves what the source says; one more has nothing to do."""
    harvest.catalogue.behave()
    is_well(told(harvest.run()))
    assert harvest.state() == undisturbed(harvest.catalogue.version)
    assert harvest.indexed() == {one.notes for one in harvest.state().values()}
    counts = told(harvest.run()).run.counts
    assert {name for name, count in counts.items() if count} == {"unchanged"}


def check(case: Case, report: Report, url: str) -> None:
    """One report: how it ended, why and what to do, in words of people."""
    problems = [one.problem for section in report.sections for one in section.entries if one.problem]
    said = " ".join([report.happened, *(one for one in problems if one not in report.happened)])
    assert report.run.outcome == case.outcome, said
    assert case.words in said
    assert len(problems) <= 1
    assert report.means
    assert report.to_do
    assert not re.search(r"object at 0x|Traceback|Error\(|Exception", said)
    data = "as the source says" if case.outcome == "ok" else "the last good state"
    plain = re.sub(r"\?[^\s):]+", "?…", said.replace(url, "http://source.example"))  # a query is long
    words = re.sub(r"\s+", " ", re.sub(r"[0-9a-f-]{36}", "…", plain))
    rows[case.name] = f"| {case.name} | {case.what} | {case.outcome} | {data} | {words.replace('|', '/')} |\n"


def test_the_manual_says_what_happened() -> None:
    """A run that plays all cases and is told to (`make faults`) writes the table; any other compares."""
    if os.environ.get("HERNE_WRITE_FAULTS"):
        assert set(rows) == {case.name for case in CASES}
        MANUAL.write_text(INTRODUCTION + "".join(rows[case.name] for case in CASES), "utf-8")
    table = MANUAL.read_text("utf-8")
    assert [row for row in rows.values() if row not in table] == [], "look at it, then: make faults"
    assert re.findall(r"^\| ([^|]+?) \|", table, re.MULTILINE)[1:] == [case.name for case in CASES]
