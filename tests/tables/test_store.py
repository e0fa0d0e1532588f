"""Loads on the real DataStore: what is written, what is not, and what others see through the API."""

from __future__ import annotations

import threading
from datetime import datetime
from decimal import Decimal
from typing import Any

import ckan.plugins.toolkit as tk
import polars as pl
import pytest
from ckan import model
from ckanext.datastore.backend.postgres import get_write_engine
from ckanext.herne.tables import (
    Changes,
    Column,
    Scope,
    Table,
    TableError,
    ensure,
    extent,
    load,
    newest,
    read,
    writing,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TABLE = Table(
    "Test",
    (
        Column("area", "text", "Gebiet", "Area", "Schlüssel des Gebiets.", "Key of the area."),
        Column("year", "integer", "Jahr", "Year", "Jahr.", "Year."),
        Column("name", "text", "Name", "Name", "Name.", "Name.", search=True),
        Column("value", "numeric", "Wert", "Value", "Wert.", "Value.", unit="%"),
        Column("hour", "timestamp", "Stunde", "Hour", "UTC.", "UTC."),
        Column("open", "boolean", "Offen", "Open", "Offen.", "Open."),
    ),
    ("area", "year"),
)
SCHEMA = {
    "area": pl.String,
    "year": pl.Int64,
    "name": pl.String,
    "value": pl.Decimal(38, 9),
    "hour": pl.Datetime("us"),
    "open": pl.Boolean,
}
HOUR = datetime(2025, 10, 26, 1)  # noqa: DTZ001
FIRST = ("011", 2023, "Horsthausen", Decimal("16.2"), HOUR, True)
SECOND = ("05916000", 2023, 'Stadt "Herne"\n, Ü', None, None, None)
YEAR = (Scope("year", 2023, 2024),)


def frame(*rows: tuple[Any, ...]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def stored(resource_id: str) -> list[Any]:
    """The rows with PostgreSQL's own mark of who wrote them."""
    with get_write_engine().connect() as connection:
        query = f'SELECT xmin::text, ctid::text, * FROM "{resource_id}" ORDER BY _id'
        return list(connection.exec_driver_sql(query).all())


@pytest.fixture(params=[writing.MANY, 1], ids=["few", "many"])
def table_id(resource_id: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A table with two rows; few and many rows go different ways and end the same."""
    monkeypatch.setattr(writing, "MANY", request.param)
    ensure(TABLE, resource_id)
    assert load(TABLE, resource_id, frame(FIRST, SECOND)) == Changes(inserted=2)
    return resource_id


def test_the_api_gives_typed_rows_with_key_and_dictionary(table_id: str) -> None:
    found = tk.get_action("datastore_search")({}, {"resource_id": table_id})
    assert [field["type"] for field in found["fields"][1:]] == [
        "text",
        "int4",
        "text",
        "numeric",
        "timestamp",
        "bool",
    ]
    assert found["fields"][4]["info"] == {
        "label": "Wert",
        "label_en": "Value",
        "notes": "Wert.",
        "notes_en": "Value.",
        "unit": "%",
    }
    first, second = found["records"]
    assert (first["area"], first["value"], first["hour"][:19], first["open"]) == (
        "011",
        16.2,
        "2025-10-26T01:00:00",
        True,
    )
    assert (second["area"], second["name"], second["value"], second["open"]) == (
        "05916000",
        SECOND[2],
        None,
        None,
    )
    assert found["total"] == 2
    with pytest.raises(tk.ValidationError):
        tk.get_action("datastore_upsert")(
            {"ignore_auth": True},
            {
                "resource_id": table_id,
                "method": "insert",
                "force": True,
                "records": [{"area": "011", "year": 2023}],
            },
        )


def test_full_text_search_finds_names(table_id: str) -> None:
    found = tk.get_action("datastore_search")({}, {"resource_id": table_id, "q": "horsthausen"})
    assert [row["area"] for row in found["records"]] == ["011"]
    load(TABLE, table_id, frame((*FIRST[:2], "Sodingen", *FIRST[3:])))
    for word, areas in (("horsthausen", []), ("sodingen", ["011"])):
        found = tk.get_action("datastore_search")({}, {"resource_id": table_id, "q": word})
        assert [row["area"] for row in found["records"]] == areas


def test_an_unchanged_load_writes_nothing(table_id: str) -> None:
    before = stored(table_id)
    assert load(TABLE, table_id, frame(SECOND, FIRST), YEAR) == Changes(unchanged=2)
    assert stored(table_id) == before


def test_a_load_says_what_it_did_and_what_it_would_do(table_id: str) -> None:
    rows = frame((*FIRST[:3], Decimal("16.3"), *FIRST[4:]), ("012", 2023, "Neu", None, None, False))
    wanted = Changes(inserted=1, changed=1, unchanged=0, removed=1)
    before = stored(table_id)
    assert load(TABLE, table_id, rows, YEAR, dry_run=True) == wanted
    assert stored(table_id) == before
    assert load(TABLE, table_id, rows, YEAR) == wanted
    assert read(TABLE, table_id).rows() == sorted(rows.rows())
    assert tk.get_action("datastore_search")({}, {"resource_id": table_id})["total"] == 2


def test_rows_outside_the_scope_stay(table_id: str) -> None:
    other = ("011", 2022, "Früher", Decimal(1), None, None)
    assert load(TABLE, table_id, frame(other), (Scope("year", 2022, 2023),)) == Changes(inserted=1)
    assert load(TABLE, table_id, frame(FIRST), (Scope("year", 2023, 2024, {"area": "011"}),)) == Changes(
        unchanged=1
    )
    assert load(TABLE, table_id, frame(), YEAR) == Changes(removed=2)
    assert [row[1] for row in read(TABLE, table_id).rows()] == [2022]


def test_each_scope_speaks_for_its_own_rows(table_id: str) -> None:
    other = [("011", year, "Horsthausen", None, HOUR, None) for year in (2020, 2021, 2022)]
    load(TABLE, table_id, frame(*other, ("022", 2022, "Sodingen", None, None, None)))
    scopes = (
        Scope("year", 2020, 2022, {"area": "011"}),
        Scope("year", 2021, 2023, {"area": "022"}),
        Scope("year", 2020, 2021, {"area": "011"}),
        Scope("hour", HOUR.isoformat(), HOUR.replace(hour=2), {"area": "011", "name": "Horsthausen"}),
    )
    changes = load(TABLE, table_id, frame(other[2], FIRST), scopes, dry_run=True)
    assert changes == Changes(unchanged=2, removed=3)
    assert load(TABLE, table_id, frame(other[2], FIRST), scopes) == changes
    assert [(row[0], row[1]) for row in read(TABLE, table_id).iter_rows()] == [
        ("011", 2022),
        ("011", 2023),
        ("05916000", 2023),
    ]


def test_a_failing_load_leaves_everything(table_id: str) -> None:
    before = stored(table_id)
    with pytest.raises(TableError):
        load(TABLE, table_id, frame(FIRST, FIRST), YEAR)
    too_large = pl.DataFrame([(*FIRST[:1], 2**40, *FIRST[2:])], schema=SCHEMA, orient="row")
    with pytest.raises(Exception, match="out of range"):
        load(TABLE, table_id, too_large, YEAR)
    assert stored(table_id) == before


def test_loads_of_one_table_wait_for_each_other(table_id: str) -> None:
    batches = [
        frame(*((f"{n:03d}", 2023, f"{by}", Decimal(by), None, None) for n in range(300))) for by in range(6)
    ]
    failures: list[Exception] = []

    def work(rows: pl.DataFrame) -> None:
        try:
            load(TABLE, table_id, rows, YEAR)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(rows,)) for rows in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    result = read(TABLE, table_id)
    assert any(result.equals(rows.cast(result.schema)) for rows in batches)


def test_a_stewards_dictionary_survives_and_new_columns_are_added(table_id: str) -> None:
    fields = tk.get_action("datastore_search")({}, {"resource_id": table_id, "limit": 0})["fields"][1:]
    fields[3]["info"] |= {"label": "Anteil", "notes": "Von Hand."}
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    context = {"ignore_auth": True, "user": user}
    tk.get_action("datastore_create")(context, {"resource_id": table_id, "fields": fields, "force": True})
    more = Table(
        TABLE.name, (*TABLE.columns, Column("note", "text", "Notiz", "Note", "Notiz.", "Note.")), TABLE.key
    )
    ensure(TABLE, table_id)
    ensure(more, table_id)
    found = {
        field["id"]: field.get("info")
        for field in tk.get_action("datastore_search")({}, {"resource_id": table_id, "limit": 0})["fields"]
    }
    assert found["value"]["label"] == "Anteil"
    assert found["value"]["notes"] == "Von Hand."
    assert found["name"]["label"] == "Name"
    assert found["note"]["label"] == "Notiz"


def test_ensuring_a_table_that_is_there_writes_nothing(table_id: str) -> None:
    model.Session.expire_all()
    before = model.Resource.get(table_id).last_modified
    ensure(TABLE, table_id)
    model.Session.expire_all()
    assert model.Resource.get(table_id).last_modified == before


def test_a_column_never_changes_its_type(table_id: str) -> None:
    other = Table(TABLE.name, (*TABLE.columns[:1], Column("year", "text", "", "", "", "")), ("area",))
    with pytest.raises(TableError, match="'year': stored as int4, declared as text"):
        ensure(other, table_id)


def test_newest_and_extent(table_id: str) -> None:
    load(TABLE, table_id, frame(("011", 2025, None, None, None, None)))
    assert newest(table_id, "year", by="area") == {"011": 2025, "05916000": 2023}
    assert extent(table_id, "year") == (2023, 2025)
    assert newest("there-is-no-such-table", "year", by="area") == {}


TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
ROWS = st.dictionaries(
    st.tuples(TEXTS.filter(bool), st.integers(-(2**31), 2**31 - 1)),
    st.tuples(
        st.none() | TEXTS,
        st.none() | st.decimals(-(10**9), 10**9, places=9),
        st.none() | st.datetimes(datetime(1, 1, 1), datetime(9999, 1, 1)),  # noqa: DTZ001
        st.none() | st.booleans(),
    ),
    max_size=8,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, ROWS)
def test_what_is_loaded_is_what_is_read(table_id: str, one: dict[Any, Any], two: dict[Any, Any]) -> None:
    everything = (Scope("year", -(2**31), 2**40),)
    load(TABLE, table_id, frame(), everything)
    assert load(TABLE, table_id, frame(*(key + row for key, row in one.items()))) == Changes(
        inserted=len(one)
    )
    changes = load(TABLE, table_id, frame(*(key + row for key, row in two.items())), everything)
    empty = {
        key: tuple(value or None if isinstance(value, str) else value for value in row)
        for key, row in two.items()
    }
    found = {row[:2]: row[2:] for row in read(TABLE, table_id).rows()}
    assert found == empty
    assert changes.removed == len(one.keys() - two.keys())
    assert changes.inserted == len(two.keys() - one.keys())
    assert changes.changed + changes.unchanged == len(one.keys() & two.keys())
