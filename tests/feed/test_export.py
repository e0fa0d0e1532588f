"""The catalogue as files: complete, linked under the address they will have, all or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import ckan.plugins.toolkit as tk
import pytest
from ckan import model
from ckanext.herne.feed import export, pages
from ckanext.herne.feed.cli import feed
from ckanext.herne.feed.model import entry_table, fragment_table
from ckanext.herne.quality.sources import next_page
from click.testing import CliRunner
from herne_testing.publishing import create
from rdflib import DCAT, RDF, Graph

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("portal", "tidy")
URL = "https://spiegel.example.org/herne"
FORMATS = {"ttl": "turtle", "rdf": "xml", "nt": "nt", "jsonld": "json-ld"}


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(tk.config, "ckanext.dcat.datasets_per_page", 2)


def run(folder: Path, *more: str) -> Any:
    return CliRunner().invoke(feed, ["export", str(folder), "--url", URL, *more])


def crawled(folder: Path, ending: str) -> list[str]:
    """The datasets behind catalog.ENDING, following its links within the folder."""
    found, name = [], f"catalog.{ending}"
    while name:
        page = Graph().parse(folder / name, format=FORMATS[ending])
        found += [str(uri) for uri in page.subjects(RDF.type, DCAT.Dataset)]
        following = next_page(page, f"{URL}/{name}")
        assert not following or following.startswith(f"{URL}/")
        name = following and urlsplit(following).path.rpartition("/")[2]
    return sorted(found)


def test_every_syntax_has_every_dataset_once(small_pages: None, tmp_path: Path) -> None:
    made = sorted(
        f"http://herne.test/dataset/{create(title=f'Nummer {number}')['id']}" for number in range(5)
    )
    done = run(tmp_path / "herne")
    assert done.exit_code == 0, done.output
    for ending in FORMATS:
        assert crawled(tmp_path / "herne", ending) == made
    assert list(tmp_path.iterdir()) == [tmp_path / "herne"]


def test_an_earlier_export_is_replaced(small_pages: None, tmp_path: Path) -> None:
    for number in range(3):
        create(title=f"Nummer {number}")
    assert run(tmp_path, "--format", "ttl").exit_code == 0
    assert (tmp_path / "catalog-2.ttl").exists()
    (tmp_path / "catalog-9.ttl").write_text("alt")
    assert run(tmp_path, "--format", "nt").exit_code == 0
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"catalog.nt", "catalog-1.nt", "catalog-2.nt", export.MARK}


def test_other_peoples_files_stay(tmp_path: Path) -> None:
    (tmp_path / "wichtig.txt").write_text("bleibt")
    create()
    done = run(tmp_path)
    assert done.exit_code == 2
    assert str(tmp_path) in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["wichtig.txt"]


def test_what_fails_leaves_the_last_export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    create()
    folder = tmp_path / "herne"
    assert run(folder).exit_code == 0
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    monkeypatch.setattr(pages, "with_text", lambda *_: 1 / 0)
    assert run(folder).exit_code == 1
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert list(tmp_path.iterdir()) == [folder]


def test_a_feed_that_is_not_built_is_not_exported(tmp_path: Path) -> None:
    create()
    model.Session.execute(fragment_table.delete())
    model.Session.execute(entry_table.delete())
    model.Session.commit()
    done = run(tmp_path / "herne")
    assert done.exit_code == 2
    assert "ckan herne feed rebuild" in done.stderr
    assert list(tmp_path.iterdir()) == []
