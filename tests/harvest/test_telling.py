"""Editors are told once that a source fails and once that it works again; a digest tells what is news."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from ckan import model
from ckan.common import config
from ckan.lib.jobs import get_queue
from ckanext.herne.harvest import telling
from herne_testing.harvesting import made_run, remember
from redis import Redis
from redis.exceptions import RedisError

if TYPE_CHECKING:
    from email.message import EmailMessage

    from herne_testing.mailbox import Mailbox

    from tests.harvest.conftest import Office

WHY = "amt.example: the server does not answer. Tell its operator"
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # ten o'clock in Herne


@pytest.fixture(autouse=True)
def empty(tidy: None) -> None:
    get_queue().empty()


def work() -> None:
    """Do what is in the queue; a worker needs seconds to begin."""
    for job in get_queue().jobs:
        job.func(*job.args)
    get_queue().empty()


def ended(office: Office, outcome: str, at: datetime | None = None, **changes: Any) -> None:
    """A run ends and is told of."""
    telling.tell(made_run(office.good, outcome, at or datetime.now(UTC), message=WHY, **changes))
    work()


def received(mailbox: Mailbox) -> list[tuple[str, str]]:
    """Who got a mail about what, since this was asked last."""
    got = [(recipient.partition("@")[0], str(mail["subject"])) for recipient, mail in mailbox.mails]
    mailbox.mails.clear()
    return sorted(got)


def body(mail: EmailMessage) -> str:
    part = mail.get_body()
    assert part is not None
    return str(part.get_content())


def test_editors_and_administrators_hear_once_of_a_failure_and_once_of_its_end(
    office: Office, mailbox: Mailbox
) -> None:
    ended(office, "failed")
    assert [name for name, _subject in received(mailbox)] == ["editor", "manager"]
    ended(office, "failed")
    ended(office, "stalled")
    assert received(mailbox) == []
    ended(office, "ok")
    assert [name for name, _subject in received(mailbox)] == ["editor", "manager"]
    ended(office, "ok")
    assert received(mailbox) == []


def test_single_records_that_fail_are_told_once_and_are_no_failure(office: Office, mailbox: Mailbox) -> None:
    ended(office, "partial")
    assert all("lässt einzelne Einträge aus" in subject for _name, subject in received(mailbox))
    ended(office, "partial")
    assert received(mailbox) == []
    ended(office, "failed")
    ended(office, "partial")
    ended(office, "ok")
    ended(office, "ok")
    assert [name for name, _subject in received(mailbox)] == ["editor"] * 3 + ["manager"] * 3


def test_the_mail_says_what_happened_and_what_to_do_in_both_languages(
    office: Office, mailbox: Mailbox
) -> None:
    ended(office, "failed")
    text = body(mailbox.mails[0][1])
    german, english = text.split("-" * 72)
    assert text.count(WHY) == 2
    assert "What to do: Do what the error says" in english
    assert "/harvest/bevoelkerung/job/" in german
    assert "/en/harvest/bevoelkerung/job/" in english


@pytest.mark.parametrize("outcome", ["ok", "cancelled"])
def test_what_goes_well_from_the_beginning_is_no_news(office: Office, mailbox: Mailbox, outcome: str) -> None:
    ended(office, outcome)
    assert received(mailbox) == []


def test_a_dry_run_is_told_to_nobody(office: Office, mailbox: Mailbox) -> None:
    ended(office, "failed", kind="plan")
    assert received(mailbox) == []


def test_a_cancelled_run_does_not_end_a_failure(office: Office, mailbox: Mailbox) -> None:
    ended(office, "failed")
    received(mailbox)
    ended(office, "cancelled")
    ended(office, "failed")
    assert received(mailbox) == []


def test_a_mail_server_that_is_away_disturbs_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(config, "smtp.server", "127.0.0.1:9")
    ended(office, "failed")
    remembered = model.Session.execute(telling.memory_table.select()).mappings().one()
    assert remembered["told"] == "failing"


def test_a_queue_that_is_away_disturbs_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_arguments: Any, **_options: Any) -> None:
        Redis(port=9).ping()

    monkeypatch.setattr(telling.tk, "enqueue_job", away)
    with pytest.raises(RedisError):
        away()
    telling.tell(made_run(office.good, "failed"))


def test_a_digest_comes_once_a_day_and_tells_what_is_news(
    office: Office, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(config, "ckan.display_timezone", "Europe/Berlin")
    remember(office.good, last_success=MONDAY)
    for hours in (3, 5):
        made_run(office.good, "ok", MONDAY - timedelta(hours=hours), counts={"create": 2, "unchanged": 9})
    telling.digest(MONDAY)
    work()
    text = body(mailbox.mails[0][1])
    assert "4 created" in text
    assert "2 runs" in text
    assert "Verkehr" not in text
    assert len(received(mailbox)) == 2
    telling.digest(MONDAY + timedelta(hours=2))
    made_run(office.good, "ok", MONDAY + timedelta(hours=3), counts={"change": 1})
    telling.digest(MONDAY + timedelta(hours=19, minutes=59))
    work()
    assert received(mailbox) == []
    telling.digest(MONDAY + timedelta(hours=20, minutes=1))  # a minute past six in Herne
    work()
    assert len(received(mailbox)) == 2


def test_a_quiet_day_gives_no_digest_but_a_late_source_does(office: Office, mailbox: Mailbox) -> None:
    remember(office.good, last_success=MONDAY)
    made_run(office.good, "ok", MONDAY - timedelta(hours=3), counts={"unchanged": 9})
    telling.digest(MONDAY)
    work()
    assert received(mailbox) == []
    telling.digest(MONDAY + timedelta(days=3))
    work()
    assert len(received(mailbox)) == 2


@pytest.mark.parametrize(("wanted", "mails"), [("weekly", 2), ("never", 0)])
def test_a_digest_comes_as_often_as_wanted(
    office: Office, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch, wanted: str, mails: int
) -> None:
    monkeypatch.setitem(config, telling.DIGEST, wanted)
    remember(office.good, last_success=MONDAY, last_digest=MONDAY - timedelta(days=6))
    for days in range(5):
        made_run(office.good, "ok", MONDAY + timedelta(days=days, hours=-4), counts={"create": 1})
        telling.digest(MONDAY + timedelta(days=days))
        work()
    assert len(received(mailbox)) == mails
