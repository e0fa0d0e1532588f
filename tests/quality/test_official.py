"""The official shapes: installed from a folder or an address, refused when altered, asked beside ours."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from ckan.common import config
from ckanext.herne.quality import official, validate
from ckanext.herne.quality.cli import shapes as shapes_command
from ckanext.herne.quality.cli import validate as validate_command
from ckanext.herne.quality.shape_sets import ShapeSet, explain_official
from click.testing import CliRunner, Result
from herne_testing import official as judge
from herne_testing.needs import SHARED
from herne_testing.website import Site
from rdflib import DCAT, DCTERMS, SH, SKOS, Graph, URIRef

# Of no use to anybody: provisional data of the EU's publications office, and what it has withdrawn.
UNUSED = {"OP_DATPRO", "FMX2", "FMX3", "SYNTAX_ENCD_SCHEME"}
ME = URIRef("https://opendata.example.org/dataset/0b0e7c1e-0000-4000-8000-000000000002")
REAL = SHARED / "fixtures" / "real" / "dcat"


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(config, "ckanext.herne.shapes_directory", str(tmp_path / "installed"))
    return tmp_path / "installed"


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a release of our own making, and the pin that goes with it."""
    folder = tmp_path / "release" / "shacl"
    folder.mkdir(parents=True)
    files = []
    for number in (1, 2):
        content = TITLE if number == 1 else EMPTY
        (folder / f"{number}.ttl").write_text(content)
        files.append(
            official.File(f"{number}.ttl", "https://example.org/", official._digest(content.encode()))
        )
    monkeypatch.setattr(official, "release", lambda: ("Probe 1.0", tuple(files)))
    official._parsed.cache_clear()
    yield tmp_path / "release"
    official._parsed.cache_clear()


TITLE = """@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<urn:shape> a sh:NodeShape ; sh:targetClass dcat:Dataset ; sh:property <urn:title>, <urn:theme> .
<urn:title> sh:path dct:title ; sh:minCount 1 ; sh:message "Titel fehlt"@de .
<urn:theme> sh:path dcat:theme ; sh:node [ sh:property [ sh:path skos:inScheme ;
  sh:hasValue <http://publications.europa.eu/resource/authority/data-theme> ] ] .
"""
EMPTY = "# nothing\n"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(shapes_command, list(arguments))


def test_a_folder_is_installed_and_listed(directory: Path, release: Path) -> None:
    assert "nicht installiert" in run("list").stdout
    done = run("install", str(release))
    assert done.exit_code == 0
    assert "Probe 1.0" in done.stdout
    assert sorted(path.name for path in directory.iterdir()) == ["1.ttl", "2.ttl"]
    assert f"installiert in {directory}" in run("list").stdout
    assert run("install", str(release)).exit_code == 0


def test_an_address_is_installed(directory: Path, release: Path, site: Site) -> None:
    for path in release.rglob("*.ttl"):
        site.put(f"/shapes/{path.name}", path.read_text())
    assert run("install", f"{site.url}/shapes/").exit_code == 0
    assert official.installed(directory)


@pytest.mark.parametrize(("name", "content"), [("1.ttl", "# altered"), ("2.ttl", None)])
def test_what_is_altered_or_missing_is_refused_and_nothing_stored(
    directory: Path, release: Path, site: Site, name: str, content: str | None
) -> None:
    path = release / "shacl" / name
    path.unlink()
    if content:
        path.write_text(content)
    for other in release.rglob("*.ttl"):
        site.put(f"/shapes/{other.name}", other.read_text())
    for source in (str(release), f"{site.url}/shapes"):
        done = run("install", source)
        assert done.exit_code == 2
        assert name in done.stderr
        assert not directory.exists()


def test_a_release_that_was_good_survives_a_bad_one(directory: Path, release: Path) -> None:
    run("install", str(release))
    (release / "shacl" / "2.ttl").write_text("# altered")
    assert run("install", str(release)).exit_code == 2
    assert official.installed(directory)


