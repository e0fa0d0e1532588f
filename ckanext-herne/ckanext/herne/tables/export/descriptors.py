"""What a machine needs to read the CSV rightly: CSVW (W3C) and Table Schema (Frictionless). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ckanext.herne.tables.model import Column, Table

CSVW_TYPES = {
    "text": "string",
    "integer": "integer",
    "numeric": "decimal",
    "timestamp": "dateTimeStamp",
    "date": "date",
    "boolean": "boolean",
}
SCHEMA_TYPES = {
    "text": "string",
    "integer": "integer",
    "numeric": "number",
    "timestamp": "datetime",
    "date": "date",
    "boolean": "boolean",
}


@dataclass(frozen=True)
class Facts:
    """What is said of the table as a whole: title, the page of its dataset, URI of the licence."""

    title: str
    page: str
    licence: str


def csvw(table: Table, url: str, facts: Facts) -> dict[str, Any]:
    """Metadata for Tabular Data on the Web of the CSV at `url`."""
    said = {"dc:title": facts.title, "dc:license": {"@id": facts.licence}, "dc:isPartOf": {"@id": facts.page}}
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "de"}],
        "url": url,
        **{name: value for name, value in said.items() if value not in ("", {"@id": ""})},
        "dialect": {"encoding": "utf-8", "delimiter": ",", "header": True},
        "tableSchema": {
            "columns": [_csvw_column(column, table) for column in table.columns],
            "primaryKey": list(table.key),
        },
    }


def _csvw_column(column: Column, table: Table) -> dict[str, Any]:
    said = {
        "rdfs:label": _in_both(column.label_de, column.label_en),
        "dc:description": _in_both(column.description_de, column.description_en),
        "http://qudt.org/schema/qudt/ucumCode": column.unit,
    }
    required = {"required": True} if column.id in table.key else {}
    return {
        "name": column.id,
        "titles": column.id,
        "datatype": CSVW_TYPES[column.type],
        **required,
        **{name: value for name, value in said.items() if value},
    }


def _in_both(de: str, en: str) -> list[dict[str, str]]:
    return [{"@value": text, "@language": tag} for tag, text in (("de", de), ("en", en)) if text]


def table_schema(table: Table) -> dict[str, Any]:
    """A Table Schema; German in its own properties, English and the unit (UCUM) beside them."""
    return {
        "fields": [_schema_field(column, table) for column in table.columns],
        "primaryKey": list(table.key),
        "missingValues": [""],
    }


def _schema_field(column: Column, table: Table) -> dict[str, Any]:
    said = {
        "title": column.label_de,
        "title_en": column.label_en,
        "description": column.description_de,
        "description_en": column.description_en,
        "unit": column.unit,
    }
    return {
        "name": column.id,
        "type": SCHEMA_TYPES[column.type],
        **{name: value for name, value in said.items() if value},
        **({"constraints": {"required": True}} if column.id in table.key else {}),
    }
