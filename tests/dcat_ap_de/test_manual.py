"""The manual's table is the mapping's: generated, complete, in plain words."""

from pathlib import Path

import pytest
from ckanext.herne.dcat_ap_de.catalogue_file import catalogue_statements
from ckanext.herne.dcat_ap_de.manual import SOURCES, manual
from ckanext.herne.dcat_ap_de.mapping import mapping

PAGE = Path(__file__).parents[2] / "docs" / "dcat-ap-de.md"


def test_the_page_is_what_the_mapping_says() -> None:
    assert PAGE.read_text("utf-8") == manual(), "run: make docs"


def test_every_source_of_a_value_is_put_in_words() -> None:
    named = {
        source
        for node_class in mapping().classes.values()
        for prop in node_class.properties
        for source in prop.otherwise
        if source.startswith(("derived:", "settings:", "utc:"))
    }
    assert named <= set(SOURCES)


def test_an_operator_may_say_more_about_the_catalogue(tmp_path: Path) -> None:
    file = tmp_path / "katalog.yaml"
    file.write_text("rights: Ohne Gewähr.\ntitle_translated: {en: Open data of Herne}\n", "utf-8")
    assert catalogue_statements(str(file)) == {
        "rights": "Ohne Gewähr.",
        "title_translated": {"en": "Open data of Herne"},
    }
    assert catalogue_statements("") == {}


@pytest.mark.parametrize("text", ["- rights", "recht: x", "dataset: [https://a.example.org]", "{", None])
def test_a_wrong_file_is_named_with_its_remedy(text: str | None, tmp_path: Path) -> None:
    file = tmp_path / "katalog.yaml"
    if text is not None:
        file.write_text(text, "utf-8")
    with pytest.raises(ValueError, match=r"ckanext\.herne\.catalogue_file: .*katalog\.yaml"):
        catalogue_statements(str(file))
