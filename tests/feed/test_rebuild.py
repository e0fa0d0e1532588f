"""The operator's commands on the feed: rebuild, check and status, and what they do when all is not well."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckanext.herne.feed import check, gate, layout, publish, rebuild, staging, store
from ckanext.herne.feed.cli import feed
from ckanext.herne.feed.model import entry_table, fragment_table, staged_entry_table
from ckanext.herne.feed.syntaxes import SYNTAXES, document
from click.testing import CliRunner
from herne_testing.publishing import FILE, SERIES, change, create, entry, perform, served, text
from rdflib import Graph

pytestmark = pytest.mark.usefixtures("portal", "tidy")
CKAN = Path(sys.executable).with_name("ckan")


def run(*arguments: str) -> Any:
    model.Session.rollback()
    return CliRunner().invoke(feed, arguments)


def faults() -> list[tuple[str, str]]:
    model.Session.rollback()
    return [(fault.kind, fault.package_id) for fault in check.faults()]


def new_layout(monkeypatch: pytest.MonkeyPatch) -> None:
    """As after an update of the suite."""
    for module in (layout, publish, rebuild, check):
        monkeypatch.setattr(module, "layout", lambda: "neu")


def empty_feed() -> None:
    """As in a portal that had no feed of its own before."""
    model.Session.execute(fragment_table.delete())
    model.Session.execute(entry_table.delete())
    model.Session.commit()


def test_a_feed_is_built_from_the_database_alone() -> None:
    datasets = [create(title=f"Nummer {number}") for number in range(3)]
    create(title="Privat", private=True)
    held = create(title="Ohne Datei", resources=[])
    texts = [text(dataset) for dataset in datasets]
    empty_feed()
    done = run("rebuild")
    assert done.exit_code == 0, done.output
    assert "3" in done.stdout
    assert served() == [dataset["id"] for dataset in datasets]
    assert [text(dataset) for dataset in datasets] == texts
    assert [one.package_id for one in gate.held()] == [held["id"]]
    assert faults() == []


def test_a_feed_that_is_not_built_yet_is_not_served(portal: Any) -> None:
    """One save after an update must not make the one dataset saved the whole catalogue."""
    old = create(title="Schon lange da")
    empty_feed()
    create(title="Neu")
    assert served()
    answer = portal.get("/catalog.ttl", status=503)
    assert int(answer.headers["Retry-After"]) > 0
    assert run("rebuild").exit_code == 0
    assert old["id"] in portal.get("/catalog.ttl", status=200).body


def test_a_rebuild_leaves_positions_and_what_is_right() -> None:
    first, second = create(title="A"), create(title="B")
    change(first, private=True)
    change(first, private=False)
    before = [entry(one) for one in (first, second)]
    changes = len(store.changes(0, 1000))
    assert run("rebuild").exit_code == 0
    assert [entry(one) for one in (first, second)] == before
    assert len(store.changes(0, 1000)) == changes


def test_what_is_served_changes_at_once_and_only_then(monkeypatch: pytest.MonkeyPatch) -> None:
    datasets = [create(title=f"Nummer {number}") for number in range(3)]
    new_layout(monkeypatch)
    old = [text(dataset) for dataset in datasets]
    with rebuild.alone():
        for _ in rebuild.prepared():
            assert [text(dataset) for dataset in datasets] == old
            assert {entry(dataset).layout for dataset in datasets} != {"neu"}
        rebuild.swap()
    assert {entry(dataset).layout for dataset in datasets} == {"neu"}


def test_an_interrupted_rebuild_goes_on_where_it_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    datasets = [create(title=f"Nummer {number}") for number in range(4)]
    new_layout(monkeypatch)
    with rebuild.alone():
        steps = rebuild.prepared()
        next(steps)
        next(steps)
        steps.close()
    assert rebuild.remaining() == 2
    with rebuild.alone():
        assert len(list(rebuild.prepared())) == 2
        rebuild.swap()
    assert {entry(dataset).layout for dataset in datasets} == {"neu"}
    assert model.Session.execute(sa.select(staged_entry_table)).all() == []


def test_an_edit_during_a_rebuild_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    edited, deleted, hidden = (create(title=title) for title in ("A", "B", "C"))
    new_layout(monkeypatch)
    with rebuild.alone():
        assert len(list(rebuild.prepared())) == 3
        change(edited, notes="Während des Neubaus geändert.")
        change(deleted, state="deleted")
        change(hidden, private=True)
        created = create(title="D")
        rebuild.swap()
    assert served() == [edited["id"], created["id"]]
    assert "Während des Neubaus" in text(edited)


def test_of_two_rebuilds_the_second_gives_way() -> None:
    create()
    with rebuild.alone():
        second = run("rebuild")
    assert second.exit_code == 2
    assert second.stderr
    assert run("rebuild").exit_code == 0


def test_a_package_that_fails_keeps_the_others_from_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = create(title="Schlecht"), create(title="Gut")
    before = text(bad)
    new_layout(monkeypatch)
    rendered = publish.fragments

    def failing(package: Any, *rest: Any) -> Any:
        if package["id"] == bad["id"]:
            raise ValueError("kaputt")
        return rendered(package, *rest)

    monkeypatch.setattr(publish, "fragments", failing)
    done = run("rebuild")
    assert done.exit_code == 1
    assert bad["id"] in done.stderr
    assert "kaputt" in done.stderr
    assert text(bad) == before
    assert entry(good).layout == "neu"


def test_members_of_a_series_refer_to_it_after_the_first_rebuild() -> None:
    member_of = create(**SERIES)
    member = create(in_series=[member_of["id"]])
    empty_feed()
    run("rebuild")
    if "dcat:inSeries" not in text(member):  # it was described before its series was served
        perform()
    assert "dcat:inSeries" in text(member)


def test_a_killed_rebuild_leaves_what_is_served_and_the_next_one_finishes() -> None:
    datasets = [create(title=f"Nummer {number}") for number in range(12)]
    old = [text(dataset) for dataset in datasets]
    model.Session.execute(entry_table.update().values(layout="alt"))
    model.Session.commit()
    command = [str(CKAN), "-c", "test.ini", "herne", "feed", "rebuild"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and process.poll() is None:
            model.Session.rollback()
            if model.Session.execute(sa.select(sa.func.count()).select_from(staged_entry_table)).scalar():
                os.kill(process.pid, signal.SIGKILL)
                break
            time.sleep(0.005)
        process.wait(60)
    assert process.returncode in (-signal.SIGKILL, 0)
    assert [text(dataset) for dataset in datasets] == old
    assert served() == [dataset["id"] for dataset in datasets]
    assert run("rebuild").exit_code == 0
    assert faults() == []


def test_check_finds_and_mends_everything() -> None:
    absent, outdated, damaged, orphan, fine = (
        create(title=title) for title in ("fehlt", "geändert", "beschädigt", "weg", "gut")
    )
    staging.withdraw(absent["id"])
    packages = model.package_table
    model.Session.execute(
        packages.update().where(packages.c.id == outdated["id"]).values(metadata_modified=sa.func.now())
    )
    model.Session.execute(packages.update().where(packages.c.id == orphan["id"]).values(private=True))
    damage(damaged)
    model.Session.commit()
    wrong = {("absent", absent["id"]), ("outdated", outdated["id"]), ("damaged", damaged["id"])}
    assert set(faults()) == wrong | {("orphan", orphan["id"])}
    told = run("check")
    assert told.exit_code == 1
    assert "ckan herne feed check --repair" in told.stderr
    assert all(one["name"] in told.stdout for one in (absent, outdated, damaged, orphan))
    assert fine["name"] not in told.stdout
    assert run("check", "--repair").exit_code == 0
    assert faults() == []
    assert run("check").exit_code == 0
    assert set(served()) == {one["id"] for one in (absent, outdated, damaged, fine)}


def damage(dataset: dict[str, Any], *syntaxes: str) -> None:
    """Change stored texts behind the feed's back."""
    texts = fragment_table.c
    chosen = sa.and_(texts.package_id == dataset["id"], texts.syntax.in_(syntaxes or ("ttl",)))
    model.Session.execute(
        fragment_table.update().where(chosen).values(content=texts.content + " <urn:x> <urn:y> <urn:z> .")
    )
    model.Session.commit()


