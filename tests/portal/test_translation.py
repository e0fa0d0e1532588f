"""The German catalogue: complete, compiled, and with the same placeholders as the English texts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
CATALOGUE = ROOT / "ckanext-herne/ckanext/herne/i18n/de/LC_MESSAGES/ckanext-herne.po"
METHODS = [("**/templates/**.html", "ckan"), ("**.py", "python")]


def texts(value: object) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())  # type: ignore[call-overload]


def test_every_text_has_its_german() -> None:
    with CATALOGUE.open("rb") as source:
        catalogue = read_po(source, locale="de")
    assert [entry.id for entry in catalogue if entry.id and not all(texts(entry.string))] == []


@pytest.mark.parametrize("room", ["ckanext-herne/ckanext/herne", "harvesters", "schemas"])
def test_every_text_of_the_code_is_in_the_catalogue(room: str) -> None:
    with CATALOGUE.open("rb") as source:
        catalogue = read_po(source, locale="de")
    found = extract_from_dir(str(ROOT / room), METHODS, keywords={"_": None, "ungettext": (1, 2)})
    missing = {
        (path, line, texts(text)[0]) for path, line, text, *_rest in found if texts(text)[0] not in catalogue
    }
    assert missing == set()


def test_the_compiled_catalogue_is_the_source_compiled() -> None:
    with CATALOGUE.open("rb") as source, CATALOGUE.with_suffix(".mo").open("rb") as compiled:
        written, used = read_po(source, locale="de"), read_mo(compiled)
    assert {tuple(texts(entry.id)): texts(entry.string) for entry in used if entry.id} == {
        tuple(texts(entry.id)): texts(entry.string) for entry in written if entry.id
    }


def test_translations_keep_their_placeholders() -> None:
    with CATALOGUE.open("rb") as source:
        for entry in read_po(source, locale="de"):
            for original, german in zip(texts(entry.id), texts(entry.string), strict=False):
                placeholders = re.compile(r"\{\w*\}|%\(\w+\)[sd]")
                assert sorted(placeholders.findall(original)) == sorted(placeholders.findall(german)), (
                    original
                )