def test_a_folder_or_address_that_is_not_there_is_named(directory: Path, release: Path) -> None:
    for source in ("/no/such/folder", "http://127.0.0.1:1/shapes"):
        done = run("install", source)
        assert done.exit_code == 2
        assert source in done.stderr


def judged(*arguments: str) -> Result:
    return CliRunner().invoke(validate_command, [*arguments])


@pytest.fixture
def good_file(good: Graph, tmp_path: Path) -> str:
    good.serialize(tmp_path / "good.ttl")
    return str(tmp_path / "good.ttl")


def test_what_is_not_installed_names_the_command(directory: Path, release: Path, good_file: str) -> None:
    done = judged("--shapes", "official", good_file)
    assert done.exit_code == 2
    assert "ckan herne shapes install" in done.stderr
    run("install", str(release))
    (directory / "1.ttl").write_text("# altered after all")
    assert judged("--shapes", "both", good_file).exit_code == 2


def test_both_opinions_stand_in_one_report(
    directory: Path, release: Path, good: Graph, tmp_path: Path
) -> None:
    run("install", str(release))
    good.remove((ME, DCTERMS.title, None))
    good.add((ME, DCAT.theme, URIRef("https://example.org/theme")))
    path = tmp_path / "bad.ttl"
    good.serialize(path)
    report = json.loads(judged("--shapes", "both", "--format", "json", str(path)).stdout)
    assert report["shapes"] == ["herne", "official: Probe 1.0"]
    title = {result["rule"]: result for result in report["results"] if result["field"] == "title"}
    assert title.keys() == {"Dataset-title", "urn:title"}
    assert title["urn:title"]["message_de"] == "Titel fehlt"
    assert title["urn:title"]["remedy_de"] == title["Dataset-title"]["remedy_de"]
    theme = [result for result in report["results"] if result["field"] == "theme"]
    assert {result["rule"].partition(":")[0] for result in theme} == {"Dataset-theme", "urn"}
    turtle = judged("--shapes", "official", "--format", "turtle", str(path)).stdout
    named = Graph().parse(data=turtle, format="turtle").objects(None, SH.sourceShape)
    assert URIRef("urn:title") in set(named)


@pytest.fixture(scope="module")
def official_shapes() -> ShapeSet:
    """What the pinned release amounts to, from the shared test material."""
    bundle = Graph().parse(judge.FOLDER / "shapes" / "bundle-v30_de_spec.ttl")
    return ShapeSet("official", bundle, official.context(), explain_official)


@pytest.mark.needs("shared")
def test_the_good_catalogue_satisfies_the_official_shapes(good: Graph, official_shapes: ShapeSet) -> None:
    assert validate(good, sets=[official_shapes]).results == ()


@pytest.mark.needs("shared")
def test_our_lists_say_what_the_official_ones_say() -> None:
    """A term that only the official lists have would be called wrong by both opinions."""
    official_terms = set(judge.vocabulary().subject_objects(SKOS.inScheme))
    schemes = set(official.context().objects(None, SKOS.inScheme))
    wanted = {(term, scheme) for term, scheme in official_terms if scheme in schemes}
    missing = {str(term) for term, _ in wanted - set(official.context().subject_objects(SKOS.inScheme))}
    assert {uri.rpartition("/")[2] for uri in missing} <= UNUSED


@pytest.mark.needs("shared")
@pytest.mark.parametrize("name", ["ckanext-dcat_dataset_gov_de.rdf", "ckanext-dcatde_catalog-endpoint.rdf"])
def test_every_official_violation_of_a_real_catalogue_is_one_of_ours(name: str) -> None:
    graph = Graph().parse(REAL / name)
    theirs = judge.violations(graph)
    ours = {(row.focus, row.path) for row in validate(graph).results if row.severity == "Violation"}
    assert len(theirs) > 10
    assert theirs - ours == set()
