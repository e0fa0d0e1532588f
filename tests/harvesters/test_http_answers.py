"""What came instead of data is recognised and told; nothing is read by half."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from ckanext.herne.harvesters.operations.errors import SourceError
from ckanext.herne.harvesters.operations.http import Http, Limits, answers
from ckanext.herne.harvesters.operations.http.answers import Answer
from ckanext.herne.harvesters.operations.http.failures import FetchError
from herne_testing.unruly import Unruly, answer, in_turn, unruly
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS = {"value": [{"ort": "Straße des Bohrhammers", "wert": 1.5}]}
WHOLE = json.dumps(ROWS, ensure_ascii=False)
PAGE = b"<!DOCTYPE html><html><head><title>Wartung\n bis &quot;12&quot; Uhr</title></head></html>"


@pytest.fixture
def server() -> Iterator[Unruly]:
    with unruly() as made:
        yield made


def read(server: Unruly, reader: Any, part: Any) -> Any:
    server.parts["/"] = part
    http = Http(allow_private=True, limits=Limits(attempts=2, backoff_seconds=0.01), source="Luft")
    return http.read(server.url, reader)


@pytest.mark.parametrize(
    "body",
    [PAGE, b"\xef\xbb\xbf \n<html>" + PAGE, b'<?xml version="1.0"?>\n<!-- x -->\n' + PAGE],
    ids=["plain", "byte order mark", "XHTML"],
)
@pytest.mark.parametrize("kind", ["application/json", "text/html; charset=utf-8", ""])
@pytest.mark.parametrize("reader", [answers.json, answers.data])
def test_a_web_page_instead_of_data_is_told_with_its_title(
    server: Unruly, reader: Any, body: bytes, kind: str
) -> None:
    with pytest.raises(SourceError, match=r'web page instead of data \("Wartung bis "12" Uhr"\)'):
        read(server, reader, answer(body, kind))
    assert len(server.asked) == 1


def test_json_that_breaks_off_is_asked_for_again(server: Unruly) -> None:
    half = answer(WHOLE.encode()[:-10], length=-1)
    assert read(server, answers.json, in_turn(half, answer(WHOLE.encode()))) == ROWS
    with pytest.raises(SourceError, match=r"^Luft \(http://127.*\): the JSON breaks off after 5\d bytes"):
        read(server, answers.json, half)


@pytest.mark.parametrize("body", [b"{'value': 1}", b"[1] [2]", b"nichts", b'{"a": NaN}'])
def test_what_is_no_json_is_told_at_once(server: Unruly, body: bytes) -> None:
    with pytest.raises(SourceError, match="the answer is not JSON: JSON is malformed"):
        read(server, answers.json, answer(body, "application/json"))
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("charset", "kind"),
    [
        ("utf-8", "application/json"),
        ("utf-8-sig", "application/json"),
        ("utf-8", "application/json; charset=ISO-8859-1"),  # says what it does not do
        ("latin-1", 'application/json; Charset="ISO-8859-1"'),
        ("utf-16", "application/json; charset=utf-16"),
    ],
)
def test_text_is_read_in_the_character_set_it_is_in(server: Unruly, charset: str, kind: str) -> None:
    assert read(server, answers.json, answer(WHOLE.encode(charset), kind)) == ROWS


@pytest.mark.parametrize(
    ("charset", "kind", "declared"),
    [
        ("latin-1", "application/json", "utf-8"),
        ("latin-1", "application/json; charset=utf-8", "utf-8"),
        ("latin-1", "application/json; charset=x-klingonisch", "x-klingonisch"),
        ("utf-16", "application/json", "utf-8"),
    ],
)
def test_text_in_another_character_set_than_declared_is_told(
    server: Unruly, charset: str, kind: str, declared: str
) -> None:
    with pytest.raises(SourceError, match=rf"not in the declared character set {declared}; see byte \d+"):
        read(server, answers.json, answer(WHOLE.encode(charset), kind))


def test_a_web_page_may_declare_its_character_set_itself(server: Unruly) -> None:
    page = '<html><meta charset="windows-1252"><a href="Bevölkerung.xlsx">€</a>'
    assert read(server, answers.text, answer(page.encode("windows-1252"), "text/html")) == page


@given(st.binary(max_size=60) | st.text(max_size=20).map(str.encode), st.text(max_size=20))
def test_every_answer_is_read_whole_or_refused(body: bytes, kind: str) -> None:
    found = Answer("http://a.example/", body, 200, {"Content-Type": kind})
    for reader in (answers.whole, answers.data, answers.text, answers.json):
        with contextlib.suppress(FetchError):
            read = reader(found)
            assert reader is not answers.text or body.endswith(read.encode()) or "charset" in kind.lower()


@settings(max_examples=50)
@given(st.recursive(st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(), st.lists))
def test_json_comes_as_it_was_sent(value: Any) -> None:
    found = Answer("http://a.example/", json.dumps(value).encode(), 200, {})
    assert answers.json(found) == value
