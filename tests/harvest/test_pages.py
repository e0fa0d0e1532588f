"""The pages of harvests: who sees them, what they say, what can be pressed; without scripts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from herne_testing.harvesting import COUNTS, PLAN, made_run, remember
from lxml import etree

if TYPE_CHECKING:
    from tests.harvest.conftest import Office

pytestmark = pytest.mark.usefixtures("tidy")

ATOM = "{http://www.w3.org/2005/Atom}"
PAGES = (
    "/harvest",
    "/harvest.atom",
    "/harvest/bevoelkerung",
    "/harvest/admin/bevoelkerung",
    "/harvest/about/bevoelkerung",
    "/harvest/bevoelkerung/job",
    "/harvest/bevoelkerung/job/{job}",
    "/harvest/bevoelkerung/job/{job}.json",
    "/harvest/bevoelkerung/runs.atom",
    "/harvest/bevoelkerung/progress",
    "/harvest/bevoelkerung/chart/news.svg",
)


def now() -> datetime:
    return datetime.now(UTC)


def good_run(office: Office, **changes: Any) -> str:
    """A run of today that went well, and is remembered."""
    remember(office.good, last_success=now())
    return made_run(office.good, at=now(), **{"plan": PLAN, "counts": COUNTS, **changes})


@pytest.mark.parametrize("person", ["anonymous", "member", "stranger"])
def test_others_see_nothing(office: Office, person: str) -> None:
    job = good_run(office)
    for page in PAGES:
        answer = office.visit(person).get(page.format(job=job), follow_redirects=False)
        assert answer.status_code in (302, 401, 403), page
        assert "bevoelkerung.example" not in answer.body


@pytest.mark.parametrize("person", ["editor", "manager", "sysadmin"])
def test_editors_see_all_pages_in_german_and_english(office: Office, person: str) -> None:
    job = good_run(office)
    for page in PAGES:
        for language in ("", "/en"):
            assert office.visit(person).get(language + page.format(job=job)).status_code == 200, page


def test_the_overview_tells_each_state_and_filters(office: Office) -> None:
    made_run(office.good, "failed", at=now(), message="kaputt")
    page = office.visit("editor").page("/en/harvest")
    assert [one.text for one in page.select(".herne-resource h2")] == ["Bevoelkerung", "Verkehr"]
    assert [" ".join(one.text.split()) for one in page.select(".herne-resource .herne-state")] == [
        "✕ Failing",
        "· Not run yet",
    ]
    found = office.visit("editor").page("/en/harvest?state=failing&q=BEVO")
    assert [one.text for one in found.select(".herne-resource h2")] == ["Bevoelkerung"]
    assert "No source is like that" in office.visit("editor").page("/en/harvest?q=gibtesnicht").text


def test_a_new_source_invites_to_try_it(office: Office) -> None:
    page = office.visit("editor").page("/en/harvest/verkehr")
    assert "There was no run yet" in page.text
    assert buttons(page) == ["plan", "run", "pause"]


def test_while_a_run_is_under_way_it_can_be_cancelled_and_nothing_else_begun(office: Office) -> None:
    made_run(office.good, None, at=now(), done=3, total=10)
    page = office.visit("editor").page("/en/harvest/bevoelkerung")
    assert buttons(page) == ["cancel", "pause"]
    shown = office.visit("editor").page("/en/harvest/bevoelkerung/progress")
    assert shown.progress["value"] == "3"
    assert "reads the records" in shown.text


def test_without_a_run_under_way_there_is_no_progress(office: Office) -> None:
    good_run(office)
    assert office.visit("editor").get("/harvest/bevoelkerung/progress").body == ""


def test_a_paused_source_can_be_tried_and_resumed(office: Office) -> None:
    remember(office.good, paused=True)
    assert buttons(office.visit("editor").page("/harvest/bevoelkerung")) == ["plan", "resume"]


@pytest.mark.parametrize(("person", "may"), [("editor", False), ("manager", True), ("sysadmin", True)])
def test_only_administrators_accept_deletions(office: Office, person: str, may: bool) -> None:
    job = made_run(office.good, "asks", at=now(), plan=PLAN, message="9 of 10 datasets are gone")
    for path in ("/harvest/bevoelkerung", f"/harvest/bevoelkerung/job/{job}"):
        page = office.visit(person).page(path)
        assert ("accept" in buttons(page)) is may
        assert "9 of 10 datasets are gone" in page.text


def test_a_report_names_records_fields_rows_and_dates(office: Office) -> None:
    job = good_run(office)
    page = office.visit("editor").page(f"/en/harvest/bevoelkerung/job/{job}")
    changed = page.find(id="part-change").find_parent("section")
    assert (changed.find("del").text, changed.find("ins").text) == ("Spielplatz", "Spielplätze")
    assert changed.dt.text == "Title"
    assert "3 rows new, 1 changed, 0 removed" in changed.text
    dead = page.find(id="part-delete").find_parent("section")
    assert "Kirmes" in dead.text


def test_a_report_belongs_to_its_source(office: Office) -> None:
    job = good_run(office)
    assert office.visit("editor").get(f"/harvest/verkehr/job/{job}.json").status_code == 404


def test_a_long_report_is_cut_and_whole_as_json(office: Office) -> None:
    many = [{"guid": f"g{number}", "title": f"Titel {number}"} for number in range(250)]
    job = good_run(office, plan={**PLAN, "create": many}, counts={"create": 250})
    page = office.visit("editor").page(f"/en/harvest/bevoelkerung/job/{job}")
    assert len(page.find(id="part-create").find_parent("section").select("li")) == 100
    assert "100 of 250 are shown" in page.text
    told = office.visit("editor").get(f"/harvest/bevoelkerung/job/{job}.json").json
    assert len(told["sections"][0]["entries"]) == 250


def test_what_a_source_says_is_text_and_no_markup(office: Office) -> None:
    evil = "<script>alert(1)</script>"
    plan = {**PLAN, "create": [{"guid": evil, "title": evil}], "errors": [{"guid": evil, "problem": evil}]}
    job = good_run(office, plan=plan)
    body = office.visit("editor").get(f"/harvest/bevoelkerung/job/{job}").body
    assert evil not in body
    assert "&lt;script&gt;alert(1)" in body


def test_the_atom_feed_tells_runs_to_their_editors_and_its_state_once(office: Office) -> None:
    job = good_run(office)
    made_run(office.good, at=now() - timedelta(hours=1), kind="plan")
    answer = office.visit("editor").get("/en/harvest/bevoelkerung/runs.atom")
    entries = etree.fromstring(answer.body.encode()).findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}id") for entry in entries] == [f"urn:uuid:{job}"]
    assert "There is nothing to do" in entries[0].findtext(f"{ATOM}summary")
    headers = {**office.visit("editor").headers, "If-None-Match": answer.headers["ETag"]}
    assert office.app.get("/en/harvest/bevoelkerung/runs.atom", headers=headers).status_code == 304


def test_a_link_presses_no_button(office: Office) -> None:
    for button in ("plan", "run", "accept", "cancel", "pause", "resume"):
        answer = office.visit("sysadmin").get(f"/harvest/bevoelkerung/{button}")
        assert answer.status_code in (404, 405), button


def buttons(page: Any) -> list[str]:
    """What can be pressed, by the address of the form; each has the token against forged requests."""
    forms = page.select(".herne-harvest-buttons form")
    return [form["action"].rpartition("/")[2] for form in forms]
