"""The dataset of a theme as CKAN gets it: its description and its three tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import polars as pl
from ckanext.herne import tables
from ckanext.herne.harvesters.hits.measures import measures
from ckanext.herne.harvesters.hits.statdcat import statistics
from ckanext.herne.harvesters.hits.theme import TABLE
from ckanext.herne.harvesters.hits.wide import AREA, wide
from ckanext.herne.harvesters.operations.dataset import Identity, dataset_dict, series_dict, table_resource
from ckanext.herne.tables import Column, Table

if TYPE_CHECKING:
    from collections.abc import Collection

    from ckanext.herne.harvesters.hits.theme import Indicator, Theme

STATISTICS = "http://data.europa.eu/bna/c_e1da4e07"
"""The category "Statistics" of high-value data (Implementing Regulation (EU) 2023/138)."""
_WIDE = "Eine Spalte je Merkmal, für Tabellenkalkulation / One column per indicator, for spreadsheets"
_CODEBOOK = "Merkmale, Einheiten und Gliederungen / Indicators, units and dimensions"
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
    """The ids of the tidy table, the wide one and the codebook."""
    names = {"tidy": part} | {name: f"{part}:{name}" for name in ("wide", "codebook")}
    return {name: Identity.of(source_id, text).resource_id for name, text in names.items()}


def known(resource_id: str) -> set[str]:
    """The indicators that the codebook of a resource has."""
    if not tables.exists(resource_id):
        return set()
    return set(tables.read(CODEBOOK, resource_id).get_column("indicator"))


def wide_table(theme: Theme, used: Collection[str]) -> Table:
    """The table with two columns per indicator; of those that sections make, for the ones that are used."""
    columns = [column for column in TABLE.columns if column.id in AREA]
    for entry in measures(theme, used):
        columns += _columns(entry)
    return Table(f"HiTS {theme.id}, wide", tuple(columns), ("level", "area_id", "year"))


def _columns(entry: Indicator) -> tuple[Column, Column]:
    """The value of an indicator and, beside it, why it may be empty."""
    value = Column(
        entry.id, "numeric", entry.label_de, entry.label_en, entry.label_de, entry.label_en, entry.unit
    )
    texts = (f"{entry.label_de}: Status", f"{entry.label_en}: status")
    return value, Column(f"{entry.id}_status", "text", *texts, *texts)


def wide_rows(table: Table, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of the wide table, with all its columns."""
    found = wide(rows)
    empty = {
        column.id: pl.lit(None, pl.Decimal(38, 9)) if column.type == "numeric" else pl.lit("missing")
        for column in table.columns
        if column.id not in found.columns
    }
    return found.with_columns(**empty).select(table.names)


def codebook_rows(theme: Theme, used: Collection[str]) -> pl.DataFrame:
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
        for entry in measures(theme, used)
    ]
    schema = {column.id: pl.Boolean if column.type == "boolean" else pl.String for column in CODEBOOK.columns}
    return pl.DataFrame(lines, schema=schema, orient="row")


def series(theme: Theme, source_id: str) -> Identity:
    """Who the series of a theme is."""
    return Identity.of(source_id, f"{theme.id}:series")


def said_of_series(theme: Theme, source_id: str, *, demo: bool) -> dict[str, Any]:
    """The fields of the series that the source owns: what holds for the theme in all years and forms."""
    text = theme.dataset
    titles = {"title_de": f"{text.title_de} (Reihe)", "title_en": f"{text.title_en} (series)"}
    described = msgspec.structs.replace(text, **titles)
    return series_dict(described, series(theme, source_id), demo=demo) | _office(theme)


def _office(theme: Theme) -> dict[str, Any]:
    """Who answers for the figures, where the theme says it."""
    return {"contact": [theme.contact]} if theme.contact else {}


def said(theme: Theme, source_id: str, note: str, used: Collection[str], *, demo: bool) -> dict[str, Any]:
    """The fields of the dataset that the source owns; `used` are the indicators its rows are of."""
    ids, text = resource_ids(source_id, theme.id), theme.dataset
    fields = dataset_dict(text, Identity.of(source_id, theme.id), demo=demo)
    names = f"{text.resource_de}, breit", f"{text.resource_en}, wide"
    fields["resources"].append(table_resource(ids["wide"], *names, about=_WIDE, demo=demo))
    names = "Verzeichnis der Merkmale", "Codebook"
    fields["resources"].append(table_resource(ids["codebook"], *names, about=_CODEBOOK, demo=demo))
    return fields | {
        "in_series": [series(theme, source_id).uri],
        "hvd": True,
        "hvd_category": [STATISTICS],
        "temporal_resolution": "P1Y",
        "version_notes": note,
        **statistics(theme, used),
        **_office(theme),
    }
