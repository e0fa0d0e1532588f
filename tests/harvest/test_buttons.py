"""The buttons of a source do what they say, through the actions that the API has, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from ckan import model
from ckan.lib.jobs import get_queue
from ckanext.herne.harvest import ledger
from ckanext.herne.harvest.model import memory_table
from ckanext.herne.harvesters.operations.scheduling import QUEUE
from ckanext.herne.harvesters.operations.work import work
from herne_testing.harvesting import NOW, made_run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ckanext.herne.harvest.ledger import Run

    from tests.harvest.conftest import Office

pytestmark = pytest.mark.usefixtures("tidy")


@pytest.fixture(autouse=True)
def queue(office: Office) -> Iterator[None]:
    get_queue(QUEUE).empty()
    yield
    get_queue(QUEUE).empty()


def pressed(office: Office, button: str, person: str = "editor") -> Any:
    path = f"/harvest/bevoelkerung/{button}"
    return office.app.post(path, headers=office.visit(person).headers, follow_redirects=False)


def newest(office: Office) -> Run | None:
    model.Session.expire_all()
    return next(iter(ledger.runs([office.good], 1)), None)


def is_paused(office: Office) -> Any:
    model.Session.expire_all()
    wanted = memory_table.select().where(memory_table.c.source_id == office.good)
    return model.Session.execute(wanted).mappings().one()["paused"]


@pytest.mark.parametrize(("button", "kind"), [("plan", "plan"), ("run", "run")])
def test_a_run_or_dry_run_begins_and_its_report_tells_how_it_ended(
    office: Office, button: str, kind: str
) -> None:
    assert pressed(office, button).headers["Location"].endswith("/harvest/bevoelkerung")
    run = newest(office)
    assert run is not None
    assert (run.kind, run.outcome, run.stage) == (kind, None, "queued")
    work(run.job_id)  # the source's host does not exist
    page = office.visit("editor").page(f"/en/harvest/bevoelkerung/job/{run.job_id}")
    assert "Failed" in page.select_one(".herne-state").text
    assert "bevoelkerung.example" in page.text


def test_a_second_run_is_refused_with_the_reason(office: Office) -> None:
    pressed(office, "run")
    pressed(office, "run")
    assert len(ledger.runs([office.good], 9)) == 1


def test_a_run_that_waits_is_cancelled_at_once(office: Office) -> None:
    pressed(office, "run")
    pressed(office, "cancel")
    run = newest(office)
    assert run is not None
    assert run.outcome == "cancelled"


def test_pause_and_resume(office: Office) -> None:
    pressed(office, "pause")
    assert is_paused(office)
    pressed(office, "resume")
    assert not is_paused(office)


def test_an_editor_cannot_accept_deletions(office: Office) -> None:
    made_run(office.good, "asks", NOW)
    assert pressed(office, "accept").status_code == 403
    pressed(office, "accept", "manager")
    run = newest(office)
    assert run is not None
    assert run.accept_deletions


@pytest.mark.parametrize("person", ["anonymous", "member", "stranger"])
@pytest.mark.parametrize("button", ["plan", "run", "cancel", "pause"])
def test_others_press_in_vain(office: Office, person: str, button: str) -> None:
    assert pressed(office, button, person).status_code in (302, 401, 403)
    assert newest(office) is None
