"""The fault matrix as data: what goes wrong in a harvest, and what has to come of it.

`tests/harvesters/faults` plays it on the real servers and writes the table of the manual.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from herne_testing import unruly
from herne_testing.front import always, for_a_while
from herne_testing.paged import MEDIA_TYPE
from herne_testing.unruly import answer, in_turn

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from herne_testing.front import Bend
    from herne_testing.paged import Paged

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/ld+json\r\n"


@dataclass(frozen=True)
class Case:
    """What happens to a run of which everything is new, and what it has to end with.

    `words` stand in its report. After `ok` the portal has what the source says, otherwise what it had.
    """

    name: str
    what: str
    outcome: str
    words: str


@dataclass(frozen=True)
class AtSource(Case):
    """The source misbehaves; `play` has it do so."""

    play: Callable[[Paged], None]


@dataclass(frozen=True)
class AtTables(Case):
    """A source of tables misbehaves: `kind` is its type, `bend` what becomes of answers at `where`."""

    kind: str
    where: str
    bend: Callable[[], Bend]


@dataclass(frozen=True)
class AtPortal(Case):
    """One of the portal's own parts fails when the run has come to `stage`; `failing` is the part."""

    failing: str
    stage: str = "apply"


def second_page(part: Callable[[Paged], unruly.Part]) -> Callable[[Paged], None]:
    """The first page is right, so that a careless harvest would believe it."""
    return lambda source: source.play(2, part(source))


def endless(source: Paged) -> None:
    """Each page names one more."""
    numbers = itertools.count(3)

    def play(connection: socket.socket) -> None:
        following = f"{source.server.url}/catalog/2?page={next(numbers)}"
        answer(source.page(2, following=following), MEDIA_TYPE)(connection)

    source.play(2, play)


def other_ids(source: Paged) -> None:
    for number in (1, 2):
        source.play(number, answer(source.page(number, origin="https://neu.example"), MEDIA_TYPE))


def wrong_clock(source: Paged) -> None:
    for number in (1, 2):
        page = source.page(number, modified="2099-12-31T23:59:59Z")
        source.play(number, answer(page, MEDIA_TYPE, Date="Thu, 01 Jan 1970 00:00:00 GMT"))


def capped(body: bytes, kind: str) -> unruly.Part:
    """Five observations of many, and no word of it but the count."""
    said = json.loads(body)
    said.pop("@iot.nextLink", None)
    for part in said["value"]:
        if "dataArray" in part:
            part["dataArray"] = part["dataArray"][:5]
    return answer(json.dumps({**said, "value": said["value"][:5]}).encode(), kind)


def well(source: Paged, number: int = 2) -> unruly.Part:
    return answer(source.page(number), MEDIA_TYPE)


