"""The data dictionary of every table a harvest fills: whole in both languages, as the API gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
import pytest
from ckanext.herne.harvesters.hits.datasets import CODEBOOK, wide_table
from ckanext.herne.harvesters.hits.theme import TABLE, theme
from ckanext.herne.harvesters.sensors.domain import domain, domains
from ckanext.herne.harvesters.sensors.tables import daily_table, hourly_table, station_table
from ckanext.herne.tables import ensure

if TYPE_CHECKING:
    from ckanext.herne.tables import Table

TEXTS = ("label", "label_en", "notes", "notes_en")


def population() -> Table:
    """The wide table of all indicators of a theme."""
    known = theme("bevoelkerung")
    return wide_table(known, {entry.id for entry in known.indicators})


def tables() -> list[Table]:
    kinds = (hourly_table, daily_table, station_table)
    return [TABLE, CODEBOOK, population(), *(kind(domain(name)) for name in domains() for kind in kinds)]


@pytest.mark.parametrize("table", tables(), ids=lambda table: table.name)
def test_every_column_is_told_in_both_languages(table: Table) -> None:
    lacking = {
        (column.id, text)
        for column in table.columns
        for text in TEXTS
        if not column.field()["info"].get(text)
    }
    assert lacking == set()


def test_the_api_gives_labels_and_units_of_a_wide_table(resource_id: str) -> None:
    table = population()
    ensure(table, resource_id)
    info: dict[str, Any] = tk.get_action("datastore_info")({"ignore_auth": True}, {"id": resource_id})
    given = {field["id"]: field["info"] for field in info["fields"]}
    assert given == {column.id: column.field()["info"] for column in table.columns}
    units = {name: said["unit"] for name, said in given.items() if "unit" in said}
    assert units["population"] == "1"
    assert units["share_under_18"] == "%"
