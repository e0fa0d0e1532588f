"""Downloads of typed tables as others read them: right values, right types, the same bytes each time."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import ckan.plugins.toolkit as tk
import openpyxl
import polars as pl
import pytest
from ckan.tests import factories
from ckanext.datastore.backend.postgres import get_write_engine
from ckanext.herne.tables import Column, Scope, Table, ensure, load
from ckanext.herne.tables.export import FORMATS, Rows, address, formats_of, reading, workbook
from ckanext.herne.tables.stored import declaration
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape


def column(name: str, kind: str, unit: str | None = None) -> Column:
    return Column(
        name, kind, f"{name} deutsch", f"{name} English", f"Was {name} ist.", f"What {name} is.", unit
    )


TABLE = Table(
    "Stationen",
    (
        column("hour", "timestamp"),
        column("id", "text"),
        column("value", "numeric", "ug/m3"),
        column("n", "integer"),
        column("day", "date"),
        column("open", "boolean"),
        column("longitude", "numeric", "deg"),
        column("latitude", "numeric", "deg"),
    ),
    ("id", "hour"),
)
SCHEMA = {
    "hour": pl.Datetime("us"),
    "id": pl.String,
    "value": pl.Decimal(38, 9),
    "n": pl.Int64,
    "day": pl.Date,
    "open": pl.Boolean,
    "longitude": pl.Decimal(38, 9),
    "latitude": pl.Decimal(38, 9),
}
HOUR = datetime(2025, 10, 26, 1)  # noqa: DTZ001
ROW = (HOUR, "01", Decimal("16.20"), 7, date(2025, 10, 26), True, Decimal("7.22"), Decimal("51.54"))
EMPTY = (datetime(2024, 1, 1), 'a,"b"\r\n;ü', *[None] * 6)  # noqa: DTZ001


def frame(*rows: tuple[Any, ...]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


@pytest.fixture
def table_id(resource_id: str) -> str:
    ensure(TABLE, resource_id)
    load(TABLE, resource_id, frame(ROW, EMPTY))
    return resource_id


def exported(resource_id: str, ending: str) -> bytes:
    """A download's bytes, made from what the DataStore says of the table."""
    return b"".join(FORMATS[ending].write(Rows(declaration(resource_id), resource_id)))


def test_a_csv_is_what_a_reader_of_rfc_4180_expects(table_id: str) -> None:
    assert exported(table_id, "csv").decode() == (
        "hour,id,value,n,day,open,longitude,latitude\r\n"
        "2025-10-26T01:00:00Z,01,16.2,7,2025-10-26,true,7.22,51.54\r\n"
        '2024-01-01T00:00:00Z,"a,""b""\r\n;ü",,,,,,\r\n'
    )


def test_json_has_numbers_texts_and_nulls(table_id: str) -> None:
    first, second = json.loads(exported(table_id, "json"))
    assert first == {
        "hour": "2025-10-26T01:00:00Z",
        "id": "01",
        "value": 16.2,
        "n": 7,
        "day": "2025-10-26",
        "open": True,
        "longitude": 7.22,
        "latitude": 51.54,
    }
    assert second == dict.fromkeys(SCHEMA) | {"hour": "2024-01-01T00:00:00Z", "id": EMPTY[1]}


def test_geojson_places_the_rows_that_say_where_they_are(table_id: str) -> None:
    found = json.loads(exported(table_id, "geojson"))
    assert found["type"] == "FeatureCollection"
    assert [feature["geometry"] for feature in found["features"]] == [
        {"type": "Point", "coordinates": [7.22, 51.54]},
        None,
    ]
    assert found["features"][0]["properties"]["value"] == 16.2


def test_parquet_has_real_types_and_its_times_are_utc(table_id: str) -> None:
    found = pl.read_parquet(io.BytesIO(exported(table_id, "parquet")))
    assert found.schema == {**SCHEMA, "hour": pl.Datetime("us", "UTC")}
    assert found.row(0) == (HOUR.replace(tzinfo=UTC), *ROW[1:])
    assert found.row(1)[2:] == EMPTY[2:]


