"""The dataset of a theme as CKAN gets it: its description, its three tables and their downloads. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from ckanext.herne.harvesters.hits.theme import TABLE
from ckanext.herne.harvesters.hits.wide import AREA, wide
from ckanext.herne.harvesters.operations.dataset import DEMO_NOTE, Identity, dataset_dict
from ckanext.herne.tables import Column, Table

if TYPE_CHECKING:
    from ckanext.herne.harvesters.hits.theme import Indicator, Theme

STATISTICS = "http://data.europa.eu/bna/c_e1da4e07"
"""The category "Statistics" of high-value data (Implementing Regulation (EU) 2023/138)."""
_DOWNLOADS = {
    "json": ("JSON", "application/json"),
    "parquet": ("Parquet", "application/vnd.apache.parquet"),
}
CODEBOOK = Table(
    name="HiTS codebook",
    columns=(
        Column("indicator", "text", "Merkmal (Kürzel)", "Indicator (short name)", "Kürzel.", "Short name."),
        Column("label_de", "text", "Bezeichnung", "German name", "Bezeichnung.", "Name in German."),
        Column("label_en", "text", "Englische Bezeichnung", "Name", "Englisch.", "Name in English."),
        Column("unit", "text", "Einheit", "Unit", "Einheit als UCUM-Code.", "Unit as UCUM code."),
        Column(
            "dimensions", "text", "Gliederung", "Dimensions", "Wonach gegliedert.", "What it is a part of."
        ),
        Column("adds_up", "boolean", "Summierbar", "Adds up", "Ob Gebiete sich summieren.", "Areas add up."),
    ),
    key=("indicator",),
)
"""What the indicators of a theme are: the dimensions, units and names of its figures."""


def resource_ids(source_id: str, part: str) -> dict[str, str]:
    """The ids of the tidy table, the wide one, the codebook and the downloads."""
    names = {"tidy": part} | {name: f"{part}:{name}" for name in ("wide", "codebook", *_DOWNLOADS)}
    return {name: Identity.of(source_id, text).resource_id for name, text in names.items()}


def wide_table(theme: Theme) -> Table | None:
    """The table with a column per indicator; None for themes whose sections make indicators of their own."""
    if theme.sections:
        return None
    columns = [column for column in TABLE.columns if column.id in AREA]
    for entry in theme.indicators:
        columns += _columns(entry)
    return Table(f"HiTS {theme.id}, wide", tuple(columns), ("level", "area_id", "year"))


def _columns(entry: Indicator) -> tuple[Column, Column]:
    """The value of an indicator and, beside it, why it may be empty."""
    value = Column(
        entry.id, "numeric", entry.label_de, entry.label_en, entry.label_de, entry.label_en, entry.unit
    )
    texts = (f"{entry.label_de}: Status", f"{entry.label_en}: status")
    return value, Column(f"{entry.id}_status", "text", *texts, *texts)


def wide_rows(theme: Theme, table: Table, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of the wide table, with all its columns."""
    found = wide(rows)
    missing = [column for column in table.columns if column.id not in found.columns]
    empty = {
        column.id: pl.lit(None, pl.Decimal(38, 9) if column.type == "numeric" else pl.String)
        for column in missing
    }
    told = {
        f"{entry.id}_status": pl.coalesce(pl.col(f"{entry.id}_status"), pl.lit("missing"))
        for entry in theme.indicators
    }
    return found.with_columns(**empty).with_columns(**told).select(table.names)


def codebook_rows(theme: Theme) -> pl.DataFrame:
    """The rows of the codebook."""
    lines = [
        (
            entry.id,
            entry.label_de,
            entry.label_en,
            entry.unit,
            "; ".join(f"{name}={text}" for name, text in entry.dimensions.items()) or None,
            entry.adds_up,
        )
        for entry in theme.indicators
    ]
    schema = {column.id: pl.Boolean if column.type == "boolean" else pl.String for column in CODEBOOK.columns}
    return pl.DataFrame(lines, schema=schema, orient="row")


def said(theme: Theme, source_id: str, site: str, note: str, *, demo: bool) -> dict[str, Any]:
    """The fields of the dataset that the source owns; `site` is the portal's address."""
    ids = resource_ids(source_id, theme.id)
    fields = dataset_dict(theme.dataset, Identity.of(source_id, theme.id), demo=demo)
    if wide_table(theme) is not None:
        text = "Eine Spalte je Merkmal, für Tabellenkalkulation / One column per indicator, for spreadsheets"
        fields["resources"].append(
            _table(ids["wide"], f"{theme.dataset.resource_de}, breit", text, demo=demo)
        )
    text = "Merkmale, Einheiten und Gliederungen / Indicators, units and dimensions"
    fields["resources"].append(_table(ids["codebook"], "Verzeichnis der Merkmale", text, demo=demo))
    for ending, (label, media_type) in _DOWNLOADS.items():
        resource = _table(ids[ending], f"{theme.dataset.resource_de} ({label})", label, demo=demo)
        del resource["url_type"]
        url = f"{site}/tables/{ids['tidy']}.{ending}"
        fields["resources"].append(resource | {"url": url, "format": label, "mimetype": media_type})
    return fields | {
        "hvd": True,
        "hvd_category": [STATISTICS],
        "temporal_resolution": "P1Y",
        "version_notes": note,
        **({"contact": [theme.contact]} if theme.contact else {}),
    }


def _table(resource_id: str, name: str, text: str, *, demo: bool) -> dict[str, Any]:
    return {
        "id": resource_id,
        "name": name,
        "description": f"{DEMO_NOTE} {text}" if demo else text,
        "format": "CSV",
        "mimetype": "text/csv",
        "url_type": "datastore",
        "url": f"/datastore/dump/{resource_id}",
    }
