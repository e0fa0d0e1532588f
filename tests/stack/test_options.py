"""CKAN's options of an operator: what is written counts, what cannot count is refused with its line."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from herne_stack.configuration import Settings, render_ini
from herne_stack.errors import OptionsError
from herne_stack.options import read_options
from hypothesis import given
from hypothesis import strategies as st

from .test_configuration import SETTINGS, read

if TYPE_CHECKING:
    from pathlib import Path


def written(folder: Path, text: str) -> Path:
    path = folder / "options.ini"
    path.write_text(text, "utf-8")
    return path


def test_options_stand_in_place_of_the_stacks_own_and_all_others_stay(tmp_path: Path) -> None:
    text = "# ours\nsmtp.server = mail.example.org\nckan.max_resource_size = 500\nckanext.herne.gate=warn\n"
    options = read_options(written(tmp_path, text))
    before, after = read(render_ini(SETTINGS)), read(render_ini(replace(SETTINGS, options=options)))
    changed = {name: value for name, value in after.items() if before.get(name) != value}
    assert changed == {
        "smtp.server": "mail.example.org",
        "ckan.max_resource_size": "500",
        "ckanext.herne.gate": "warn",
    }
    assert before.keys() <= after.keys()
    assert render_ini(replace(SETTINGS, options=options)).startswith(
        "# Written by herne-stack at every start"
    )


@given(
    st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=30).filter(
        lambda t: t[0] not in "#;"
    )
)
def test_any_value_arrives(value: str) -> None:
    assert read(render_ini(replace(SETTINGS, options={"smtp.password": value})))["smtp.password"] == value


def test_a_list_over_several_lines_is_one_value(tmp_path: Path) -> None:
    options = read_options(written(tmp_path, "ckan.plugins =\n  herne\n  datastore\n"))
    assert read(render_ini(replace(SETTINGS, options=options)))["ckan.plugins"].split() == [
        "herne",
        "datastore",
    ]


def test_without_a_file_there_are_none(tmp_path: Path) -> None:
    assert read_options(tmp_path / "options.ini") == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("smtp.server = a\nwhat is this\n", "line 2 is no option"),
        ("a = 1\na = 2\n", "line 2 sets a again"),
        ("[app:main]\na = 1\n", r"line 1: leave \[app:main\] out"),
        ("a = 1\n[loggers]\nkeys = root\n", r"\[loggers\]: there are no sections here"),
        ("solr_url = http://elsewhere\n", "solr_url cannot be set here: the stack knows"),
        ("ckan.site_url = https://x\n", "set HERNE_SITE_URL"),
        ("SECRET_KEY = x\n", "keys stand in the folder secrets"),
    ],
)
def test_what_cannot_count_is_refused_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(OptionsError, match=told) as raised:
        read_options(path)
    assert str(path) in str(raised.value)
    assert "smtp.server = mail.example.org" in raised.value.remedy


def test_containers_name_the_file_in_a_variable(tmp_path: Path) -> None:
    path = written(tmp_path, "ckanext.herne.gate = warn\n")
    names = (
        "SITE_URL",
        "DATABASE_PASSWORD",
        "DATASTORE_READ_PASSWORD",
        "SESSION_KEY",
        "CSRF_KEY",
        "API_TOKEN_KEY",
    )
    environ = {f"HERNE_{name}": "x" for name in names}
    assert Settings.from_environment(environ).options == {}
    found = Settings.from_environment({**environ, "HERNE_OPTIONS": str(path)})
    assert found.options == {"ckanext.herne.gate": "warn"}