def test_a_workbook_has_real_types_and_says_what_its_columns_are(table_id: str) -> None:
    rows, columns = sheets(exported(table_id, "xlsx"))
    assert [cell.value for cell in rows[1]] == list(SCHEMA)
    assert [cell.value for cell in rows[2]] == [
        HOUR,
        "01",
        16.2,
        7,
        datetime(2025, 10, 26),  # noqa: DTZ001
        True,
        7.22,
        51.54,
    ]
    assert [cell.value for cell in rows[3]][2:] == [None] * 6
    said = {row[0].value: [cell.value for cell in row[1:]] for row in columns}
    assert said["hour"][:3] == ["timestamp (UTC)", "x", None]
    assert said["value"] == [
        "numeric",
        None,
        "ug/m3",
        "value deutsch",
        "Was value ist.",
        "value English",
        "What value is.",
    ]


@pytest.mark.parametrize(
    "text", ["=1+1", "#REF!", "007", "1E5", "TRUE", "_x0041_", " a\tb\r\n", "+49", "x" * 40000]
)
def test_text_stays_text_in_a_workbook(table_id: str, text: str) -> None:
    load(TABLE, table_id, frame((HOUR, text, *[None] * 6)))
    rows = list(sheets(exported(table_id, "xlsx"))[0])[1:]
    cell = next(row[1] for row in rows if row[0].value == HOUR and row[1].value != "01")
    assert cell.data_type == "s"
    found = unescape(cell.value)
    assert found == text if len(text) < 1000 else (len(found) <= 32767 and found.endswith("[…]"))


@pytest.mark.parametrize(
    ("number", "is_text"),
    [("1234567.12", False), ("1234567890.123456789", True), ("-0.000000001", False), ("1E+20", False)],
)
def test_no_digit_is_lost_in_a_workbook(table_id: str, number: str, is_text: bool) -> None:
    load(TABLE, table_id, frame((*ROW[:2], Decimal(number), *ROW[3:])))
    cell = sheets(exported(table_id, "xlsx"))[0][2][2]
    assert isinstance(cell.value, str) == is_text
    assert Decimal(str(cell.value)) == Decimal(number)


@pytest.mark.parametrize("bound", [{"MOST_ROWS": 1}, {"MOST_CELLS": 2 * len(TABLE.columns) - 1}], ids=str)
def test_more_rows_than_a_workbook_gets_are_refused_with_a_way_out(
    portal: Any, table_id: str, monkeypatch: pytest.MonkeyPatch, bound: dict[str, int]
) -> None:
    for name, value in bound.items():
        monkeypatch.setattr(workbook, name, value)
    assert "2025.xlsx" in portal.get(address(table_id, "xlsx"), status=404).body
    portal.get(address(table_id, "xlsx", 2025), status=200)
    assert "xlsx" not in [found.ending for found in formats_of(Rows(TABLE, table_id))]


@pytest.mark.parametrize("ending", FORMATS)
def test_the_same_rows_give_the_same_bytes(table_id: str, ending: str) -> None:
    """However often, and whatever the way they came into the table."""
    before = exported(table_id, ending)
    everything = (Scope("hour", datetime(1, 1, 1), datetime(9999, 1, 1)),)  # noqa: DTZ001
    load(TABLE, table_id, frame(), everything)
    load(TABLE, table_id, frame(EMPTY))
    load(TABLE, table_id, frame(ROW))
    assert exported(table_id, ending) == before


@pytest.mark.parametrize("ending", FORMATS)
def test_a_table_without_rows_is_a_valid_download(table_id: str, ending: str) -> None:
    load(TABLE, table_id, frame(), (Scope("hour", datetime(1, 1, 1), datetime(9999, 1, 1)),))  # noqa: DTZ001
    content = exported(table_id, ending)
    if ending == "csv":
        assert content == b"hour,id,value,n,day,open,longitude,latitude\r\n"
    elif ending == "parquet":
        assert pl.read_parquet(io.BytesIO(content)).height == 0
    elif ending == "xlsx":
        assert [[cell.value for cell in row] for row in sheets(content)[0]] == [list(SCHEMA)]
    else:
        assert json.loads(content) == (
            [] if ending == "json" else {"type": "FeatureCollection", "features": []}
        )


