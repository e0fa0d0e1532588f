"""`ckan herne validate` as a person and a CI job see it: the words, the formats, the exit status."""

import json
from pathlib import Path

import pytest
from ckanext.herne.dcat_ap_de import describe
from ckanext.herne.quality.cli import shapes, validate
from click.testing import CliRunner, Result
from herne_testing.datasets import SETTINGS, minimal
from rdflib import RDF, SH, Graph, Literal, Namespace

HERNE = Namespace("https://opendata.herne.de/def/quality#")


@pytest.fixture
def good_file(good: Graph, tmp_path: Path) -> str:
    path = tmp_path / "gut.ttl"
    good.serialize(path, format="turtle")
    return str(path)


@pytest.fixture
def bad_file(tmp_path: Path) -> str:
    path = tmp_path / "schlecht.rdf"
    describe(minimal(title="", resources=[]), SETTINGS).serialize(path, format="xml")
    return str(path)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(validate, list(arguments))


def test_a_good_file_conforms(good_file: str) -> None:
    done = run(good_file)
    assert done.exit_code == 0
    assert done.stdout.strip() == "Bestanden. 3 Datensätze, 0 Fehler, 0 Hinweise, 0 Informationen."
    assert good_file in done.stderr


def test_warnings_alone_do_not_fail(tmp_path: Path) -> None:
    path = tmp_path / "minimal.ttl"
    describe(minimal(), SETTINGS).serialize(path)
    done = run(str(path))
    assert done.exit_code == 0
    assert "Hinweis: [theme]" in done.stdout


def test_a_bad_file_says_what_where_and_what_to_do(bad_file: str) -> None:
    done = run(bad_file)
    assert done.exit_code == 1
    for words in (
        "Fehler: [title] Der Datensatz hat keinen Titel.",
        "Fehler: [resources] Der Datensatz hat keine Ressource",
        "Abhilfe: Fügen Sie mindestens eine Datei oder einen Link hinzu.",
        "Nicht bestanden. 1 Datensätze, 2 Fehler,",
        minimal()["id"],
    ):
        assert words in done.stdout


def test_the_report_is_there_in_english(bad_file: str) -> None:
    done = run("--language", "en", bad_file)
    assert "Violation: [title] The dataset has no title." in done.stdout
    assert "Does not conform." in done.stdout


def test_json_is_for_programs(bad_file: str) -> None:
    done = run("--format", "json", bad_file)
    report = json.loads(done.stdout)
    assert done.exit_code == 1
    assert (report["conforms"], report["violations"], report["datasets"]) == (False, 2, 1)
    titles = [result for result in report["results"] if result["rule"] == "Dataset-title"]
    assert titles[0]["field"] == "title"
    assert titles[0]["path"] == "http://purl.org/dc/terms/title"


def test_turtle_is_a_validation_report(bad_file: str) -> None:
    done = run("--format", "turtle", bad_file)
    graph = Graph().parse(data=done.stdout, format="turtle")
    (report,) = graph.subjects(RDF.type, SH.ValidationReport)
    assert graph.value(report, SH.conforms) == Literal(False)
    shapes = {graph.value(result, SH.sourceShape) for result in graph.objects(report, SH.result)}
    assert HERNE["Dataset-title"] in shapes


@pytest.mark.parametrize("engine", ["turbo", "pyshacl"])
def test_either_engine_can_be_asked_for(bad_file: str, engine: str) -> None:
    done = run("--engine", engine, "--format", "json", bad_file)
    report = json.loads(done.stdout)
    assert (done.exit_code, report["violations"]) == (1, 2)
    assert report["engine"].lower().endswith(engine)


def test_our_shapes_can_be_taken_elsewhere() -> None:
    done = CliRunner().invoke(shapes, ["show"])
    graph = Graph().parse(data=done.stdout, format="turtle")
    assert (HERNE["Dataset-title"], RDF.type, SH.PropertyShape) in graph
    assert graph.value(HERNE["Dataset-theme"], SH["in"])


def test_several_sources_make_one_report(good_file: str, bad_file: str) -> None:
    done = run(good_file, bad_file)
    assert done.exit_code == 1
    assert "4 Datensätze" in done.stdout


@pytest.mark.parametrize("content", ["kein RDF", "", "<https://x.org/a> <https://x.org/b> 1 ."])
def test_what_cannot_be_validated_exits_with_2(tmp_path: Path, content: str) -> None:
    path = tmp_path / "x.ttl"
    path.write_text(content)
    done = run(str(path))
    assert done.exit_code == 2
    assert str(path) in done.stderr
    assert done.stdout == ""


def test_a_missing_file_and_no_source_at_all_exit_with_2(good_file: str) -> None:
    assert run(good_file + "x").exit_code == 2
    done = run()
    assert done.exit_code == 2
    assert "--all" in done.stderr