BROKEN_OFF = "broke off the connection"
NEWS = "Datasets: 3 changed"
ROWS = "Datasets: 1 changed"
AT_SOURCE = [
    AtSource(
        "time-out",
        "The source takes the request and says nothing",
        "failed",
        "silent for 0.5 s",
        second_page(lambda _source: unruly.silence(2)),
    ),
    AtSource(
        "reset",
        "It breaks the connection off in the middle of a page",
        "failed",
        BROKEN_OFF,
        second_page(
            lambda source: unruly.reset(HEAD + b"Content-Length: 9999\r\n\r\n" + source.page(2)[:99])
        ),
    ),
    AtSource(
        "slow drip",
        "It sends a page byte by byte, without an end",
        "failed",
        "not complete after 1 s",
        second_page(lambda _source: unruly.then(HEAD + b"Connection: close\r\n\r\n", unruly.drip(b" "))),
    ),
    AtSource(
        "429",
        "It wants to be left alone for a second",
        "ok",
        NEWS,
        second_page(lambda source: in_turn(answer(status="429 Slow", Retry_After="1"), well(source))),
    ),
    AtSource(
        "500 for a while",
        "It answers 500 twice, then as it should",
        "ok",
        NEWS,
        second_page(lambda source: in_turn(*[answer(status="500 Oops")] * 2, well(source))),
    ),
    AtSource(
        "200 with HTML",
        "It answers 200 with a web page about maintenance",
        "failed",
        "web page instead of data",
        second_page(lambda _source: answer(b"<html><title>Wartung</title></html>", "text/html")),
    ),
    AtSource(
        "truncated JSON",
        "A page ends in the middle of a word, with the length announced",
        "failed",
        "/catalog/2",
        second_page(lambda source: answer(source.page(2)[:-40], MEDIA_TYPE)),
    ),
    AtSource(
        "wrong charset",
        "A page is Latin-1 and says UTF-8",
        "failed",
        "/catalog/2",
        second_page(
            lambda source: answer(source.page(2).decode().encode("latin-1"), f"{MEDIA_TYPE}; charset=utf-8")
        ),
    ),
    AtSource(
        "gzip bomb",
        "50 KB that unpack to 50 MB",
        "failed",
        "larger than 1 MB",
        second_page(lambda _source: unruly.bomb(50)),
    ),
    AtSource("endless paging", "Each page names one more", "failed", "20", endless),
    AtSource(
        "cap without notice",
        "It announces three datasets, sends two and names no further page",
        "failed",
        "announces 3 records and delivers 2",
        lambda source: source.play(1, answer(source.page(1, following=None), MEDIA_TYPE)),
    ),
    AtSource("changed ids", "All its datasets have other identifiers", "asks", "3 of 3 datasets", other_ids),
    AtSource(
        "empty source",
        "It answers with a catalogue without datasets",
        "failed",
        "nothing was changed",
        lambda source: source.play(1, answer(source.page(1, names=(), following=None), MEDIA_TYPE)),
    ),
    AtSource("clock skew", "Its clock is in 1970, its data in 2099", "ok", NEWS, wrong_clock),
]
SENSORS, HITS = "herne_sensorthings", "herne_hits"
READ = "/Observations"
AT_TABLES = [
    AtTables(
        "time-out, sensors",
        "The platform takes a request for observations and says nothing",
        "failed",
        "silent for 1 s",
        SENSORS,
        READ,
        lambda: always(unruly.silence(3)),
    ),
    AtTables(
        "reset, sensors",
        "It breaks the connection off in the middle of the observations",
        "failed",
        BROKEN_OFF,
        SENSORS,
        READ,
        lambda: always(unruly.reset(HEAD + b'Content-Length: 9999\r\n\r\n{"value": [')),
    ),
    AtTables(
        "500 for a while, sensors",
        "It answers 500 twice, then as it should",
        "ok",
        ROWS,
        SENSORS,
        READ,
        lambda: for_a_while(2, answer(status="500 Oops")),
    ),
    AtTables(
        "200 with HTML, sensors",
        "It answers 200 with a login page",
        "failed",
        "web page instead of data",
        SENSORS,
        READ,
        lambda: always(answer(b"<html><title>Login</title></html>", "text/html")),
    ),
    AtTables(
        "truncated JSON, sensors",
        "Observations end in the middle, with the length announced",
        "failed",
        "breaks off",
        SENSORS,
        READ,
        lambda: lambda body, kind: answer(body[: len(body) // 2], kind),
    ),
    AtTables(
        "cap without notice, sensors",
        "It sends five observations of many, and names no further page",
        "failed",
        "entries came, and no further page",
        SENSORS,
        READ,
        lambda: capped,
    ),
    AtTables(
        "empty source, sensors",
        "It has no datastreams any more",
        "failed",
        "",
        SENSORS,
        "/Datastreams?",
        lambda: always(answer(b'{"@iot.count": 0, "value": []}', "application/json")),
    ),
    AtTables(
        "reset, HiTS",
        "The server breaks the connection off in the middle of a workbook",
        "failed",
        BROKEN_OFF,
        HITS,
        ".xlsx",
        lambda: always(unruly.reset(HEAD + b"Content-Length: 9999\r\n\r\nPK")),
    ),
    AtTables(
        "500 for a while, HiTS",
        "It answers 500 twice, then as it should",
        "ok",
        ROWS,
        HITS,
        ".xlsx",
        lambda: for_a_while(2, answer(status="500 Oops")),
    ),
    AtTables(
        "200 with HTML, HiTS",
        "It answers 200 with a web page instead of a workbook",
        "failed",
        "web page",
        HITS,
        ".xlsx",
        lambda: always(answer(b"<html><title>Wartung</title></html>", "text/html")),
    ),
    AtTables(
        "truncated workbook, HiTS",
        "A workbook ends in the middle, with the length announced",
        "failed",
        ".xlsx",
        HITS,
        ".xlsx",
        lambda: lambda body, kind: answer(body[: len(body) // 2], kind),
    ),
    AtTables(
        "empty source, HiTS",
        "Its list names no workbook any more",
        "failed",
        "",
        HITS,
        "/hits/",
        lambda: always(answer(b"<html><body><p>Nichts</p></body></html>", "text/html")),
    ),
]
KILLED = [
    AtPortal(f"kill -9, {stage}", f"The worker is killed in the stage {stage}", "ok", NEWS, "worker", stage)
    for stage in ("discover", "fetch", "plan", "apply")
]
AT_PORTAL = [
    *KILLED,
    AtPortal("database restart", "PostgreSQL restarts while the run writes", "ok", NEWS, "postgres"),
    AtPortal("Valkey flush", "The queue loses everything before a worker has the run", "ok", NEWS, "queue"),
    AtPortal(
        "disk full", "PostgreSQL's disk is full while the run writes, and gets room", "ok", NEWS, "disk"
    ),
    AtPortal("Solr down", "Solr is stopped while the run writes, and started again", "ok", NEWS, "solr"),
    AtPortal(
        "Solr stands still", "Solr answers nothing for two seconds (SIGSTOP)", "ok", NEWS, "solr frozen"
    ),
]
CASES: list[Case] = [*AT_SOURCE, *AT_TABLES, *AT_PORTAL]
