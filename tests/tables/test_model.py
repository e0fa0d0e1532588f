"""Declarations and what they refuse; no database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from ckanext.herne.tables import Column, Table, TableError

TABLE = Table(
    "Test",
    (
        Column("id", "text", "Schlüssel", "Key", "Schlüssel.", "Key."),
        Column("value", "numeric", "Wert", "Value", "Wert.", "Value.", unit="ug/m3"),
        Column("n", "integer", "Anzahl", "Number", "Anzahl.", "Number."),
        Column("hour", "timestamp", "Stunde", "Hour", "Stunde.", "Hour."),
    ),
    ("id",),
)


def rows(**changes: Any) -> pl.DataFrame:
    hour = datetime(2025, 1, 1)  # noqa: DTZ001
    return pl.DataFrame({"id": ["01"], "value": [1.5], "n": [1], "hour": [hour]} | changes)


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (rows(id=[1]), "'id': Int64 is not text; types are not guessed"),
        (rows(value=["1,5"]), "'value': String is not numeric"),
        (rows(n=[1.0]), "'n': Float64 is not integer"),
        (rows(value=[float("nan")]), "'value': NaN"),
        (rows(value=[float("inf")]), "'value': NaN or infinite"),
        (rows(hour=[datetime(2025, 1, 1, tzinfo=UTC)]), "'hour': give UTC without a zone"),
        (rows(id=[None]), "no 'id', which belongs to the key"),
        (rows(id=[""]), "no 'id', which belongs to the key"),
        (pl.concat([rows(), rows()]), "{'id': '01'} occurs more than once"),
        (rows().drop("n"), "missing or too many: n"),
        (rows(more=[1]), "missing or too many: more"),
    ],
)
def test_rows_that_do_not_fit_are_refused(frame: pl.DataFrame, words: str) -> None:
    with pytest.raises(TableError) as caught:
        TABLE.checked(frame)
    assert words in str(caught.value)
    assert "Test" in str(caught.value)


def test_empty_columns_of_unknown_type_are_taken() -> None:
    assert TABLE.checked(rows(value=[None], n=[None], hour=[None])).height == 1


def test_a_field_carries_its_entry_in_the_data_dictionary() -> None:
    assert TABLE.columns[1].field() == {
        "id": "value",
        "type": "numeric",
        "info": {
            "label": "Wert",
            "label_en": "Value",
            "notes": "Wert.",
            "notes_en": "Value.",
            "unit": "ug/m3",
        },
    }


def test_wrong_declarations_are_refused() -> None:
    with pytest.raises(TableError, match="unknown type 'float'"):
        Column("x", "float", "", "", "", "")
    with pytest.raises(TableError, match="key"):
        Table("T", TABLE.columns, ("nothing",))