def test_a_held_package_is_repaired_to_its_last_good_version() -> None:
    dataset = create(notes="Letzte gute Fassung.")
    good = {syntax: text(dataset, syntax) for syntax in SYNTAXES}
    change(dataset, notes="Ungültig.", resources=[])
    damage(dataset, "ttl", "jsonld")
    assert run("check", "--repair").exit_code == 0
    for syntax, before in good.items():
        name = SYNTAXES[syntax].library_name
        now = Graph().parse(data=document([text(dataset, syntax)], syntax), format=name)
        assert set(now) == set(Graph().parse(data=document([before], syntax), format=name))
    assert faults() == []


def test_what_cannot_be_repaired_is_told() -> None:
    dataset = create()
    change(dataset, resources=[])
    damage(dataset, *SYNTAXES)
    told = run("check", "--repair")
    assert told.exit_code == 1
    assert dataset["name"] in told.stderr
    change(dataset, resources=[FILE])
    assert faults() == []


def test_status_tells_numbers() -> None:
    create()
    create(title="Ohne Datei", resources=[])
    create(title="Privat", private=True)
    numbers = json.loads(run("status", "--json").stdout)
    assert {key: numbers[key] for key in ("public", "served", "held", "outdated", "gate", "rebuild")} == {
        "public": 2,
        "served": 1,
        "held": 1,
        "outdated": 0,
        "gate": "hold",
        "rebuild": 0,
    }
    assert numbers["last_number"] == store.changes(0, 1000)[-1].id
    assert "1" in run("status").stdout


def test_the_layout_follows_the_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = create()
    before = layout.layout()
    monkeypatch.setitem(tk.config, "ckanext.herne.contributor_id", "http://dcat-ap.de/def/contributors/stadt")
    assert layout.layout() != before
    assert faults() == [("old", dataset["id"])]
    monkeypatch.undo()
    assert faults() == []
