"""The demo's query language against Python's own comparisons, and its refusals."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from herne_demo.odata import QueryError, parse_filter, split_outside
from hypothesis import given
from hypothesis import strategies as st

ROW: dict[str, Any] = {
    "@iot.id": 7,
    "result": 12.5,
    "name": "it's",
    "phenomenonTime": datetime(2025, 3, 30, 1, 0, 5, tzinfo=UTC),
    "Thing": {"name": "pole"},
    "nothing": None,
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("result eq 12.5", True),
        ("result gt 12.5", False),
        ("id eq 7 and result lt 20", True),
        ("@iot.id ne 7", False),
        ("name eq 'it''s'", True),
        ("Thing/name eq 'pole'", True),
        ("phenomenonTime ge 2025-03-30T02:00:05+01:00", True),
        ("phenomenonTime gt 2025-03-30T01:00:05Z", False),
        ("phenomenonTime ge 2025-03-30T01:00:00.000Z and phenomenonTime lt 2025-03-30T02:00:00Z", True),
        ("id eq 1 or id eq 2 and id eq 3", False),
        ("id eq 7 or id eq 2 and id eq 3", True),
        ("(id eq 7 or id eq 2) and id eq 3", False),
        ("not (id eq 7)", False),
        ("nothing eq null", True),
        ("nothing lt 5", False),
        ("name lt 5", False),
    ],
)
def test_a_filter_means_what_it_says(text: str, expected: bool) -> None:
    assert parse_filter(text)(ROW) is expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "result",
        "result eq",
        "result is 5",
        "(id eq 7",
        "id eq 7)",
        "id eq 7 and",
        "hour(x) eq 5",
        "id eq ?",
        "eq 5",
    ],
)
def test_what_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(QueryError):
        parse_filter(text)


def test_an_unknown_property_is_refused() -> None:
    with pytest.raises(QueryError, match="Unknown property: nonsense"):
        parse_filter("nonsense eq 1")(ROW)


@given(st.text(max_size=30))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        parse_filter(text)
    except QueryError:
        return
    assert any(word in text for word in ("eq", "ne", "gt", "ge", "lt", "le"))


@given(st.integers(-99, 99), st.integers(-99, 99), st.booleans())
def test_comparisons_agree_with_python(low: int, high: int, negated: bool) -> None:
    text = f"result ge {low} and result lt {high}"
    predicate = parse_filter(f"not ({text})" if negated else text)
    assert predicate(ROW) is ((low <= 12.5 < high) != negated)


def test_lists_are_cut_outside_parentheses_only() -> None:
    assert split_outside("Thing,Datastreams($select=id,name;$top=1)", ",") == [
        "Thing",
        "Datastreams($select=id,name;$top=1)",
    ]
    with pytest.raises(QueryError, match="Unbalanced"):
        split_outside("Thing(", ",")