def test_a_download_is_one_consistent_reading(table_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A load that comes in between is in none of its batches."""
    monkeypatch.setattr(reading, "BATCH", 1)
    lines = Rows(TABLE, table_id).texts()
    next(lines)
    load(TABLE, table_id, frame((EMPTY[0], EMPTY[1], Decimal(1), *EMPTY[3:])))
    assert next(lines)[0][2] is None


@st.composite
def tables(draw: st.DrawFn) -> list[tuple[Any, ...]]:
    texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=8)
    times = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31))  # noqa: DTZ001
    decimals = st.none() | st.decimals(-(10**28), 10**28, places=9)
    degrees = st.none() | st.decimals(-180, 180, places=7)
    values = st.tuples(
        decimals,
        st.none() | st.integers(-(2**31), 2**31 - 1),
        st.none() | st.dates(),
        st.none() | st.booleans(),
        degrees,
        degrees,
    )
    found = draw(st.dictionaries(st.tuples(times, texts), values, max_size=6))
    return [key + row for key, row in found.items()]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tables())
def test_every_value_survives_every_format(table_id: str, rows: list[tuple[Any, ...]]) -> None:
    everything = (Scope("hour", datetime(1, 1, 1), datetime(9999, 12, 31, 23)),)  # noqa: DTZ001
    load(TABLE, table_id, frame(*rows), everything)
    wanted = sorted((row[0].replace(tzinfo=UTC), *row[1:]) for row in rows) if rows else []
    for ending, read in READERS.items():
        assert sorted(read(exported(table_id, ending)), key=lambda row: row[:2]) == wanted, ending


def from_csv(content: bytes) -> list[tuple[Any, ...]]:
    lines = csv.DictReader(io.StringIO(content.decode(), newline=""))
    return [typed({name: value or None for name, value in line.items()}) for line in lines]


def from_json(content: bytes) -> list[tuple[Any, ...]]:
    return [typed(row) for row in json.loads(content, parse_float=Decimal)]


def from_geojson(content: bytes) -> list[tuple[Any, ...]]:
    features = json.loads(content, parse_float=Decimal)["features"]
    for feature in features:
        places = [feature["properties"][name] for name in ("longitude", "latitude")]
        assert (feature["geometry"] or {}).get("coordinates") == (None if None in places else places)
    return [typed(feature["properties"]) for feature in features]


def from_parquet(content: bytes) -> list[tuple[Any, ...]]:
    return pl.read_parquet(io.BytesIO(content)).rows()


def from_xlsx(content: bytes) -> list[tuple[Any, ...]]:
    lines = list(sheets(content)[0])[1:]
    return [typed(dict(zip(SCHEMA, map(plain, line), strict=True))) for line in lines]


def plain(cell: Any) -> Any:
    """What a cell holds, as the text of a number, time or text."""
    value = cell.value
    if isinstance(value, datetime):
        return value.date().isoformat() if cell.number_format == "yyyy-mm-dd" else f"{value.isoformat()}Z"
    return value if value is None or isinstance(value, bool) else unescape(str(value))


def sheets(content: bytes) -> list[Any]:
    """The rows, and what their columns mean."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    return [book["Daten"], book["Spalten"]]


READERS = {
    "csv": from_csv,
    "json": from_json,
    "geojson": from_geojson,
    "parquet": from_parquet,
    "xlsx": from_xlsx,
}


def typed(row: dict[str, Any]) -> tuple[Any, ...]:
    """The values of a row from a format of texts and numbers."""
    readings: dict[str, Any] = {
        "timestamp": datetime.fromisoformat,
        "date": date.fromisoformat,
        "numeric": Decimal,
        "integer": int,
        "boolean": lambda value: value if isinstance(value, bool) else value == "true",
        "text": str,
    }
    return tuple(
        None if row[entry.id] is None else readings[entry.type](row[entry.id]) for entry in TABLE.columns
    )


def test_downloads_have_stable_addresses_and_say_what_they_are(portal: Any, table_id: str) -> None:
    for ending, media_type in (
        ("csv", "text/csv; charset=utf-8"),
        ("json", "application/json"),
        ("geojson", "application/geo+json"),
        ("parquet", "application/vnd.apache.parquet"),
        ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ):
        answer = portal.get(address(table_id, ending), status=200)
        assert answer.headers["Content-Type"] == media_type
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{table_id}.{ending}"'
        assert answer.data == exported(table_id, ending)


def test_a_year_of_a_table_has_an_address_of_its_own(portal: Any, table_id: str) -> None:
    lines = portal.get(address(table_id, "csv", 2025), status=200).body.splitlines()
    assert [line[:4] for line in lines[1:]] == ["2025"]
    assert len(portal.get(address(table_id, "csv", 2023), status=200).body.splitlines()) == 1
    portal.get(f"/tables/{table_id}/0000.csv", status=404)


def test_who_has_the_rows_already_need_not_read_them_again(portal: Any, table_id: str) -> None:
    path = address(table_id, "csv")
    known = portal.get(path).headers
    asked = {"If-None-Match": known["ETag"]}
    assert portal.get(path, headers=asked, status=304).data == b""
    load(TABLE, table_id, frame(ROW))
    portal.get(path, headers=asked, status=304)
    load(TABLE, table_id, frame((*ROW[:3], 8, *ROW[4:])))
    assert portal.get(path, headers=asked, status=200).headers["Last-Modified"]


def test_rows_that_others_wrote_are_noticed(portal: Any, table_id: str) -> None:
    path = address(table_id, "csv")
    asked = {"If-None-Match": portal.get(path).headers["ETag"]}
    with get_write_engine().begin() as connection:
        connection.exec_driver_sql(f"""UPDATE "{table_id}" SET n = 9""")
        connection.exec_driver_sql("SELECT pg_stat_force_next_flush()")
    assert b",9," in portal.get(path, headers=asked, status=200).data


def test_asking_for_the_head_reads_no_rows(
    portal: Any, table_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Rows, "batches", lambda rows, wanted: pytest.fail("rows were read"))
    assert portal.test_client().head(address(table_id, "parquet")).status_code == 200


def test_what_has_no_typed_table_or_no_place_is_not_found(portal: Any, resource_id: str) -> None:
    answer = portal.get(address(resource_id, "csv"), status=404)
    assert "no table" in answer.body
    portal.get("/tables/00000000-0000-4000-8000-000000000000.csv", status=404)
    plain = Table("Ohne Ort", TABLE.columns[:3], TABLE.key)
    ensure(plain, resource_id)
    portal.get(address(resource_id, "geojson"), status=404)
    portal.get(address(resource_id, "csv"), status=200)


def test_rows_of_a_private_dataset_stay_private(portal: Any) -> None:
    user = factories.Sysadmin(image_url="")
    entry = {"url": "/datastore", "url_type": "datastore", "name": "Tabelle", "format": "CSV"}
    context = {"ignore_auth": True, "user": user["name"]}
    name = factories.Dataset.stub().name
    data = {"title": name, "name": name, "notes": name, "private": True, "resources": [entry]}
    resource = tk.get_action("package_create")(context, data)["resources"][0]["id"]
    ensure(TABLE, resource)
    for path in (
        address(resource, "csv"),
        f"/tables/{resource}.csv-metadata.json",
        f"/tables/{resource}.schema.json",
    ):
        assert portal.get(path).status_code in (403, 404)
    token = factories.APIToken(user=user["name"])["token"]
    portal.get(address(resource, "csv"), headers={"Authorization": token}, status=200)


def test_the_table_that_is_stored_says_all_that_was_declared(table_id: str) -> None:
    found = declaration(table_id)
    assert (found.columns, found.key) == (TABLE.columns, TABLE.key)


def test_csvw_describes_the_csv(portal: Any, table_id: str) -> None:
    answer = portal.get(f"/tables/{table_id}.csv-metadata.json", status=200)
    assert answer.headers["Content-Type"] == "application/csvm+json"
    found = answer.json
    assert found["url"].endswith(address(table_id, "csv"))
    assert found["dc:license"] == {"@id": "http://dcat-ap.de/def/licenses/dl-zero-de/2.0"}
    assert found["tableSchema"]["primaryKey"] == ["id", "hour"]
    value = found["tableSchema"]["columns"][2]
    assert value == {
        "name": "value",
        "titles": "value",
        "datatype": "decimal",
        "rdfs:label": [
            {"@value": "value deutsch", "@language": "de"},
            {"@value": "value English", "@language": "en"},
        ],
        "dc:description": [
            {"@value": "Was value ist.", "@language": "de"},
            {"@value": "What value is.", "@language": "en"},
        ],
        "http://qudt.org/schema/qudt/ucumCode": "ug/m3",
    }
    download = portal.get(address(table_id, "csv"))
    assert f"/tables/{table_id}.csv-metadata.json" in download.headers["Link"]


def test_table_schema_describes_the_columns(portal: Any, table_id: str) -> None:
    found = portal.get(f"/tables/{table_id}.schema.json", status=200).json
    assert [field["type"] for field in found["fields"]] == [
        "datetime",
        "string",
        "number",
        "integer",
        "date",
        "boolean",
        "number",
        "number",
    ]
    assert found["fields"][1]["constraints"] == {"required": True}
    assert found["fields"][2]["unit"] == "ug/m3"
    assert (found["primaryKey"], found["missingValues"]) == (["id", "hour"], [""])
